package dashboard

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
)

// withQueries returns a dashboard with one panel a query, and the variables job,
// labels, metric and n.
func withQueries(queries ...string) string {
	var panels []string
	for i, q := range queries {
		panels = append(panels, fmt.Sprintf(`{"type": "timeseries", "title": "P%d", "description": "d", "datasource": {"type": "prometheus", "uid": "${ds}"},
"fieldConfig": {"defaults": {"unit": "s"}}, "targets": [{"expr": %q}]}`, i, q))
	}
	return `{"title": "T", "editable": false, "schemaVersion": 39, "templating": {"list": [{"name": "ds", "type": "datasource", "query": "prometheus"},
{"name": "x", "type": "custom"}, {"name": "labels", "type": "custom"}, {"name": "metric", "type": "custom"}, {"name": "n", "type": "custom"}, {"name": "op", "type": "custom", "current": {"value": "$__all"}, "options": [{"value": "or"}]}, {"name": "y", "type": "custom"}]},
"panels": [` + strings.Join(panels, ",\n") + `]}`
}

// marked returns rule and marked text of each finding.
func marked(found []report.Finding) []string {
	var out []string
	for _, f := range found {
		m := ""
		if runes := []rune(f.Snippet); f.EndLine == f.Line && f.EndColumn-1 <= len(runes) && f.Column < f.EndColumn {
			m = " " + string(runes[f.Column-1:f.EndColumn-1])
		}
		out = append(out, f.Rule+m)
	}
	return out
}

func TestVariablesAreReadByTheirPlace(t *testing.T) {
	for query, want := range map[string][]string{
		`sum by (${labels:csv}) (rate(http_requests_total{job=~"$x"}[$__rate_interval]))`: nil,
		`sum by ([[labels]], job) (rate(http_requests_total[$__interval]))`:               {"dashboard/target-rate-interval [$__interval]"},
		`topk($n, ${metric}_bytes{job="$x"})`:                                             nil,
		`$metric{job="$x"}`:                                                               nil,
		`sum($metric)`:                                                                    nil,
		`${x}_over_time(up[${n}m] offset $y)`:                                             nil,
		`$x(rate(up[5m:$__interval]))`:                                                    nil,
		`up{$x}`:                                                                          nil,
		`up{job="a", ${x:raw}}`:                                                           nil,
		`up{$labels="a"}`:                                                                 nil,
		`up{job=$x}`:                                                                      nil,
		`histogram_quantile($n, sum by (le) (rate(a_bucket[$__rate_interval])))`: nil,
		`$x`: nil,
		`label_replace(up, "a", "$1", "job", "(.*)$")`: nil,
		`up @ $n`: nil,
		`sum(rate($metric{job="$x"}[$__rate_interval])`:       {"dashboard/target-promql \""},
		`up{env="a", env="b"}`:                                {`dashboard/panel-without-data up{env=\"a\", env=\"b\"}`},
		`up{job="$x", job="$y"}`:                              nil,
		`up{job="$x"} and on (job) up{job="$y"}`:              nil,
		`up{job=~"$x"}`:                                       nil,
		`up{job=~"a"}`:                                        {`promql/regexp-without-pattern job=~\"a\"`},
		`up{job="$ex"}`:                                       {`dashboard/panel-without-data $ex`},
		`up{job="$x", job=~"ab.*"}`:                           nil,
		`sum by (a) (up) / down{job=~"$x"}`:                   nil,
		`up{job="a"} and on (job) up{job="$x"}`:               nil,
		`up > $n and up < $y`:                                 nil,
		`up{job="a", job=~"$x"}`:                              nil,
		`up{job="$x/b", job=""}`:                              {`dashboard/panel-without-data up{job=\"$x/b\", job=\"\"}`},
		`up{job="$x", env="a", env="b"} or up`:                {`promql/impossible up{job=\"$x\", env=\"a\", env=\"b\"}`},
		`absent(up{env="a", env="b"})`:                        {`promql/impossible up{env=\"a\", env=\"b\"}`},
		`up unless up{env="a", env="b"}`:                      {`promql/impossible up{env=\"a\", env=\"b\"}`},
		`up{env="a", env="b"} unless up`:                      {`dashboard/panel-without-data up{env=\"a\", env=\"b\"}`},
		`sum by (a) (sum by (b) (up))`:                        {`promql/impossible sum by (a) (sum by (b) (up))`},
		"# what we're after\nrate(a_total[${n}m])":            nil,
		`up{topic!~"a.*|\\$SYS.*"}`:                           nil,
		`up $op up`:                                           nil,
		`http_requests_total or http_requests_total`:          {"dashboard/target-counter-agg http_requests_total"},
		`count(up) < 1`:                                       {`dashboard/panel-without-data count(up) < 1`},
		`http_requests_total - http_requests_total offset 1d`: nil,
		`count(http_requests_total)`:                          nil,
		`topk(5, http_requests_total)`:                        {"dashboard/target-counter-agg http_requests_total"},
		`avg_over_time(rate(http_requests_total[5m])[1h:])`:   nil,
		`irate(http_requests_total[2m])`:                      {"dashboard/target-rate-interval [2m]"},
		`rate(http_requests_total[1h])`:                       nil,
	} {
		t.Run(query, func(t *testing.T) {
			if diff := cmp.Diff(want, marked(lintText("a.json", withQueries(query), "").Written)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPanelsAndVariablesAsGrafanaReadsThem(t *testing.T) {
	const head = `{"title": "T", "editable": false, "schemaVersion": 39, "templating": {"list": [{"name": "ds", "type": "datasource", "query": "prometheus"}, `
	const panel = `"type": "timeseries", "title": "P", "description": "d", "datasource": {"type": "prometheus", "uid": "${ds}"}, `
	const unit = `"fieldConfig": {"defaults": {"unit": "s"}}, `
	for name, test := range map[string]struct{ text, want string }{
		"an axis of old":       {`{"name": "x", "type": "custom"}]}, "panels": [{` + panel + `"yaxes": [{"format": "s"}], "targets": [{"expr": "up"}]}]}`, "set fieldConfig.defaults.unit: s, bytes, percentunit, reqps; short for a plain number"},
		"a repeated open row":  {`{"name": "x", "type": "custom", "multi": true}]}, "panels": [{"type": "row", "repeat": "x"}, {` + panel + unit + `"targets": [{"expr": "up{a=\"$x\"}"}]}]}`, ""},
		"a row behind it":      {`{"name": "x", "type": "custom", "multi": true}]}, "panels": [{"type": "row", "repeat": "x"}, {"type": "row"}, {` + panel + unit + `"targets": [{"expr": "up{a=\"$x\"}"}]}]}`, "write =~ in place of ="},
		"labels of Loki":       {`{"name": "x", "type": "query", "refresh": 1, "query": "label_values(job)", "datasource": {"type": "loki", "uid": "${ds}"}}]}, "panels": []}`, "write \"refresh\": 2, so that Grafana asks again"},
		"a database":           {`{"name": "x", "type": "query", "refresh": 1, "query": "SELECT 1", "datasource": {"type": "mysql", "uid": "${ds}"}}]}, "panels": []}`, ""},
		"a misspelt function":  {`{"name": "x", "type": "query", "refresh": 2, "query": "label_value(up, job)"}]}, "panels": []}`, "did you mean label_values?"},
		"an expression":        {`{"name": "x", "type": "query", "refresh": 2, "query": "sum(up)"}]}, "panels": []}`, "write query_result(...) around it, or label_values(metric, label)"},
		"a selector":           {`{"name": "x", "type": "query", "refresh": 2, "query": "up{a=\"b\"}"}]}, "panels": []}`, ""},
		"a query of no kind":   {`{"name": "x", "type": "query", "refresh": 2, "query": "label_values(job)"}]}, "panels": []}`, ""},
		"a matcher with no =~": {`{"name": "x", "type": "custom", "includeAll": true, "allValue": "total"}]}, "panels": [{` + panel + unit + `"targets": [{"expr": "up{a=\"$x\"}"}]}]}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range lintText("a.json", head+test.text, "").Written {
				got = append(got, f.Suggestion)
			}
			if strings.Join(got, "\n") != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestOtherShapesAreDashboards(t *testing.T) {
	bare := withQueries("up{")
	for name, test := range map[string]struct {
		text string
		is   bool
		want int
	}{
		"bare":                 {bare, true, 1},
		"of the HTTP API":      {`{"dashboard": ` + bare + `, "overwrite": true}`, true, 1},
		"a resource":           {`{"kind": "Dashboard", "spec": ` + bare + `}`, true, 1},
		"broken":               {strings.TrimSuffix(bare, "}"), true, 1},
		"behind the end":       {bare + "}", true, 1},
		"after a mark":         {"\ufeff" + bare, true, 2},
		"cut off early":        {`{"editable": false, "panels": [{"gridPos": {"h": 1}, "type": "text", `, true, 1},
		"cut off at once":      {`{"annotations": {"list": [{"builtIn": 1, "datasource": "-- Grafana --"`, true, 1},
		"a comma too many":     {`{"title": "a", "panels": [{"type": "text"},]}`, true, 1},
		"another thing, cut":   {`{"title": "a", "panels": {"a": 1}`, false, 0},
		"a list, cut":          {`{"panels": ["left", "right"`, false, 0},
		"a template":           {`{{ if .x }}` + bare + `{{ end }}`, false, 0},
		"a package":            {`{"name": "x", "title": "y", "version": "1"}`, false, 0},
		"panels of no list":    {`{"title": "y", "panels": {"a": 1}}`, false, 0},
		"a list":               {`[` + bare + `]`, false, 0},
		"panels in closed row": {`{"title": "y", "editable": false, "panels": [{"type": "row", "panels": [{"type": "stat", "title": "a", "description": "b"}]}]}`, true, 1},
		"rows of old":          {`{"title": "y", "editable": false, "rows": [{"panels": [{"type": "graph", "title": "a", "description": "b"}]}]}`, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Is([]byte(test.text)); got != test.is {
				t.Errorf("Is: %v", got)
			}
			if found := lintText("a.json", test.text, "").Written; test.is && len(found) != test.want {
				t.Errorf("%d findings: %v", len(found), found)
			}
		})
	}
}

func TestPlacesCountEscapes(t *testing.T) {
	text := strings.Replace(withQueries("up"), `"expr": "up"`, `"expr": "\u0075p{a=\"\ud83d\ude00é\/\t\"} + \u0075p{job=~\"a\"}"`, 1)
	want := []string{`promql/regexp-without-pattern job=~\"a\"`}
	if diff := cmp.Diff(want, marked(lintText("a.json", text, "").Written)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLimits(t *testing.T) {
	deep := `{"title": "a", "schemaVersion": 1, "panels": [` + strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1) + `]}`
	if got := marked(lintText("a.json", deep, "").Written); len(got) != 1 || !strings.HasPrefix(got[0], ruleStructure) {
		t.Errorf("got %v", got)
	}
}

func TestExceptionsOfTheLintFile(t *testing.T) {
	text := withQueries("up{", "up{}}")
	for name, test := range map[string]struct {
		file       string
		want       []string
		suppressed int
	}{
		"a whole rule":        {"exclusions:\n  target-promql-rule:\n", nil, 2},
		"by our name":         {"exclusions:\n  dashboard/target-promql:\n    reason: later\n", nil, 2},
		"one panel":           {"exclusions:\n  target-promql-rule:\n    entries:\n    - panel: P0\n", []string{"error dashboard/target-promql"}, 1},
		"one query":           {"exclusions:\n  target-promql-rule:\n    entries:\n    - dashboard: T\n      panel: P1\n      targetIdx: 0\n", []string{"error dashboard/target-promql"}, 1},
		"another query":       {"exclusions:\n  target-promql-rule:\n    entries:\n    - {panel: P1, targetIdx: 1}\n", []string{"info dashboard/lint-file", "error dashboard/target-promql", "error dashboard/target-promql"}, 0},
		"a warning":           {"warnings:\n  target-promql-rule:\n", []string{"warning dashboard/target-promql", "warning dashboard/target-promql"}, 0},
		"no such rule":        {"exclusions:\n  target-promq-rule:\n", []string{"warning dashboard/lint-file", "error dashboard/target-promql", "error dashboard/target-promql"}, 0},
		"no such key":         {"exclusion:\n  target-promql-rule:\n", []string{"warning dashboard/lint-file", "error dashboard/target-promql", "error dashboard/target-promql"}, 0},
		"another spelling":    {"exclusions:\n  target-promql-rule:\n    entries:\n    - targetidx: 0\n      reason: later\n", nil, 2},
		"a panel of none":     {"exclusions:\n  dashboard/uneditable-dashboard:\n    entries:\n    - panel: P0\n", []string{"info dashboard/lint-file", "error dashboard/target-promql", "error dashboard/target-promql"}, 0},
		"all but a warning":   {"exclusions:\n  target-promql-rule:\nwarnings:\n  target-promql-rule:\n    entries:\n    - panel: P0\n", []string{"warning dashboard/target-promql"}, 1},
		"misspelt entries":    {"exclusions:\n  target-promql-rule:\n    entry:\n    - panel: P0\n", []string{"warning dashboard/lint-file", "error dashboard/target-promql", "error dashboard/target-promql"}, 0},
		"a key too many":      {"exclusions:\n  target-promql-rule:\n    why: later\n    entries:\n    - panel: P0\n", []string{"warning dashboard/lint-file", "error dashboard/target-promql"}, 1},
		"misspelt panel":      {"exclusions:\n  target-promql-rule:\n    entries:\n    - panels: P0\n", []string{"warning dashboard/lint-file", "error dashboard/target-promql", "error dashboard/target-promql"}, 0},
		"an alert":            {"exclusions:\n  target-promql-rule:\n    entries:\n    - alert: P0\n", []string{"warning dashboard/lint-file", "error dashboard/target-promql", "error dashboard/target-promql"}, 0},
		"an entry of text":    {"exclusions:\n  target-promql-rule:\n    entries:\n    - P0\n", []string{"warning dashboard/lint-file", "error dashboard/target-promql", "error dashboard/target-promql"}, 0},
		"entries of text":     {"exclusions:\n  target-promql-rule:\n    entries: P0\n", []string{"warning dashboard/lint-file", "error dashboard/target-promql", "error dashboard/target-promql"}, 0},
		"entries of nothing":  {"exclusions:\n  target-promql-rule:\n    entries: []\n", nil, 2},
		"a list of rules":     {"exclusions:\n- target-promql-rule\n", []string{"warning dashboard/lint-file", "error dashboard/target-promql", "error dashboard/target-promql"}, 0},
		"a rule with text":    {"exclusions:\n  target-promql-rule: later\n", []string{"warning dashboard/lint-file", "error dashboard/target-promql", "error dashboard/target-promql"}, 0},
		"a file of text":      {"exclusions\n", []string{"warning dashboard/lint-file", "error dashboard/target-promql", "error dashboard/target-promql"}, 0},
		"an empty file":       {"# later\n", []string{"error dashboard/target-promql", "error dashboard/target-promql"}, 0},
		"no number":           {"exclusions:\n  target-promql-rule:\n    entries:\n    - targetIdx: first\n", []string{"warning dashboard/lint-file", "error dashboard/target-promql", "error dashboard/target-promql"}, 0},
		"no YAML":             {"exclusions: [\n", []string{"error yaml/syntax", "error dashboard/target-promql", "error dashboard/target-promql"}, 0},
		"of metrics, unasked": {"exclusions:\n  dashboard/metric-missing:\n", []string{"error dashboard/target-promql", "error dashboard/target-promql"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := lintText("b/a.json", text, test.file)
			var said []string
			for _, f := range got.Written {
				said = append(said, string(f.Severity)+" "+f.Rule)
			}
			if diff := cmp.Diff(test.want, said); diff != "" || got.Suppressed != test.suppressed {
				t.Errorf("%d left out (-want +got):\n%s", got.Suppressed, diff)
			}
		})
	}
}

func TestExceptionsOfDashboardsThatWereNotReadAreNotUnused(t *testing.T) {
	const file = "exclusions:\n  target-promql-rule:\n    entries:\n    - dashboard: T\n    - dashboard: Other\n    - panel: P\n"
	for partial, want := range map[bool][]int{true: {4}, false: {4, 5, 6}} {
		set := Read(context.Background(), []lint.File{{Name: "b/a.json", Data: []byte(withQueries("up"))}}, func(string) ([]byte, bool) { return []byte(file), true })
		var lines []int
		for _, f := range set.Lint(context.Background(), Options{Written: true, Partial: partial}).Written {
			lines = append(lines, f.Line)
		}
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Errorf("partial %v (-want +got):\n%s", partial, diff)
		}
	}
}

func TestEntriesWithPanelsReachFindingsOfTheWholeDashboard(t *testing.T) {
	text := strings.Replace(withQueries("up"), `"editable": false, `, "", 1)
	got := lintText("b/a.json", text, "exclusions:\n  uneditable-dashboard:\n    entries:\n    - panel: P7\n      targetIdx: 3\n")
	if len(got.Written) > 0 || got.Suppressed != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestLockedRulesAreNotLeftOut(t *testing.T) {
	set := Read(context.Background(), []lint.File{{Name: "a.json", Data: []byte(withQueries("up{"))}}, func(string) ([]byte, bool) {
		return []byte("exclusions:\n  target-promql-rule:\n"), true
	})
	got := set.Lint(context.Background(), Options{Written: true, Lint: lint.Options{Locked: []string{"dashboard/target-promql"}}})
	if !slices.ContainsFunc(got.Written, func(f report.Finding) bool { return f.Rule == "dashboard/target-promql" && f.Severity == report.Error }) || got.Suppressed != 0 {
		t.Errorf("got %+v", got)
	}
	if !slices.ContainsFunc(got.Written, func(f report.Finding) bool { return f.Rule == "suppress/locked" && f.Line == 2 }) || len(got.Written) != 2 {
		t.Errorf("the exception is not told as it is: %+v", got.Written)
	}
}

// shelf is a source that has names.
type shelf struct {
	source.Source
	names, recorded []string
	warning         string
	err             error
	asked           int
}

func (s *shelf) Names(context.Context, []string, time.Time, time.Time) (source.Names, error) {
	s.asked++
	if s.err != nil {
		return source.Names{}, s.err
	}
	out := source.Names{Names: s.names}
	if s.warning != "" {
		out.Warnings = []string{s.warning}
	}
	return out, nil
}

func (s *shelf) Recorded(context.Context) ([]string, error) {
	s.asked++
	return s.recorded, nil
}

func TestMetricsAreComparedWithTheSource(t *testing.T) {
	all := []string{"up", "http_requests_total"}
	for name, test := range map[string]struct {
		query     string
		shelf     shelf
		pending   []string
		want      []string
		undecided bool
		asked     int
	}{
		"all there":          {`up + http_requests_total`, shelf{names: all}, nil, nil, false, 1},
		"one missing":        {`up + http_request_total`, shelf{names: all}, nil, []string{"warning did you mean http_requests_total?"}, false, 2},
		"another answers":    {`up or gone`, shelf{names: all}, nil, []string{"info correct the name, or make something export it; a counter appears with its first event"}, false, 2},
		"a number answers":   {`sum(gone) or vector(0)`, shelf{names: all}, nil, []string{"info correct the name, or make something export it; a counter appears with its first event"}, false, 2},
		"twice in a panel":   {`gone / gone`, shelf{names: all}, nil, []string{"warning correct the name, or make something export it; a counter appears with its first event"}, false, 2},
		"absence is asked":   {`absent(gone)`, shelf{names: all}, nil, nil, false, 1},
		"a variable in name": {`${x}_total + $metric`, shelf{names: all}, nil, nil, false, 1},
		"variable elsewhere": {`gone{job="$x"}`, shelf{names: all}, nil, []string{"warning correct the name, or make something export it; a counter appears with its first event"}, false, 2},
		"recorded":           {`job:up:sum`, shelf{names: all, recorded: []string{"job:up:sum"}}, nil, nil, false, 2},
		"will be recorded":   {`job:up:sum`, shelf{names: all}, []string{"job:up:sum"}, nil, false, 1},
		"no answer":          {`gone`, shelf{err: &source.Error{Message: "no connection"}}, nil, []string{"warning check the source, and run again"}, true, 1},
		"partial":            {`gone`, shelf{names: all, warning: "a store is down"}, nil, []string{"warning check the source, and run again"}, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			set := Read(context.Background(), []lint.File{{Name: "a.json", Data: []byte(withQueries(test.query))}}, func(string) ([]byte, bool) { return nil, false })
			got := set.Lint(context.Background(), Options{Ask: &Ask{Source: &test.shelf, Pending: test.pending}})
			var said []string
			for _, f := range got.Metrics {
				said = append(said, string(f.Severity)+" "+f.Suggestion)
			}
			if diff := cmp.Diff(test.want, said); diff != "" || got.Undecided != test.undecided || test.shelf.asked != test.asked {
				t.Errorf("undecided %v, %d requests (-want +got):\n%s", got.Undecided, test.shelf.asked, diff)
			}
		})
	}
}

func FuzzLint(f *testing.F) {
	f.Add(withQueries(`sum by (${labels:csv}) (rate(x_total{job=~"$x"}[$__rate_interval]))`, `up{$x`), "exclusions:\n  a:\n")
	f.Add(`{"title": "a", "panels": [{"title": "\ud83d\ude00\uD800x", "type": "stat", "targets": [{"expr": "\"$a"}]}]}`, "")
	f.Add(`{"title": "a", "elements": {"p": {"kind": "Panel", "spec": {"data": {"spec": {"queries": [{"spec": {"query": {"group": "prometheus", "spec": {"expr": "up"}}}}]}}}}}, "layout": {"repeat": {"value": "x"}}}`, "warnings:\n  target-job-rule:\n    entries: [{}]\n")
	f.Fuzz(func(_ *testing.T, text, beside string) {
		Is([]byte(text))
		set := Read(context.Background(), []lint.File{{Name: "a.json", Data: []byte(text)}}, func(string) ([]byte, bool) { return []byte(beside), true })
		set.Lint(context.Background(), Options{Written: true, Ask: &Ask{Source: &shelf{}}})
	})
}

func TestAMarkAtTheBeginBelongsToNoColumn(t *testing.T) {
	for text, want := range map[string][]string{
		`{"title": "T", "panels": []}`:  {"1:1 dashboard/structure {", `1:12 dashboard/uneditable-dashboard T`},
		`{"title": "T", "panels": [,]}`: {"1:27 dashboard/structure ,"},
	} {
		var got []string
		for _, f := range lintText("a.json", "\ufeff"+text, "").Written {
			got = append(got, fmt.Sprintf("%d:%d %s", f.Line, f.Column, marked([]report.Finding{f})[0]))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestWhatIsNoJSONIsShownWhereItIs(t *testing.T) {
	for text, want := range map[string]string{
		`{"title": "T", "panels": [1,]}`:           "]",
		`{"title": "T", "panels": [1 2]}`:          "2",
		`{"title": "T", "panels": [tru ]}`:         " ",
		`{"title": "T", "panels": [], }`:           "}",
		`{"title": "T", "panels" []}`:              "[",
		`{"title": "T", "panels": ["a\qb"]}`:       "q",
		`{"title": "T", "panels": [01]}`:           "1",
		`{"title": "T", "panels": ['a']}`:          "'",
		`{"title": "T", "panels": [] "editable"}`:  `"`,
		`{"title": "T", "panels": [/* more */ 1]}`: "/",
	} {
		if diff := cmp.Diff([]string{ruleStructure + " " + want}, marked(lintText("a.json", text, "").Written)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}
