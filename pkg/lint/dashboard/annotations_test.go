package dashboard

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// withNotes returns a dashboard with annotations and the variable ds.
func withNotes(notes string) string {
	return `{"title": "T", "editable": false, "schemaVersion": 39, "templating": {"list": [{"name": "ds", "type": "datasource", "query": "prometheus"}, {"name": "x", "type": "custom", "multi": true}]},
"annotations": {"list": [{"builtIn": 1, "datasource": {"type": "grafana", "uid": "-- Grafana --"}, "name": "Annotations & Alerts", "type": "dashboard"}, ` + notes + `]}, "panels": []}`
}

func TestQueriesOfAnnotationsAreChecked(t *testing.T) {
	const source = `"datasource": {"type": "prometheus", "uid": "${ds}"}, `
	for name, test := range map[string]struct {
		note string
		want []string
	}{
		"right":              {`{` + source + `"name": "A", "expr": "changes(up{job=~\"$x\"}[5m]) > 0"}`, nil},
		"no PromQL":          {`{` + source + `"name": "A", "expr": "up{", "hide": true, "enable": false}`, []string{`dashboard/target-promql: a query of the annotation "A" is no PromQL: `}},
		"in a target":        {`{` + source + `"name": "A", "target": {"refId": "Anno", "expr": "up{"}}`, []string{`dashboard/target-promql: a query of the annotation "A" is no PromQL: `}},
		"no variable":        {`{` + source + `"name": "A", "expr": "up{job=\"$y\"}"}`, []string{`dashboard/panel-without-data: a query of the annotation "A" uses the variable y, which the dashboard does not have`}},
		"several values":     {`{` + source + `"expr": "up{job=\"$x\"}"}`, []string{`dashboard/target-multi-value: a query of an annotation without name compares with the variable x by =, which matches nothing when several values are chosen`}},
		"no data source":     {`{"datasource": "$source", "name": "A", "expr": "up"}`, []string{`dashboard/panel-without-data: the data source of the annotation "A" is the variable source, which the dashboard does not have`}},
		"a contradiction":    {`{` + source + `"name": "A", "expr": "up{a=\"b\", a=\"c\"}"}`, []string{`dashboard/panel-without-data: a query of the annotation "A" never returns anything: `}},
		"of Loki":            {`{"datasource": {"type": "loki", "uid": "a"}, "name": "A", "expr": "{a=\"b\"} |"}`, []string{`dashboard/target-logql: a query of the annotation "A" is no LogQL: `}},
		"a text of Loki":     {`{"datasource": {"type": "loki", "uid": "a"}, "name": "A", "expr": "rate({a=\"b\"} | pattern \"$x\" [5m])"}`, nil},
		"a text that is bad": {`{"datasource": {"type": "loki", "uid": "a"}, "name": "A", "expr": "rate({a=\"$x\"} | pattern \"x\" [5m])"}`, []string{`dashboard/target-multi-value: `, `dashboard/target-logql: a query of the annotation "A" is no LogQL: the text names no label`}},
		"of another source":  {`{"datasource": {"type": "elasticsearch", "uid": "a"}, "name": "A", "expr": "up{"}`, nil},
		"a matcher of old":   {`{` + source + `"name": "A", "expr": "up{job=~\"a\"}"}`, []string{`promql/regexp-without-pattern: `}},
		"not of annotations": {`{` + source + `"name": "A", "expr": "rate(a_total[2m])"}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			found := lintText("a.json", withNotes(test.note), "").Written
			if len(found) != len(test.want) {
				t.Fatalf("got %+v", found)
			}
			for i, f := range found {
				if got := f.Rule + ": " + f.Message; !strings.HasPrefix(got, test.want[i]) || f.Line != 2 {
					t.Errorf("line %d: %s", f.Line, got)
				}
			}
		})
	}
}

func TestMetricsOfAnnotationsMayComeAndGo(t *testing.T) {
	text := withNotes(`{"datasource": {"type": "prometheus", "uid": "${ds}"}, "name": "A", "expr": "deploys + ALERTS"}`)
	set := Read(context.Background(), []lint.File{{Name: "a.json", Data: []byte(text)}}, func(string) ([]byte, bool) { return nil, false })
	var got []string
	for _, f := range set.Lint(context.Background(), Options{Ask: &Ask{Source: &shelf{names: []string{"up"}}}}).Metrics {
		got = append(got, fmt.Sprint(f.Severity, " ", f.Message))
	}
	want := []string{`info the annotation "A" reads the metric deploys, which the source does not have: "deploys + ALERTS"`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheSecondSchemaHasAnnotationsAndNamesItsElements(t *testing.T) {
	const text = `{"apiVersion": "dashboard.grafana.app/v2", "kind": "Dashboard", "spec": {"title": "T", "editable": false,
"annotations": [{"kind": "AnnotationQuery", "spec": {"builtIn": true, "name": "B", "query": {"kind": "DataQuery", "group": "grafana", "spec": {}}}}, null, {"spec": {}},
{"kind": "AnnotationQuery", "spec": {"name": "A", "query": {"kind": "DataQuery", "group": "prometheus", "spec": {"expr": "up{"}}}},
{"kind": "AnnotationQuery", "spec": {"name": "L", "query": {"kind": "prometheus", "spec": {}}, "legacyOptions": {"expr": "down{"}}}],
"elements": {"panel-1": {"kind": "Panel", "spec": {"title": "A", "vizConfig": {"group": "text"}}}},
"layout": {"kind": "GridLayout", "spec": {"items": [{"kind": "GridLayoutItem", "spec": {"element": {"kind": "ElementReference", "name": "panel-1"}}},
{"kind": "GridLayoutItem", "spec": {"element": {"kind": "ElementReference", "name": "panel-11"}}},
{"kind": "GridLayoutItem", "spec": {"element": {"kind": "ElementReference", "name": "other"}}}]}}}}`
	var got []string
	for _, f := range lintText("a.json", text, "").Written {
		got = append(got, fmt.Sprintf("%d %s %s %s", f.Line, f.Severity, marked([]report.Finding{f})[0], f.Suggestion))
	}
	want := []string{
		`3 error dashboard/target-promql " the expression ends too early: complete it`,
		`4 error dashboard/target-promql " the expression ends too early: complete it`,
		`7 error dashboard/structure panel-11 did you mean panel-1?`,
		`8 error dashboard/structure other add it to elements, or remove the item of the layout`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
