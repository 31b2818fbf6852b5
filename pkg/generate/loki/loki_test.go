package loki

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/tech"
)

func catalogue(t testing.TB) *tech.Catalog {
	t.Helper()
	log := func(name, match string, threshold int, severity tech.Severity) tech.Log {
		return tech.Log{
			Name: name, Match: match, Window: "5m", For: "0m", Threshold: threshold, Severity: severity, Summary: name, Description: "Look.",
		}
	}
	slow := log("SlowQueries", "duration: \\d+", 20, tech.Warning)
	slow.For = "10m"
	c, err := tech.New(
		tech.Technology{Name: "postgresql", Title: "PostgreSQL", Kind: tech.KindDatabase, Aliases: []string{"postgres"}, Logs: []tech.Log{
			log("Panic", `\bPANIC: +\S`, 0, tech.Critical), slow, log("Quoted", "a `tick` and \"quote\"", 3, tech.Info),
		}},
		tech.Technology{Name: "memcached", Title: "Memcached", Kind: tech.KindCache},
		tech.Technology{Name: "kubernetes", Title: "Kubernetes", Kind: tech.KindInfrastructure, Workload: true, Logs: []tech.Log{log("Killed", "OOM", 0, tech.Critical)}},
		tech.Technology{
			Name: "http", Title: "HTTP", Kind: tech.KindService, Types: []string{"api"},
			Logs: []tech.Log{log("Panicked", "^panic: ", 0, tech.Critical)},
		},
	)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const pay = `
-- pay.yaml --
service:
  {name: pay-api, team: money, tier: critical, type: api}
resources:
  - kind: Dependencies
    name: d
    spec:
      databases: [{name: orders, type: postgres}, {name: ledger, type: cassandra}]
      caches: [{name: sessions, type: memcached}]
  - {kind: Observability, name: o, spec: {logs: {LOGS}}}
`

func generated(t testing.TB, logs string, options generate.Options) generate.Result {
	t.Helper()
	s := spectest.Load(t, strings.ReplaceAll(pay, "LOGS", logs), "").Services[0]
	return Alerts{}.Generate(generate.Job{Service: s, Catalog: catalogue(t), Metrics: intent.Offline(s), Options: options})
}

// file is a rule file as Loki reads it.
type file struct {
	Groups []struct {
		Name, Interval string
		Rules          []struct {
			Alert, Expr, For    string
			Labels, Annotations map[string]string
		}
	}
}

func read(t testing.TB, r generate.Result) file {
	t.Helper()
	var out file
	if len(r.Artefacts) == 0 {
		return out
	}
	if err := yaml.Unmarshal(r.Artefacts[0].Bytes, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestGolden(t *testing.T) {
	options := generate.Options{RunbookURL: "https://runbooks.example.com", GrafanaURL: "https://grafana.example.com"}
	const logs = `selector: '{app="pay", env!="ci"}', dependency_selector: '{app=~"(main-)?${dependency_name}"}', format: json`
	r := generated(t, logs, options)
	filetest.Golden(t, "testdata/loki-alerts.yaml", string(r.Artefacts[0].Bytes))
	if again := generated(t, logs, options); !cmp.Equal(again.Artefacts[0].Bytes, r.Artefacts[0].Bytes) {
		t.Error("the file differs from run to run")
	}
	if len(r.Findings) != 1 || !strings.Contains(r.Findings[0].Message, "nothing is known of cassandra") {
		t.Errorf("got %+v", r.Findings)
	}
	lines := strings.Split(string(r.Artefacts[0].Bytes), "\n")
	for _, trace := range r.Artefacts[0].Trace {
		if !strings.Contains(lines[trace.Line-1], "alert: "+trace.What) || !trace.Origin.Written() {
			t.Errorf("%s leads to %q and %s", trace.What, lines[trace.Line-1], trace.Origin)
		}
	}
}

// TestEveryExpressionIsLogQL makes sure that the rules of the whole catalogue can
// be read, count over a window that their alert can be seen in, and match the lines
// that the catalogue gives as examples.
func TestEveryExpressionIsLogQL(t *testing.T) {
	catalog, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, technology := range catalog.All() {
		if technology.Kind == tech.KindService || technology.Workload {
			continue
		}
		s := spectest.Services(t, "-- pay.yaml --\nservice: {name: pay, team: t, tier: critical, type: api}\nresources:\n"+
			"  - {kind: Dependencies, name: d, spec: {databases: [{name: main, type: "+technology.Name+"}]}}\n")[0]
		for _, format := range []string{"", "json", "logfmt"} {
			s.Logs.Format.V = format
			job := generate.Job{Service: s, Catalog: catalog, Metrics: intent.Offline(s), Options: generate.Options{Interval: 3 * time.Minute}}
			for _, group := range read(t, Alerts{}.Generate(job)).Groups {
				for i, rule := range group.Rules {
					c, err := recognise(rule.Expr)
					if err != nil {
						t.Errorf("%s: %v in %s", rule.Alert, err, rule.Expr)
					}
					if c.window < 3*time.Minute {
						t.Errorf("%s: a line is gone after %s, before the rule is evaluated again", rule.Alert, c.window)
					}
					if group.Name != "pay-main-logs" {
						continue
					}
					seen++
					for _, line := range technology.Logs[i].Lines {
						if !regexp.MustCompile(c.pattern).MatchString(line) {
							t.Errorf("%s does not match %q", rule.Expr, line)
						}
					}
				}
			}
		}
	}
	if seen < 3*20 {
		t.Errorf("only %d rules were looked at", seen)
	}
}

func TestSelectors(t *testing.T) {
	tests := []struct {
		name, logs string
		label      string
		want       []string // of the service and of the dependency; no second without a rule
		finding    string
	}{
		{"defaults", "format: text", "", []string{"app=pay-api", "app=orders"}, ""},
		{"another label", "format: text", "service_name", []string{"service_name=pay-api", "service_name=orders"}, ""},
		{"written", `selector: '{job="a b", env!="x"}'`, "", []string{"job=a b env!=x", "app=orders"}, ""},
		{"variable", `dependency_selector: '{app="db-${dependency_name}", team="${team}"}'`, "", []string{"app=pay-api", "app=db-orders team=money"}, ""},
		{"hostile", `selector: '{app="x\"} |= \"` + "`" + `"}'`, "", []string{`app=x"} |= "` + "`", "app=orders"}, ""},
		{"no selector", `selector: 'app=pay'`, "", []string{"app=orders"}, "it is no stream selector"},
		{"a whole query", `selector: '{app="x"} |= "y"'`, "", []string{"app=orders"}, "it is no stream selector"},
		{"a metric", `selector: 'up{app="x"}'`, "", []string{"app=orders"}, "streams have no label"},
		{"everything", `selector: '{app=~".*"}'`, "", []string{"app=orders"}, "it would pick every stream"},
		{"everything but", `dependency_selector: '{app!="x"}'`, "", []string{"app=pay-api"}, "it would pick every stream"},
		{"disabled", "disabled: true", "", nil, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := generated(t, test.logs, generate.Options{LogLabel: test.label})
			var got []string
			for _, g := range read(t, r).Groups {
				c, err := recognise(g.Rules[0].Expr)
				if err != nil {
					t.Errorf("%v in %s", err, g.Rules[0].Expr)
				}
				got = append(got, strings.Join(c.matchers, " "))
				names := strings.Join(c.by, " ")
				for _, m := range c.matchers {
					if !strings.Contains(names, name.FindString(m)) {
						t.Errorf("the labels %s are lost in %s", m, g.Rules[0].Expr)
					}
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			i := slices.IndexFunc(r.Findings, func(f report.Finding) bool { return f.Rule == "generate/log-selector" })
			switch {
			case (i >= 0) != (test.finding != ""):
				t.Errorf("got %+v", r.Findings)
			case i >= 0 && (!strings.Contains(r.Findings[i].Message, test.finding) || r.Findings[i].Line != 9):
				t.Errorf("got %+v", r.Findings[i])
			}
		})
	}
}

// TestAStructuredLineIsReducedToItsMessage runs the template of the expression as
// Loki does: with the labels of a line, and empty where there is none.
func TestAStructuredLineIsReducedToItsMessage(t *testing.T) {
	r := read(t, generated(t, "format: logfmt", generate.Options{}))
	c, err := recognise(r.Groups[0].Rules[0].Expr)
	if diff := cmp.Diff([]string{"logfmt", "line_format", "drop"}, c.stages); diff != "" || err != nil {
		t.Fatalf("-want +got:\n%s%v", diff, err)
	}
	text := regexp.MustCompile(`line_format "([^"]*)"`).FindStringSubmatch(r.Groups[0].Rules[0].Expr)[1]
	line := template.Must(template.New("").Option("missingkey=zero").Funcs(template.FuncMap{"__line__": func() string { return "the line" }}).Parse(text))
	for want, labels := range map[string]map[string]string{
		"a": {"message": "a", "msg": "b"}, "b": {"msg": "b"}, "the line": {"__error__": "LogfmtParserErr"},
	} {
		var b strings.Builder
		if err := line.Execute(&b, labels); err != nil || b.String() != want {
			t.Errorf("%v gives %q, %v; want %q", labels, b.String(), err, want)
		}
	}
	if c, err := recognise(r.Groups[1].Rules[0].Expr); err != nil || len(c.stages) > 0 {
		t.Errorf("the format of the service is taken for that of its database: %v, %v", c.stages, err)
	}
}

// TestSeverities makes sure that tier and environment decide as they do for other
// alerts.
func TestSeverities(t *testing.T) {
	for tier, want := range map[string]string{
		"critical": "critical warning info", "high": "critical warning", "standard": "critical warning", "low": "warning",
	} {
		s := spectest.Services(t, "-- pay.yaml --\nservice: {name: pay, team: t, tier: "+tier+", type: worker}\nresources:\n"+
			"  - {kind: Dependencies, name: d, spec: {databases: [{name: main, type: postgres}]}}\n")[0]
		r := Alerts{}.Generate(generate.Job{Service: s, Catalog: catalogue(t), Metrics: intent.Offline(s)})
		var got []string
		for _, rule := range read(t, r).Groups[0].Rules {
			got = append(got, rule.Labels["severity"])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("tier %s: %v, want %s", tier, got, want)
		}
		left := 0
		for _, l := range r.LeftOut {
			left += l.Count
		}
		if left != 3-len(got) {
			t.Errorf("tier %s: %d are there and %d left out", tier, len(got), left)
		}
	}
}

// TestNoTextLeavesItsString makes sure that no pattern, value or name can become
// part of a query.
func TestNoTextLeavesItsString(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringOf(rapid.OneOf(rapid.RuneFrom([]rune("\n\r\t\"'`\\{}|$[]()~=")), rapid.Rune()))
		value, pattern := text.Draw(rt, "value"), regexp.QuoteMeta(text.Draw(rt, "pattern"))
		streams, err := parseSelector(`{app="x", pod=~"a-${dependency_name}"}`)
		if err != nil {
			rt.Fatal(err)
		}
		if streams, err = streams.with(dependencyName, value); err != nil {
			rt.Fatal(err)
		}
		q := query{streams: streams, format: "json", pattern: pattern, window: time.Minute, more: 3}.String()
		c, err := recognise(q)
		if err != nil {
			rt.Fatalf("%v in %s", err, q)
		}
		want := counted{
			by: []string{"app", "pod"}, matchers: []string{"app=x", "pod=~a-" + regexp.QuoteMeta(value)},
			stages: []string{"json", "line_format", "drop"}, pattern: pattern, window: time.Minute, more: 3,
		}
		if diff := cmp.Diff(want, c, cmp.AllowUnexported(counted{})); diff != "" {
			rt.Fatalf("-want +got:\n%s\n%s", diff, q)
		}
	})
}
