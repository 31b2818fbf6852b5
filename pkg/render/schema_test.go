package render

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/nthlayer/action/pkg/report"
)

const reportSchema = "../../docs/report.schema.json"

func compile(t *testing.T, file string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	schema, err := c.Compile(file)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func validate(t *testing.T, schema *jsonschema.Schema, text string) error {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(v)
}

func TestJSONFollowsTheSchema(t *testing.T) {
	schema := compile(t, reportSchema)
	reports := samples()
	reports["empty"] = finish(report.Report{Command: "lint", Verdict: report.Pass})
	reports["no lists"] = finish(report.Report{
		Command: "ci", Verdict: report.Pass, Portfolio: &report.Portfolio{},
		Services: []report.Service{{Name: "a", Verdict: report.Pass, Metrics: []report.Metric{{Name: "m", State: report.MetricOK}}, Gate: &report.Gate{
			Decision: report.Approved, BlastRadius: &report.BlastRadius{},
		}}},
	})
	for name, rep := range reports {
		t.Run(name, func(t *testing.T) {
			if err := validate(t, schema, rendered(t, "json", rep, Options{})); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSchemaRefusesWhatAReportNeverHolds(t *testing.T) {
	schema := compile(t, reportSchema)
	good := rendered(t, "json", mixed(), Options{})
	for name, change := range map[string][2]string{
		"unknown key":       {`"command":`, `"commando": 1, "command":`},
		"verdict":           {`"verdict": "fail"`, `"verdict": "failed"`},
		"number as text":    {`"sli": 0.998432`, `"sli": "0.998432"`},
		"list that is null": {`"artifacts": []`, `"artifacts": null`},
		"time":              {`"evaluated_at": "2026-11-22T03:00:00Z"`, `"evaluated_at": "yesterday"`},
		"other version":     {`"schema_version": 1`, `"schema_version": 2`},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if bad == good {
			t.Fatalf("%s: the report does not hold %s", name, change[0])
		}
		if err := validate(t, schema, bad); err == nil {
			t.Errorf("%s: the schema accepts %s", name, change[1])
		}
	}
}

func TestJSONKeepsTheReport(t *testing.T) {
	// The hostile report holds bytes that are not UTF-8, which JSON cannot write.
	for name, rep := range map[string]*report.Report{"mixed": mixed(), "green": green()} {
		var back report.Report
		if err := json.Unmarshal([]byte(rendered(t, "json", rep, Options{})), &back); err != nil {
			t.Fatal(err)
		}
		want := withLists(*rep)
		for i := range want.Findings {
			want.Findings[i].Path, want.Findings[i].Snippet = "", ""
		}
		if diff := cmp.Diff(want, back); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestUnknownNumbersAreNullInJSON(t *testing.T) {
	got := rendered(t, "json", mixed(), Options{})
	for _, want := range []string{`"sli": null`, `"remaining_percent": null`, `"1h": null`, `"exhausts_at": null`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s", want)
		}
	}
}

// TestSchemaHasTheKeysOfTheStructs walks the Go types and the schema together.
func TestSchemaHasTheKeysOfTheStructs(t *testing.T) {
	text := readFile(t, reportSchema)
	var root map[string]any
	if err := json.Unmarshal([]byte(text), &root); err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	compareKeys(t, root, root, reflect.TypeFor[report.Report](), "report", seen)
	for name := range root["$defs"].(map[string]any) {
		if !seen[name] && name != "verdict" && name != "severity" {
			t.Errorf("$defs/%s describes no struct", name)
		}
	}
}

func compareKeys(t *testing.T, root, node map[string]any, typ reflect.Type, at string, seen map[string]bool) {
	properties, _ := node["properties"].(map[string]any)
	var keys, required []string
	for i := range typ.NumField() {
		field := typ.Field(i)
		key, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if key == "-" {
			continue
		}
		keys = append(keys, key)
		if options != "omitempty" {
			required = append(required, key)
		}
		property, ok := properties[key].(map[string]any)
		if !ok {
			t.Errorf("%s: the schema has no %q", at, key)
			continue
		}
		descend(t, root, property, field.Type, at+"."+key, seen)
	}
	for key := range properties {
		if !slices.Contains(keys, key) {
			t.Errorf("%s: the schema has %q and the struct does not", at, key)
		}
	}
	if node["additionalProperties"] != false {
		t.Errorf("%s: the schema allows further keys", at)
	}
	var listed []string
	for _, key := range node["required"].([]any) {
		listed = append(listed, key.(string))
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(required)), slices.Sorted(slices.Values(listed))); diff != "" {
		t.Errorf("%s: required keys (-struct +schema):\n%s", at, diff)
	}
}

// descend follows pointers, lists and references to the next struct.
func descend(t *testing.T, root, node map[string]any, typ reflect.Type, at string, seen map[string]bool) {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
		if typ.Kind() == reflect.Slice {
			node, _ = node["items"].(map[string]any)
		}
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || typ.PkgPath() == "time" {
		return
	}
	name := strings.TrimPrefix(node["$ref"].(string), "#/$defs/")
	if seen[name] {
		return
	}
	seen[name] = true
	compareKeys(t, root, root["$defs"].(map[string]any)[name].(map[string]any), typ, at, seen)
}
