package dashboard

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/grafana/grafana-foundation-sdk/go/text"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/tech"
)

// TestQueries makes sure that rates follow the step of the panel, that ratios say
// nothing where there is nothing to divide by, and that failures that never
// happened are 0.
func TestQueries(t *testing.T) {
	d, _ := generated(t, jobOf(t, load(t, rich, ""), nil))
	tests := map[string]string{
		"Error Ratio": `(sum(rate(http_requests_total{service="$service",status=~"5.."}[$__rate_interval])) or sum(rate(http_requests_total{service="$service"}[$__rate_interval])) * 0) / ` +
			`(sum(rate(http_requests_total{service="$service"}[$__rate_interval])) > 0)`,
		"Latency":              `histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{service="$service"}[$__rate_interval])))`,
		"Query Time":           `(sum(rate(pg_seconds_total{job="orders-db"}[$__rate_interval])) / (sum(rate(pg_calls_total{job="orders-db"}[$__rate_interval])) > 0))`,
		"Connections (orders)": `sum by (datname) (pg_stat_activity_count{job="orders-db"})`,
		"Ready Pods":           `sum(kube_pod_status_ready{namespace="$namespace",pod=~"` + generate.Pods("pay") + `"})`,
	}
	for title, want := range tests {
		if diff := cmp.Diff(want, queriesIn(titled(t, d, title))[0].Expr); diff != "" {
			t.Errorf("%s: -want +got:\n%s", title, diff)
		}
	}
}

func TestWithZeros(t *testing.T) {
	tests := map[string]string{
		"sum by (route) (rate(http:errors[5m]))":    "(sum by (route) (rate(http:errors[5m])) or sum by (route) (rate(http:requests[5m])) * 0)",
		"sum by (status) (rate(http:errors[5m]))":   "sum by (status) (rate(http:errors[5m]))",
		"sum(rate(http:requests[5m]))":              "sum(rate(http:requests[5m]))",
		"sum(rate(http:errors[5m])) or vector(0)":   "sum(rate(http:errors[5m])) or vector(0)",
		"sum without (pod) (rate(http:errors[5m]))": "sum without (pod) (rate(http:errors[5m]))",
		"max(rate(http:errors[5m]))":                "max(rate(http:errors[5m]))",
		"1 - sum(rate(http:errors[5m])) / sum(up)":  "1 - (sum(rate(http:errors[5m])) or sum(rate(http:requests[5m])) * 0) / sum(up)",
		"sum(":                                "sum(",
		"sum(rate(http:errors{a=\"b\"}[5m]))": "(sum(rate(http:errors{a=\"b\"}[5m])) or sum(rate(http:requests[5m])) * 0)",
		"sum by (by_requests) (increase(http:errors[5m])) > 50": "sum by (by_requests) (increase(http:errors[5m])) > 50",
	}
	for in, want := range tests {
		if got := withZeros(http(), in); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
}

func TestDivisible(t *testing.T) {
	tests := map[string]string{
		"a / b":                     "a / (b > 0)",
		"a / (b + c)":               "a / ((b + c) > 0)",
		"a / (b > 0)":               "a / (b > 0)",
		"a / 60":                    "a / 60",
		"a / on (instance) max(b)":  "a / on (instance) (max(b) > 0)",
		"sum(a / b) / scalar(c)":    "sum(a / (b > 0)) / scalar(c)",
		"100 * (1 - x / (y or z))":  "100 * (1 - x / ((y or z) > 0))",
		"a / ignoring (x) (b >= 1)": "a / ignoring (x) (b >= 1)",
	}
	for in, want := range tests {
		expr, err := promql.Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := divisible(expr).String(); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
}

// TestGuidance makes sure that a panel whose metrics nobody has says what to do,
// that an optional one is left out, and that the exporter is not recommended to
// somebody who runs it.
func TestGuidance(t *testing.T) {
	s := load(t, rich, "")
	for name, seen := range map[string]map[string]bool{"nothing": {}, "exporter": {"pg_up": true}} {
		d, r := generated(t, jobOf(t, s, map[string]intent.Presence{intent.Key("postgresql", "orders"): {Asked: true, Names: seen}}))
		p := titled(t, d, "Connections (orders)")
		if p.Type != "stat" || len(queriesIn(p)) != 2 {
			t.Errorf("%s with %d queries", p.Type, len(p.Targets))
		}
		if p.GridPos.W < chartWidth {
			t.Errorf("a command has %d columns", p.GridPos.W)
		}
		filetest.Golden(t, "testdata/guidance-"+name+".md", *p.FieldConfig.Defaults.NoValue+"\n\n"+*p.Description+"\n")
		if rows := strings.Join(rowsOf(d), "\n"); strings.Contains(rows, "Query Time") {
			t.Errorf("the optional panel is there: %s", rows)
		}
		if len(r.LeftOut) != 2 || r.LeftOut[0].Why != "no metric for it" {
			t.Errorf("left out: %+v", r.LeftOut)
		}
	}
}

// TestAdvice makes sure that the advice fits how a technology is measured.
func TestAdvice(t *testing.T) {
	b := newBuilder(jobOf(t, load(t, rich, ""), nil))
	missing := []intent.Answer{{Intent: "x.a"}, {Intent: "x.b"}, {Intent: "x.c"}}
	for want, change := range map[string]func(*tech.Technology){
		"Install x_exporter: helm install x-exporter charts/x-exporter": func(x *tech.Technology) {
			x.Exporter = &tech.Exporter{Name: "x_exporter", Helm: &tech.Helm{Chart: "charts/x-exporter"}}
		},
		"Install x_exporter: images/x:v1": func(x *tech.Technology) {
			x.Exporter = &tech.Exporter{Name: "x_exporter", Image: "images/x", Version: "v1"}
		},
		"Switch on metrics: metrics=true": func(x *tech.Technology) { x.Builtin = &tech.Endpoint{Enable: "metrics=true"} },
		"Add metrics: x.a, x.b (+1 more)": func(x *tech.Technology) { x.Builtin = &tech.Endpoint{} },
	} {
		u := b.uses[0]
		u.Technology = tech.Technology{Name: "x"}
		change(&u.Technology)
		if got := b.advice(u, missing); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestPartOfAPanel makes sure that one missing metric does not hide the others.
func TestPartOfAPanel(t *testing.T) {
	d, _ := generated(t, jobOf(t, load(t, rich, ""), map[string]intent.Presence{
		intent.Key("postgresql", "orders"): {Asked: true, Names: map[string]bool{"pg_stat_activity_count": true}},
	}))
	p := titled(t, d, "Connections (orders)")
	if p.Type != "timeseries" || len(p.Targets) != 1 || !strings.Contains(*p.Description, "lack of a metric: postgresql.max.") {
		t.Errorf("%s with %d queries: %s", p.Type, len(p.Targets), *p.Description)
	}
}

func TestUnknownTechnology(t *testing.T) {
	d, r := generated(t, jobOf(t, load(t, strings.Replace(rich, "foodb", "postgre", 1), ""), nil))
	p := titled(t, d, "Nothing is known of postgre")
	o, ok := p.Options.(*text.Options)
	if !ok || p.Type != "text" || !strings.Contains(o.Content, "**ledger**") || !strings.Contains(o.Content, "Did you mean postgres?") {
		t.Errorf("%s: %+v", p.Type, p.Options)
	}
	var rules []string
	for _, f := range r.Findings {
		rules = append(rules, f.Rule)
	}
	if diff := cmp.Diff([]string{"generate/technology", "generate/selector"}, rules); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestAnnotation makes sure that deployments are marked where the platform tells of
// them, and only there.
func TestAnnotation(t *testing.T) {
	s := load(t, rich, "")
	for want, seen := range map[int]map[string]intent.Presence{
		1: nil,
		0: {intent.Key("kubernetes", ""): {Asked: true, Names: map[string]bool{"kube_pod_status_ready": true}}},
	} {
		d, _ := generated(t, jobOf(t, s, seen))
		if len(d.Annotations.List) != want {
			t.Errorf("got %d annotations, want %d", len(d.Annotations.List), want)
		}
		for _, a := range d.Annotations.List {
			if _, err := promql.Parse(interpolated(d, *a.Expr)); err != nil || !strings.Contains(*a.Expr, `replicaset=~"`+generate.ReplicaSets("pay")+`"`) {
				t.Errorf("%s: %v", *a.Expr, err)
			}
		}
	}
	d, _ := generated(t, jobOf(t, load(t, strings.Replace(rich, ", kubernetes: {namespace: shop}", "", 1), ""), nil))
	if len(d.Annotations.List) != 0 {
		t.Errorf("annotations without a platform: %+v", d.Annotations.List)
	}
}

// TestAllLooks makes sure that every panel has what its values need to be read.
func TestAllLooks(t *testing.T) {
	d, _ := generated(t, jobOf(t, load(t, rich, ""), nil))
	state := titled(t, d, "State")
	if m := state.FieldConfig.Defaults.Mappings; len(m) != 1 || *m[0].ValueMap.Options["0"].Text != "down" {
		t.Errorf("mappings %+v", m)
	}
	gauge := titled(t, d, "Cache Hit Ratio").FieldConfig.Defaults
	if *gauge.Min != 0 || *gauge.Max != 1 || *gauge.Decimals != 2 || len(gauge.Thresholds.Steps) != 2 {
		t.Errorf("gauge %+v", gauge)
	}
}

func TestAddress(t *testing.T) {
	tests := map[string]string{
		"https://example.com/a?b=c":          "https://example.com/a?b=c",
		" http://example.com ":               "http://example.com",
		"https://example.com/$service/[[x]]": "https://example.com/%24service/%5B%5Bx%5D%5D",
		"javascript:alert(1)":                "",
		"ftp://example.com":                  "",
		"//example.com":                      "",
		"https:example":                      "",
		"https://exa mple.com":               "",
		"":                                   "",
	}
	for in, want := range tests {
		if got, ok := address(in); got != want || ok != (want != "") {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}

// TestEmptyPanelsSayWhatTheyNeed makes sure that whoever looks at a panel of a metric
// that has to be switched on is told so, where no server could be asked.
func TestEmptyPanelsSayWhatTheyNeed(t *testing.T) {
	catalog, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	for technology, test := range map[string]struct{ panel, want string }{
		"nginx":      {"Response Status Codes", "No data. Needs ingress-nginx or nginx-module-vts"},
		"consul":     {"Failing Health Checks", "No data. Needs consul_exporter"},
		"postgresql": {"Connections", ""},
	} {
		known, _ := catalog.Lookup(technology)
		s := serviceWith(t, known)
		d, _ := generated(t, generate.Job{Service: s, Catalog: catalog, Metrics: intent.Offline(s)})
		p, got := titled(t, d, test.panel), ""
		if p.FieldConfig.Defaults.NoValue != nil {
			got = *p.FieldConfig.Defaults.NoValue
		}
		if got != test.want {
			t.Errorf("%s of %s says %q, want %q", test.panel, technology, got, test.want)
		}
	}
}

// TestLinesOfAlertsThatThereAre makes sure that a loose objective has no line for an
// alert that could never fire, and that an objective is not rounded away.
func TestLinesOfAlertsThatThereAre(t *testing.T) {
	for objective, test := range map[string]struct {
		steps    int
		decimals float64
	}{"90": {2, 2}, "99": {3, 2}, "99.9": {3, 3}, "99.99": {3, 4}} {
		s := load(t, strings.ReplaceAll(`
-- pay.yaml --
service: {name: pay, team: t, tier: high, type: api}
resources:
  - {kind: SLO, name: up, spec: {objective: OBJECTIVE, window: 30d, indicator: {good_query: 'sum(rate(http_requests_total{service="pay",status!~"5.."}[5m]))', total_query: 'sum(rate(http_requests_total{service="pay"}[5m]))'}}}
`, "OBJECTIVE", objective), "")
		d, _ := generated(t, jobOf(t, s, nil))
		if got := len(titled(t, d, "up burn rate").FieldConfig.Defaults.Thresholds.Steps); got != test.steps {
			t.Errorf("%s: %d steps of burn rates, want %d", objective, got, test.steps)
		}
		if got := *titled(t, d, "up over 30d").FieldConfig.Defaults.Decimals; got != test.decimals {
			t.Errorf("%s: %v decimals, want %v", objective, got, test.decimals)
		}
	}
}
