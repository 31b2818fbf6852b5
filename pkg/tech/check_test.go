package tech

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// good returns a technology that has nothing wrong.
func good(t *testing.T) Technology {
	t.Helper()
	data, err := os.ReadFile("testdata/good.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := read(fstest.MapFS{"catalog/store.yaml": {Data: data}}, "catalog")
	if err != nil {
		t.Fatal(err)
	}
	return c.All()[0]
}

func TestGoodFileHasNoProblems(t *testing.T) {
	t.Parallel()
	for _, p := range checkTechnology(good(t)) {
		t.Error(p)
	}
}

// breakage is one way to spoil the good file, and a part of what must be said.
type breakage struct {
	name  string
	spoil func(*Technology)
	want  string
}

func testBreakages(t *testing.T, all []breakage) {
	t.Helper()
	for _, b := range all {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			spoiled := good(t)
			b.spoil(&spoiled)
			found := checkTechnology(spoiled)
			for _, p := range found {
				if strings.Contains(p.String(), b.want) {
					return
				}
			}
			t.Errorf("nothing says %q: %v", b.want, found)
		})
	}
}

func number64(f float64) *float64 { return &f }

func TestHyphensOfANameAreUnderscoresInIntents(t *testing.T) {
	t.Parallel()
	s := good(t)
	s.Name = "shop-store"
	for i := range s.Panels {
		for j := range s.Panels[i].Targets {
			s.Panels[i].Targets[j].Expr = strings.ReplaceAll(s.Panels[i].Targets[j].Expr, "store:", "shop_store:")
		}
	}
	for _, p := range checkTechnology(s) {
		t.Error(p)
	}
}

func TestHeaderChecksFail(t *testing.T) {
	t.Parallel()
	testBreakages(t, []breakage{
		{"name in upper case", func(s *Technology) { s.Name = "Store" }, `name: "Store" is no name`},
		{"alias in upper case", func(s *Technology) { s.Aliases = []string{"Shop"} }, `aliases[0]: "Shop" is no alias`},
		{"kind", func(s *Technology) { s.Kind = "thing" }, "is no kind"},
		{"title", func(s *Technology) { s.Title = "" }, "title: there is no title"},
		{"docs", func(s *Technology) { s.Docs = "http://example.com" }, "docs:"},
		{"no identity", func(s *Technology) { s.Identity = nil }, "identity: name the labels"},
		{"identity is no label", func(s *Technology) { s.Identity = []string{"a-b"} }, "identity[0]"},
		{"no exporter", func(s *Technology) { s.Exporter = nil }, "exporter: say where"},
		{"service with an exporter", func(s *Technology) { s.Kind, s.Types = KindService, []string{"api"} }, "kind: a kind of service has no exporter"},
		{"service without types", func(s *Technology) { s.Kind = KindService }, "types: a kind of service"},
		{"types of a database", func(s *Technology) { s.Types = []string{"api"} }, "types: types are for"},
		{"outcome of a database", func(s *Technology) { s.Outcome = &Outcome{} }, "outcome: an outcome is for"},
		{"builtin port", func(s *Technology) { s.Builtin = &Endpoint{Path: "/"} }, "builtin.port: 0"},
		{"exporter path", func(s *Technology) { s.Exporter.Path = "metrics" }, "exporter.path"},
		{"no version", func(s *Technology) { s.Exporter.Version = "" }, "exporter.version: is empty"},
		{"latest", func(s *Technology) { s.Exporter.Version = "latest" }, "exporter.version: the tag"},
		{"tag in the image", func(s *Technology) { s.Exporter.Image = "example.com/a:1" }, "exporter.version: the tag"},
		{"no privileges", func(s *Technology) { s.Exporter.Privileges = "" }, "exporter.privileges: is empty"},
		{"probe", func(s *Technology) { s.Exporter.Probe = "store-up" }, "exporter.probe"},
		{"target port", func(s *Technology) { s.Exporter.TargetPort = 70000 }, "exporter.target_port"},
		{"variable", func(s *Technology) { s.Exporter.Args[0] = "--address=${host}:${prot}" }, "exporter.args[0]: ${prot} is no variable"},
		{"secret of a chart elsewhere", func(s *Technology) { s.Exporter.Env[0].Value = "${secret_name}" }, "exporter.env[0].value: ${secret_name}"},
		{"no target", func(s *Technology) { s.Exporter.Args = nil }, "nothing tells the exporter its target"},
		{"secret with a value", func(s *Technology) { s.Exporter.Env[1].Value = "hunter2" }, "exporter.env[1].value: a secret"},
		{"secret in the open", func(s *Technology) { s.Exporter.Env[1].Secret = false }, "STORE_PASSWORD holds a secret"},
		{"variable without value", func(s *Technology) { s.Exporter.Env[0].Value = "" }, "STORE_USER has no value"},
		{"secret in an argument", func(s *Technology) { s.Exporter.Args = append(s.Exporter.Args, "--password=x") }, "exporter.args[1]: an argument is seen"},
		{"no secret", func(s *Technology) { s.Exporter.Env = s.Exporter.Env[:1] }, "the account has no password"},
		{"secret in a chart", func(s *Technology) { s.Exporter.Helm.Values["store.password"] = "hunter2" }, "exporter.helm.values.store.password"},
	})
}

func TestIntentChecksFail(t *testing.T) {
	t.Parallel()
	testBreakages(t, []breakage{
		{"name", func(s *Technology) { s.Intents[0].Name = "Hits" }, "intents[0].name"},
		{"twice", func(s *Technology) { s.Intents[1].Name = "hits" }, "hits is there twice"},
		{"type", func(s *Technology) { s.Intents[0].Type = "count" }, "intents[0].type"},
		{"unit", func(s *Technology) { s.Intents[0].Unit = "hits" }, "intents[0].unit"},
		{"help", func(s *Technology) { s.Intents[0].Help = "" }, "intents[0].help"},
		{"no candidates", func(s *Technology) { s.Intents[0].Candidates = nil }, "nothing measures hits"},
		{"fallback to nothing", func(s *Technology) { s.Intents[3].Fallback = "users" }, "users is no intent"},
		{"fallback in a circle", func(s *Technology) { s.Intents[2].Fallback = "sessions" }, "lead back"},
		{"fallback of another type", func(s *Technology) { s.Intents[3].Fallback = "hits" }, "cannot stand for"},
		{"errors of nothing", func(s *Technology) { s.Intents[0].ErrorsOf = "calls" }, "calls is no intent"},
		{"errors without an outcome", func(s *Technology) { s.Intents[0].ErrorsOf = "misses" }, "has no outcome"},
		{"errors of another unit", func(s *Technology) { s.Outcome, s.Intents[0].ErrorsOf = &Outcome{}, "sessions" }, "are a gauge in short too"},
		{"errors with candidates", func(s *Technology) { s.Outcome, s.Intents[0].ErrorsOf = &Outcome{}, "misses" }, "failures are counted by"},
		{"scale", func(s *Technology) { s.Intents[0].Candidates[0].Scale = -1 }, "scale: -1"},
		{"expression of a counter", func(s *Technology) { s.Intents[0].Candidates[0] = Candidate{Expr: "store_hits_total"} }, "only a derived intent"},
		{"selector of a derived intent", func(s *Technology) { s.Intents[5].Candidates[0] = Candidate{Selector: "m"} }, "a derived intent has expressions"},
		{"selector with a range", func(s *Technology) { s.Intents[0].Candidates[0].Selector = "store_hits_total[5m]" }, "is no metric with matchers"},
		{"histogram without buckets", func(s *Technology) { s.Intents[4].Candidates[0].Selector = "store_latency_seconds" }, "name the _bucket series"},
		{"intent as a candidate", func(s *Technology) { s.Intents[0].Candidates[0].Selector = "store:misses" }, "a candidate is a metric"},
		{"two types", func(s *Technology) { s.Intents[2].Candidates[0].Selector = "store_hits_total" }, "is a counter elsewhere and a gauge here"},
		{"intent in a derived intent", func(s *Technology) { s.Intents[5].Candidates[0].Expr = "store:connections" }, "is made of metrics"},
		{"derived from a counter itself", func(s *Technology) { s.Intents[5].Candidates[0].Expr = "store_hits_total" }, "intents[5].candidates[0].expr: the counter"},
		{"derived by a label that is gone", func(s *Technology) { s.Intents[5].Candidates[0].By = "pool" }, "cannot be broken down by pool"},
		{"metric of two types", func(s *Technology) { s.Metrics = append(s.Metrics, Metric{Name: "store_hits_total", Type: Gauge}) }, "declared as a gauge here and as a counter"},
		{"metric twice", func(s *Technology) { s.Metrics = append(s.Metrics, s.Metrics[0]) }, "store_connections_max is declared twice"},
		{"metric without a type", func(s *Technology) { s.Metrics[0].Type = "" }, "metrics[0].type"},
		{"derived metric", func(s *Technology) { s.Metrics[0].Type = Derived }, "metrics[0].type"},
		{"metric name", func(s *Technology) { s.Metrics[0].Name = "a-b" }, "metrics[0].name"},
	})
}

func TestPanelChecksFail(t *testing.T) {
	t.Parallel()
	expr := func(e string) func(*Technology) {
		return func(s *Technology) { s.Panels[1].Targets[0] = Target{Expr: e, Legend: "x"} }
	}
	testBreakages(t, []breakage{
		{"title twice", func(s *Technology) { s.Panels[1].Title = "Hit Ratio" }, "two panels are called Hit Ratio"},
		{"title", func(s *Technology) { s.Panels[1].Title = " " }, "panels[1].title"},
		{"type", func(s *Technology) { s.Panels[1].Type = "graph" }, "panels[1].type"},
		{"unit", func(s *Technology) { s.Panels[1].Unit = "seconds" }, "panels[1].unit"},
		{"help", func(s *Technology) { s.Panels[1].Help = "latency" }, "panels[1].help"},
		{"gauge without max", func(s *Technology) { s.Panels[0].Max = nil }, "panels[0].min"},
		{"no overview", func(s *Technology) { s.Panels[0].Overview = false }, "0 panels are in the overview"},
		{"first step with a value", func(s *Technology) { s.Panels[0].Thresholds[0].Value = number64(0) }, "thresholds[0].value: the first step"},
		{"step without a value", func(s *Technology) { s.Panels[0].Thresholds[1].Value = nil }, "thresholds[1].value: the step has no"},
		{"steps that fall", func(s *Technology) { s.Panels[0].Thresholds[2].Value = number64(0.7) }, "thresholds[2].value: the steps do not rise"},
		{"colour", func(s *Technology) { s.Panels[0].Thresholds[0].Color = "pink" }, "thresholds[0].color"},
		{"mapping", func(s *Technology) { s.Panels[2].Mappings = map[string]string{"up": "x"} }, "panels[2].mappings"},
		{"no query", func(s *Technology) { s.Panels[2].Targets = nil }, "panels[2].targets: the panel shows nothing"},
		{"no legend", func(s *Technology) { s.Panels[2].Targets[0].Legend = "" }, "targets[0].legend: the query has no"},
		{"label that is gone", func(s *Technology) { s.Panels[2].Targets[0].Legend = "{{instance}}" }, "the legend shows instance"},
		{"syntax", expr("sum("), "targets[0].expr: the expression does not parse"},
		{"unknown intent", expr("store:users"), "has no such intent"},
		{"intent of another", expr("redis:hits"), "is no intent of store"},
		{"metric", expr("store_connections"), "a panel reads intents"},
		{"two sources", expr("sum(rate(store:hits[5m])) / sum(store:connections)"), "takes all from one place"},
		{"label of another intent", expr("sum by (by_misses) (rate(store:hits[5m]))"), "grouping by by_misses finds no such label"},
		{"by of a candidate without", func(s *Technology) {
			s.Intents[0].Candidates[0].By = ""
			s.Panels[1].Targets[0] = Target{Expr: "sum by (by_hits) (rate(store:hits[5m]))", Legend: "x"}
		}, "the first candidate of hits has no by"},
		{"range of a derived intent", expr("rate(store:latency_avg[5m])"), "takes no matchers, no range"},
		{"flag", func(s *Technology) { s.Intents[5].Candidates[0].Needs = "--latency" }, "panels[1].optional: nothing measures latency_avg without a flag"},
		{"matcher on a derived intent", expr(`store:latency_avg{a="b"}`), "takes no matchers, no range"},
	})
}

func TestExpressionChecksFail(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ expr, want string }{
		{"store_hits_total > 0", "counter store_hits_total is read without"},
		{"max_over_time(store_hits_total[5m]) > 0", "counter store_hits_total is read without"},
		{"sum(store_latency_seconds_sum) > 0", "counter store_latency_seconds_sum is read without"},
		{`{__name__=~"(store|app)_hits_total"} > 0`, "is read without"},
		{"rate(store_sessions[5m]) > 0", "gauge store_sessions is read by a function for counters"},
		{"sum(rate(store_latency_seconds_bucket[5m])) > 0", "outside of histogram_quantile"},
		{"histogram_quantile(0.9, rate(store_latency_seconds_bucket[5m])) > 0", "needs sum by (le"},
		{"histogram_quantile(0.9, sum(rate(store_latency_seconds_bucket[5m]))) > 0", "needs sum by (le"},
		{"histogram_quantile(0.9, sum without (shard) (rate(store_latency_seconds_bucket[5m]))) > 0", "needs sum by (le"},
		{"rate(store_hits_total[1m]) > 0", "shorter than 2m"},
		{"max_over_time(sum(store_sessions)[1m:30s]) > 0", "at least 2m"},
		{"max_over_time(sum(store_sessions)[10m:1s]) > 0", "at least 2m"},
		{"irate(store_hits_total[5m]) > 0", "irate looks at two samples"},
		{"store_users > 0", "store_users is read and not declared"},
		{`{__name__=~"shop_.*"} > 0`, "reads no metric that is declared"},
		{`{__name__=~"store_(sessions|hits_total)"} > 0`, "different types"},
		{"store_sessions / on (instance) store_connections > 0", "several series may match one"},
		{"store_sessions / on (instance) group_left () store_connections > 0", "several series may match one"},
		{"sum by (instance, shard) (store_connections) / on (instance) sum by (instance) (store_sessions) > 0", "several series may match one"},
		{"sum by (instance) (store_sessions) / store_connections > 0", "the sides never match, being by (instance) and series with all their labels"},
		{"sum by (instance) (store_sessions) / sum(store_connections) > 0", "the sides never match"},
		{"sum(store_sessions) > 0 and sum by (instance) (store_connections) > 0", "the sides never match"},
		{"sum(store_sessions) > 0 and on (instance) store_connections > 0", "names a label that is not"},
		{"store_sessions / ignoring (shard) store_connections > 0", "ignoring() lets new labels"},
		{"sum by (pool) (store_sessions) > 0", "grouping by pool finds no such label"},
		{"1 > bool 2", "an alert needs a vector"},
		{"sum(" + strings.Repeat("(", 9000), "is longer than"},
	} {
		t.Run(c.expr[:min(len(c.expr), 80)], func(t *testing.T) {
			t.Parallel()
			v, _ := newVocabulary(good(t))
			found := v.checkAlert(Alert{Name: "StoreTest", Expr: c.expr, For: "5m", Severity: Warning, Summary: "s", Description: "d"})
			if len(found) == 0 || found[0].path != "expr" || !strings.Contains(found[0].message, c.want) {
				t.Errorf("got %v, want %q", found, c.want)
			}
		})
	}
}

// TestExpressionsThatAreFine holds the checks back from what is right.
func TestExpressionsThatAreFine(t *testing.T) {
	t.Parallel()
	for _, expr := range []string{
		"increase(store_hits_total[10m]) > 0",
		`rate(store_latency_seconds_bucket{le="0.5"}[5m]) > 0`,
		"count(store_hits_total) < 0",
		"absent(store_hits_total)",
		"deriv(store_sessions[15m]) > 0",
		"deriv(sum by (instance) (store_sessions)[15m:1m]) > 0",
		"store_connections / store_connections_max < 0",
		"store_connections / on (instance) group_left () max by (instance) (store_sessions) > 0",
		"store_connections > 0 and on (instance) store_sessions > 0",
		"max by (instance) (store_sessions) > 0 unless on (instance) (count by (instance) (store_connections))",
		"time() - max by (instance) (store_sessions) > 0",
		"topk(3, store_connections) > 0",
		`label_replace(sum(store_sessions), "instance", "x", "", "") > 0 and sum by (instance) (store_sessions) > 0`,
	} {
		v, _ := newVocabulary(good(t))
		if found := v.checkAlert(Alert{Name: "StoreTest", Expr: expr, For: "5m", Severity: Warning, Summary: "s", Description: "d"}); len(found) > 0 {
			t.Errorf("%s: %v", expr, found)
		}
	}
}

func TestAlertChecksFail(t *testing.T) {
	t.Parallel()
	alert := func(spoil func(*Alert)) func(*Technology) {
		return func(s *Technology) { spoil(&s.Alerts[0]) }
	}
	testBreakages(t, []breakage{
		{"name", alert(func(a *Alert) { a.Name = "Store(>80%)" }), "alerts[0].name"},
		{"severity", alert(func(a *Alert) { a.Severity = "page" }), "alerts[0].severity"},
		{"no for", alert(func(a *Alert) { a.For = "" }), "alerts[0].for"},
		{"long for", alert(func(a *Alert) { a.For = "2h" }), "use 1h at most"},
		{"page at once", alert(func(a *Alert) { a.For, a.Severity = "0m", Critical }), "waits for 1m at least"},
		{"latch that waits", alert(func(a *Alert) { a.Latches = true }), "alerts[0].latches"},
		{"intent", alert(func(a *Alert) { a.Expr = "store:connections > 0" }), "an alert reads metrics"},
		{"other threshold", alert(func(a *Alert) { a.Threshold = number64(0.9) }), "compared with 0 times"},
		{"threshold twice", alert(func(a *Alert) { a.Expr += " and sum by (instance) (store_connections) > 0.8" }), "compared with 2 times"},
		{"given that is no PromQL", alert(func(a *Alert) { a.Given = "sum(" }), "alerts[0].given"},
		{"given that is no vector", alert(func(a *Alert) { a.Given = "0.8" }), "alerts[0].given: the expression gives a scalar"},
		{"given by other labels", alert(func(a *Alert) { a.Given = "sum(store_sessions) > 0.8" }), "alerts[0].given: it gives by ()"},
		{"given without a number", alert(func(a *Alert) { a.Given, a.Threshold = a.Expr, nil }), "alerts[0].threshold: given compares"},
		{"given with another number", alert(func(a *Alert) { a.Given, a.Threshold = a.Expr, number64(0.9) }), "compared with 0 times"},
		{"no threshold", alert(func(a *Alert) { a.Threshold = nil }), "say which number"},
		{"no summary", alert(func(a *Alert) { a.Summary = "" }), "has no summary"},
		{"no description", alert(func(a *Alert) { a.Description = " " }), "has no description"},
		{"two lines", alert(func(a *Alert) { a.Summary = "a\nb" }), "a summary is one line"},
		{"said twice", alert(func(a *Alert) { a.Description = a.Summary }), "repeats the summary"},
		{"template", alert(func(a *Alert) { a.Summary = "{{ $lables.instance }}" }), "the template fails"},
		{"template function", alert(func(a *Alert) { a.Summary = "{{ $value | percent }}" }), "the template fails"},
		{"label that is gone", alert(func(a *Alert) { a.Summary = "{{ $labels.shard }}" }), "has no label shard"},
		{"all digits", alert(func(a *Alert) { a.Description = "{{ $value }} used" }), "with all its digits"},
		{"no share", alert(func(a *Alert) {
			a.Expr, a.Threshold = "sum by (instance) (store_connections) > 80", number64(80)
		}), "the value is no share"},
		{"does not fire", alert(func(a *Alert) { a.Test.Fires = a.Test.Quiet }), "does not fire at 30m"},
		{"not for long enough", alert(func(a *Alert) { a.Test.At = "4m" }), "before the alert may fire"},
		{"too late", alert(func(a *Alert) {
			a.Test.Fires["store_connections{instance=\"db-1\",state=\"open\",shard=\"a\"}"] = "10x26 90x5"
		}), "does not fire at 30m"},
		{"is not quiet", alert(func(a *Alert) { a.Test.Quiet = a.Test.Fires }), "fires at 5m0s with the value 0.9"},
		{"quiet for lack of data", alert(func(a *Alert) { delete(a.Test.Quiet, "store_connections_max{instance=\"db-1\"}") }), "quiet for lack of data"},
		{"nothing fires", alert(func(a *Alert) { a.Test.Fires = nil }), "no series that make the alert fire"},
		{"nothing quiet", alert(func(a *Alert) { a.Test.Quiet = nil }), "no series that leave the alert quiet"},
		{"series that is not read", alert(func(a *Alert) { a.Test.Quiet["store_conections"] = "1" }), "store_conections is not read"},
		{"notation", alert(func(a *Alert) { a.Test.Quiet["store_connections{"] = "1" }), "test.quiet: store_connections{"},
		{"end", alert(func(a *Alert) { a.Test.At = "soon" }), "test.at"},
		{"label missing when it fires", alert(func(a *Alert) {
			a.Test.Fires = map[string]string{`store_connections{state="open"}`: "90x30", "store_connections_max": "100x30"}
		}), "the alert that fires has no label instance"},
		{"error when it fires", alert(func(a *Alert) {
			a.Expr, a.Threshold, a.Description = `label_replace(store_connections, "shard", "x", "", "") > 80`, number64(80), "Look."
			a.Test.Fires = map[string]string{`store_connections{shard="a"}`: "90x30", `store_connections{shard="b"}`: "90x30"}
			a.Test.Quiet = map[string]string{`store_connections{shard="a"}`: "70x30"}
		}), "alerts[0].expr: at 0s: "},
		{"error when quiet", alert(func(a *Alert) {
			a.Expr, a.Threshold, a.Summary, a.Description = `label_replace(store_connections, "shard", "x", "", "") > 80`, number64(80), "Busy", "Look."
			a.Test.Fires = map[string]string{`store_connections{shard="a"}`: "90x30"}
			a.Test.Quiet = map[string]string{`store_connections{shard="a"}`: "70x30", `store_connections{shard="b"}`: "70x30"}
		}), "alerts[0].expr: at 0s: "},
		{"digits when it fires", alert(func(a *Alert) { a.Description = `{{ printf "%f" $value }}` }), "the text of the alert reads"},
	})
}

func TestLogChecksFail(t *testing.T) {
	t.Parallel()
	log := func(spoil func(*Log)) func(*Technology) {
		return func(s *Technology) { spoil(&s.Logs[0]) }
	}
	testBreakages(t, []breakage{
		{"name", log(func(l *Log) { l.Name = "is corrupt" }), "logs[0].name"},
		{"twice", func(s *Technology) { s.Logs = append(s.Logs, s.Logs[0]) }, "Corrupt is there twice"},
		{"severity", log(func(l *Log) { l.Severity = "bad" }), "logs[0].severity"},
		{"threshold", log(func(l *Log) { l.Threshold = -1 }), "logs[0].threshold"},
		{"summary", log(func(l *Log) { l.Summary = "" }), "logs[0].summary"},
		{"template", log(func(l *Log) { l.Description = "{{ x }}" }), "logs[0].description"},
		{"window", log(func(l *Log) { l.Window = "30s" }), `"30s" is no window of 1m`},
		{"for", log(func(l *Log) { l.For = "" }), "logs[0].for"},
		{"window that is left", log(func(l *Log) { l.For = "5m" }), "is left before"},
		{"no RE2", log(func(l *Log) { l.Match = "(?!x)" }), "is no RE2"},
		{"matches all", log(func(l *Log) { l.Match = "x*" }), "matches every line"},
		{"backquote", log(func(l *Log) { l.Match = "FATAL.*`?" }), "a backquote"},
		{"no lines", log(func(l *Log) { l.Lines = nil }), "logs[0].lines"},
		{"line that does not match", log(func(l *Log) { l.Lines = l.Others }), "does not match"},
		{"other that matches", log(func(l *Log) { l.Others = l.Lines }), "others[0]: the pattern matches"},
	})
}

func TestFilesThatSayTheSameAreFound(t *testing.T) {
	t.Parallel()
	a, b := good(t), good(t)
	b.Name = "other"
	a.Types, b.Types = []string{"api"}, []string{"api"}
	found := checkTogether([]Technology{a, b})
	if len(found) != 3 || !strings.Contains(found[0].String(), "other: the alert StoreConnectionsHigh is in store too") {
		t.Errorf("got %v", found)
	}
}

func TestFilesAreDecodedStrictly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, a, b, want string }{
		{"unknown key", "name: a\ntitel: A\n", "name: b\n", "a.yaml: yaml: unmarshal errors:\n  line 2: field titel not found"},
		{"name twice", "name: a\naliases: [b]\n", "name: b\n", "a and b are both called b"},
		{"alias of another", "name: a\naliases: [c]\n", "name: b\naliases: [c]\n", "a and b are both called c"},
		{"alias of its own", "name: a\naliases: [a]\n", "name: b\n", "a and a are both called a"},
		{"two documents", "name: a\n---\nname: c\n", "name: b\n", "a.yaml: the file holds more than one"},
		{"other name", "name: c\n", "name: b\n", "a.yaml: the file describes c"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := read(fstest.MapFS{"d/a.yaml": {Data: []byte(c.a)}, "d/b.yaml": {Data: []byte(c.b)}}, "d")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
