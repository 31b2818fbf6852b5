package dashboard

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// broken is a dashboard in which much is found, in the middle of lines and at their
// ends, behind escapes and behind characters of several bytes.
func broken() string {
	return withQueries(
		"sum(rate(http_requests_total[$__interval]", "up{job=\"$ex\"}", "\n\t# bei Überlauf: 'd''t'\nrate(a_total[2m])\n", `http_requests_total{path="/\u00e9\\.*"}`, `up{env="a", env="b"}`,
	)
}

// literal writes a text as a block, indented by so many blanks.
func literal(text, head string, blanks int) string {
	in := "\n" + strings.Repeat(" ", blanks)
	return head + in + strings.ReplaceAll(text, "\n", in) + "\n"
}

// double writes a text in double quotes: a string of JSON is one of YAML.
func double(text string) string {
	quoted, _ := json.Marshal(text) //nolint:errchkjson // it is a string
	return string(quoted)
}

// single writes a text in single quotes, where a line break needs an empty line.
func single(text string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(text, "'", "''"), "\n", "\n\n  ") + "'"
}

// configMap is one with a dashboard as it is written.
func configMap(written string) string {
	return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: d, labels: {grafana_dashboard: \"1\"}}\ndata:\n  d.json: " + written + "\n"
}

// behind returns rule, message and the text behind the place of each finding, as far
// as no style writes it in another way.
func behind(found []report.Finding, text string) []string {
	lines := strings.Split(text, "\n")
	var out []string
	for _, f := range found {
		rest := string([]rune(strings.TrimSuffix(lines[f.Line-1], "\r"))[f.Column-1:])
		if i := strings.IndexAny(rest, `"'\ `); i >= 0 {
			rest = rest[:i]
		}
		out = append(out, fmt.Sprintf("%s %s: %s", f.Rule, f.Message, rest))
	}
	slices.Sort(out)
	return out
}

// TestTheSameIsFoundInsideOfYAML holds what is found in each form of YAML against what
// is found in the JSON itself, with the text that each finding points at.
func TestTheSameIsFoundInsideOfYAML(t *testing.T) {
	text := broken()
	want := behind(lintText("d.json", text, "").Written, text)
	if len(want) < 5 {
		t.Fatalf("only %d findings: %v", len(want), want)
	}
	block := literal(text, "|", 4)
	for name, yaml := range map[string]string{
		"a block":                configMap(block),
		"a block without breaks": configMap(literal(text, "|- # why", 8)),
		"a block by number":      configMap(literal(text, "|2", 4)),
		"with an anchor":         configMap("&d " + block),
		"in double quotes":       configMap(double(text)),
		"in single quotes":       configMap(single(text)),
		"CRLF":                   strings.ReplaceAll(configMap(block), "\n", "\r\n"),
		"in a list":              "apiVersion: v1\nkind: ConfigMapList\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  data:\n    d.json: " + literal(text, "|-", 6),
		"in a list of all kinds": "apiVersion: v1\nkind: List\nitems:\n- {kind: Service}\n- kind: ConfigMap\n  data:\n    d.json: " + literal(text, "|-", 6),
		"behind a document":      "kind: Deployment\n---\n" + configMap(block),
		"of Grafana's operator":  "apiVersion: grafana.integreatly.org/v1beta1\nkind: GrafanaDashboard\nspec:\n  json: >-\n" + strings.ReplaceAll("    "+text, "\n", "\n\n    "),
	} {
		t.Run(name, func(t *testing.T) {
			if Held(t.Context(), "d.yaml", []byte(yaml)) == None {
				t.Fatal("no dashboard was found")
			}
			result := lintText("d.yaml", yaml, "")
			if diff := cmp.Diff(want, behind(result.Written, yaml)); diff != "" || result.Dashboards != 1 {
				t.Errorf("%d dashboards (-JSON +YAML):\n%s", result.Dashboards, diff)
			}
			for _, f := range result.Written {
				if f.File != "d.yaml" || !strings.Contains(f.Path, "json") || f.Snippet != "" && !strings.Contains(yaml, f.Snippet) {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}

// TestAByteOrderMarkInsideOfYAMLMovesNoPlace makes sure that the mark is told, and that
// it counts as the character that it is.
func TestAByteOrderMarkInsideOfYAMLMovesNoPlace(t *testing.T) {
	text := withQueries(`up{job="$ex"}`)
	yaml := configMap(double("\ufeff" + text))
	want := append([]string{"dashboard/structure the dashboard begins with a byte order mark: Grafana's API and its provisioning refuse the file: {"}, behind(lintText("d.json", text, "").Written, text)...)
	slices.Sort(want)
	if diff := cmp.Diff(want, behind(lintText("d.yaml", yaml, "").Written, yaml)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestDashboardsOfOneFileAreToldApart makes sure that one finding in two dashboards is
// two, also for a baseline.
func TestDashboardsOfOneFileAreToldApart(t *testing.T) {
	one := configMap(literal(withQueries(`up{job="$ex"}`), "|", 4))
	found := lintText("d.yaml", one+"---\n"+strings.ReplaceAll(one, "d.json", "e.json"), "").Written
	if len(found) != 2 || found[0].Fingerprint == found[1].Fingerprint || found[0].Line >= found[1].Line {
		t.Errorf("found %+v", found)
	}
}

func TestALintFileReachesIntoYAML(t *testing.T) {
	yaml := configMap(literal(withQueries(`up{job="$ex"}`), "|", 4))
	if result := lintText("d.yaml", yaml, "exclusions:\n  panel-without-data:\n    entries: [{dashboard: T, panel: P0}]\n"); len(result.Written) > 0 || result.Suppressed != 1 {
		t.Errorf("%d were left out, and found %+v", result.Suppressed, result.Written)
	}
}

func TestWhatAFileHolds(t *testing.T) {
	board := literal(withQueries("up"), "|", 4)
	rules := "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: r}\nspec: {groups: []}\n"
	for name, test := range map[string]struct {
		text string
		want Holding
	}{
		"a ConfigMap":           {configMap(board), Alone},
		"and a Deployment":      {configMap(board) + "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: grafana}\n", Alone},
		"and rules":             {configMap(board) + "---\n" + rules, Among},
		"and a service":         {configMap(board) + "---\nservice: {name: pay}\n", Among},
		"and a manifest":        {configMap(board) + "---\napiVersion: srm/v1\nkind: ServiceReliabilityManifest\nmetadata: {name: pay}\n", Among},
		"as JSON":               {`{"apiVersion": "v1", "kind": "ConfigMap", "data": {"d.json": ` + double(withQueries("up")) + `}}`, Alone},
		"other data":            {"kind: ConfigMap\ndata: {d.json: '{\"panels\": 1}'}\n", None},
		"a file of settings":    {"kind: ConfigMap\ndata:\n  a.ini: |\n    panels = \"grafana_dashboard\"\n", None},
		"a broken one":          {configMap("'{\"title\": \"T\", \"x\": }'"), Alone},
		"a template":            {configMap("'{{ .Files.Get \"d.json\" }}'"), None},
		"a dashboard elsewhere": {"kind: GrafanaDashboard\nspec:\n  configMapRef: {name: d, key: d.json}\n  panels: none\n", None},
		"broken YAML":           {configMap(board) + "\t x", None},
		"another kind":          {strings.Replace(configMap(board), "kind: ConfigMap", "kind: Secret # not a ConfigMap", 1), None},
		"no YAML":               {"ConfigMap panels", None},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Held(context.Background(), "d.yaml", []byte(test.text)); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

func TestWhatCannotBeReadInsideOfYAMLIsSaidThere(t *testing.T) {
	for text, want := range map[string]string{
		"{\n  \"title\": \"T\",\n  \"x\": }":          "8:12 the dashboard is no JSON: invalid character '}' looking for beginning of value",
		"{\n  \"title\": \"T\", \"panels\": [":        "7:32 the dashboard is no JSON: the text ends in the middle of the document",
		"{\"title\": \"" + strings.Repeat("x", 2<<20): "6:5 the dashboard is no JSON: the text has more than 2 MiB",
	} {
		found := lintText("d.yaml", configMap(literal(text, "|-", 4)), "").Written
		if len(found) != 1 || found[0].Rule != ruleStructure || fmt.Sprintf("%d:%d %s", found[0].Line, found[0].Column, found[0].Message) != want {
			t.Errorf("want %s, found %+v", want, found)
		}
	}
}

// TestAClassicDashboardThatSpeaksOfConfigMapsIsOne and not one inside of something.
func TestAClassicDashboardThatSpeaksOfConfigMapsIsOne(t *testing.T) {
	text := strings.Replace(withQueries("up"), `"title": "T"`, `"title": "ConfigMap"`, 1)
	f := lint.File{Name: "d.json", Data: []byte(text)}
	if got := in(t.Context(), f); len(got) != 1 || got[0].text != nil {
		t.Errorf("got %d dashboards", len(got))
	}
}
