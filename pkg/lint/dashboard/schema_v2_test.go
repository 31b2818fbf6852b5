package dashboard

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/report"
)

type tree = map[string]any

// toV2 writes a dashboard in the second schema. Alpha is its first version, in which
// data sources stand beside the queries.
func toV2(t *testing.T, data []byte, alpha bool) []byte {
	t.Helper()
	var old tree
	if err := json.Unmarshal(data, &old); err != nil {
		t.Fatal(err)
	}
	spec := tree{"title": old["title"], "elements": tree{}, "layout": tree{}}
	if e, ok := old["editable"]; ok {
		spec["editable"] = e
	}
	templating, _ := old["templating"].(tree)
	list, _ := templating["list"].([]any)
	var variables []any
	for _, v := range list {
		variables = append(variables, variableToV2(v.(tree), alpha))
	}
	spec["variables"] = variables
	panels, _ := old["panels"].([]any)
	var items []any
	for i, p := range panels {
		name := fmt.Sprintf("panel-%02d", i)
		spec["elements"].(tree)[name] = panelToV2(p.(tree), alpha)
		item := tree{"element": tree{"kind": "ElementReference", "name": name}}
		if r, ok := p.(tree)["repeat"]; ok {
			item["repeat"] = tree{"mode": "variable", "value": r}
		}
		items = append(items, tree{"kind": "GridLayoutItem", "spec": item})
	}
	spec["layout"] = tree{"kind": "RowsLayout", "spec": tree{"rows": []any{tree{"kind": "RowsLayoutRow", "spec": tree{"layout": tree{"kind": "GridLayout", "spec": tree{"items": items}}}}}}}
	out, err := json.MarshalIndent(tree{"apiVersion": "dashboard.grafana.app/v2", "kind": "Dashboard", "metadata": tree{"name": "a"}, "spec": spec}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func variableToV2(v tree, alpha bool) tree {
	spec := tree{}
	for k, x := range v {
		spec[k] = x
	}
	typ, _ := v["type"].(string)
	kind := strings.ToUpper(typ[:1]) + typ[1:] + "Variable"
	switch typ {
	case "datasource":
		spec["pluginId"] = v["query"]
	case "query":
		spec["query"] = queryToV2(tree{"__legacyStringValue": v["query"]}, v["datasource"], alpha, spec)
		if n, ok := v["refresh"].(float64); ok {
			spec["refresh"] = []string{"never", "onDashboardLoad", "onTimeRangeChanged"}[int(n)]
		}
	}
	delete(spec, "type")
	return tree{"kind": kind, "spec": spec}
}

// queryToV2 returns a query; in the first version beside gets its data source.
func queryToV2(spec tree, source any, alpha bool, beside tree) tree {
	delete(beside, "datasource")
	delete(spec, "datasource")
	ref, ok := source.(tree)
	switch {
	case !ok:
		return tree{"kind": "DataQuery", "spec": spec}
	case alpha:
		beside["datasource"] = ref
		return tree{"kind": ref["type"], "spec": spec}
	}
	return tree{"kind": "DataQuery", "group": ref["type"], "version": "v0", "datasource": tree{"name": ref["uid"]}, "spec": spec}
}

func panelToV2(p tree, alpha bool) tree {
	var queries []any
	targets, _ := p["targets"].([]any)
	for _, t := range targets {
		q, beside := tree{}, tree{"refId": t.(tree)["refId"], "hidden": t.(tree)["hide"]}
		for k, x := range t.(tree) {
			if k != "hide" {
				q[k] = x
			}
		}
		source := p["datasource"]
		if own, ok := q["datasource"]; ok {
			source = own
		}
		beside["query"] = queryToV2(q, source, alpha, beside)
		queries = append(queries, tree{"kind": "PanelQuery", "spec": beside})
	}
	viz := tree{"kind": "VizConfig", "group": p["type"], "spec": tree{"fieldConfig": p["fieldConfig"], "options": p["options"]}}
	if alpha {
		viz = tree{"kind": p["type"], "spec": viz["spec"]}
	}
	spec := tree{"id": 1, "title": p["title"], "description": p["description"], "data": tree{"kind": "QueryGroup", "spec": tree{"queries": queries}}, "vizConfig": viz}
	return tree{"kind": "Panel", "spec": spec}
}

// said returns rule and message of the findings, each once, without the order in which
// they stand in the file: in the second schema each query has a data source, and no
// panel has one.
func said(text string) []string {
	var out []string
	for _, f := range lintText("a.json", text, "").Written {
		out = append(out, f.Rule+": "+f.Message)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestTheSecondSchemaIsCheckedAsTheFirst(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		for _, alpha := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s alpha %v", name, alpha), func(t *testing.T) {
				data, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				second := toV2(t, data, alpha)
				if !Is(second) {
					t.Error("it is no dashboard")
				}
				if diff := cmp.Diff(said(string(data)), said(string(second))); diff != "" {
					t.Errorf("(-first +second):\n%s", diff)
				}
			})
		}
	}
}

func TestFindingsOfTheSecondSchemaHaveTheirPlace(t *testing.T) {
	const text = `{
"apiVersion": "dashboard.grafana.app/v2beta1", "kind": "Dashboard", "metadata": {"name": "a"},
"spec": {"title": "T", "variables": [
{"kind": "QueryVariable", "spec": {"name": "job", "refresh": "onDashboardLoad", "query": {"kind": "DataQuery", "group": "prometheus", "spec": {"query": "label_values(up{, job)"}}}}
],
"elements": {"a": {"kind": "Panel", "spec": {"id": 1, "title": "A", "description": "d",
"data": {"kind": "QueryGroup", "spec": {"queries": [{"kind": "PanelQuery", "spec": {"hidden": true, "query": {"kind": "DataQuery", "group": "prometheus", "spec": {"expr": "up{"}}}}, {"kind": "PanelQuery", "spec": {"hidden": false, "query": {"kind": "DataQuery", "group": "prometheus", "spec": {"expr": "up{job=~\"$job\"} and up{job=~\"$jop\"}"}}}}]}},
"vizConfig": {"kind": "VizConfig", "group": "stat", "spec": {"fieldConfig": {"defaults": {}}}}}},
"b": {"kind": "LibraryPanel", "spec": {"id": 2, "title": "B", "libraryPanel": {"uid": "x", "name": "B"}}},
"c": {"kind": "Panel", "spec": {"id": 3, "title": "C", "data": {"kind": "QueryGroup", "spec": {"queries": []}}, "vizConfig": {"kind": "VizConfig", "group": "text", "spec": {}}}},
"d": null, "e": {"kind": "Panel"}},
"layout": {"kind": "AutoGridLayout", "spec": {"items": [{"kind": "AutoGridLayoutItem", "spec": {"element": {"kind": "ElementReference", "name": "a"}}}, {"element": {"kind": "ElementReference", "name": "b"}},
{"element": {"kind": "ElementReference", "name": "d"}}, {"element": {"kind": "ElementReference", "name": "e"}}]}}}}`
	var got []string
	for _, f := range lintText("a.json", text, "").Written {
		got = append(got, fmt.Sprintf("%d %s: %s", f.Line, marked([]report.Finding{f})[0], f.Suggestion))
	}
	want := []string{
		`3 dashboard/uneditable-dashboard T: write "editable": false`,
		`4 dashboard/template-on-time-change-reload "onDashboardLoad": write "refresh": "onTimeRangeChanged", so that Grafana asks again`,
		`4 dashboard/template-label-promql ,: the expression ends too early: complete it`,
		`6 dashboard/panel-units A: set fieldConfig.defaults.unit: s, bytes, percentunit, reqps; short for a plain number`,
		`7 dashboard/panel-without-data $jop: did you mean job?`,
		`10 dashboard/panel-without-data C: name it in an item of the layout, or remove it`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatCannotBeReadIsTold(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"a later schema":   {`{"apiVersion": "dashboard.grafana.app/v3", "kind": "Dashboard", "spec": {"title": "T", "things": []}}`, `info dashboard/structure "dashboard.grafana.app/v3"`},
		"without a title":  {`{"apiVersion": "dashboard.grafana.app/v1", "kind": "Dashboard", "spec": {"panels": []}}`, `info dashboard/structure "dashboard.grafana.app/v1"`},
		"a folder":         {`{"apiVersion": "folder.grafana.app/v1", "kind": "Folder", "spec": {"title": "T"}}`, ""},
		"in two":           {`{"apiVersion": "dashboard.grafana.app/v2", "kind": "Dashboard", "spec": {"title": "T"`, "error dashboard/structure"},
		"a list of chords": {`{"title": "T", "elements": [], "layout": {}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Is([]byte(test.text)); got != (test.want != "") {
				t.Errorf("Is: %v", got)
			}
			if test.want == "" {
				return
			}
			found := lintText("a.json", test.text, "").Written
			if len(found) != 1 || string(found[0].Severity)+" "+strings.TrimSpace(marked(found)[0]) != test.want {
				t.Errorf("got %+v", found)
			}
		})
	}
}
