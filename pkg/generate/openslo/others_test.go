package openslo

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/promql/parser"
	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/promql"
)

func TestSlothGolden(t *testing.T) {
	job := jobOf(t, services)
	r := Sloth{}.Generate(job)
	a := r.Artefacts[0]
	filetest.Golden(t, "testdata/sloth.yaml", string(a.Bytes))
	if again := (Sloth{}).Generate(job); !cmp.Equal(again.Artefacts[0].Bytes, a.Bytes) {
		t.Error("the file differs from run to run")
	}
	if !regexp.MustCompile(`(?m)^version: prometheus/v1$`).Match(a.Bytes) {
		t.Error("Sloth tells its specifications by this line")
	}
	for i, tr := range a.Trace {
		if tr.Origin.Line() != i+3 || !strings.Contains(string(lines(a.Bytes)[tr.Line-1]), "- name: ") {
			t.Errorf("%s at line %d comes from line %d", tr.What, tr.Line, tr.Origin.Line())
		}
	}
	for _, q := range queries(t, a.Bytes) {
		if !strings.Contains(q, "{{.window}}") {
			t.Errorf("Sloth refuses a query without its window: %s", q)
		}
		if _, err := promql.Parse(strings.ReplaceAll(q, "{{.window}}", "5m")); err != nil {
			t.Errorf("%v in %s", err, q)
		}
	}
	const window = "the window calendar-month of the SLO Errors.v2 is not in what is written for Sloth, which has one for all SLOs"
	if len(r.Findings) != 6 || r.Findings[0].Message != window || r.Findings[0].Line != 4 {
		t.Errorf("got %+v", r.Findings)
	}
}

// queries returns what stands behind keys that end in query.
func queries(t *testing.T, data []byte) []string {
	t.Helper()
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		t.Fatal(err)
	}
	var out []string
	var walk func(*yaml.Node)
	walk = func(n *yaml.Node) {
		for i, c := range n.Content {
			if n.Kind == yaml.MappingNode && i%2 == 1 && strings.HasSuffix(n.Content[i-1].Value, "query") {
				out = append(out, c.Value)
			}
			walk(c)
		}
	}
	walk(&root)
	return out
}

// TestNobodyIsPagedForATierLow makes sure that Sloth is told so: an alert that is
// left out there is one with defaults.
func TestNobodyIsPagedForATierLow(t *testing.T) {
	for tier, want := range map[string]bool{"low": true, "standard": false, "critical": false} {
		var spec struct {
			SLOs []struct {
				Alerting struct {
					Page struct{ Disable bool } `yaml:"page_alert"`
				}
			} `yaml:"slos"`
		}
		a := Sloth{}.Generate(jobOf(t, strings.ReplaceAll(services, "tier: critical", "tier: "+tier))).Artefacts[0]
		if err := yaml.Unmarshal(a.Bytes, &spec); err != nil || len(spec.SLOs) != 7 {
			t.Fatal(err, len(spec.SLOs))
		}
		if got := spec.SLOs[0].Alerting.Page.Disable; got != want {
			t.Errorf("%s: %v", tier, got)
		}
	}
}

// TestBracesOfAQueryAreNoTemplates makes sure that Sloth does not run what a label
// value holds.
func TestBracesOfAQueryAreNoTemplates(t *testing.T) {
	r := Sloth{}.Generate(jobOf(t, `
-- pay.yaml --
service: {name: pay, team: t, tier: low, type: api}
resources:
  - {kind: SLO, name: availability, spec: {objective: 99.9, window: 30d, error_query: 'sum(rate(e_total{path="{{ env }}[2h11m59s]"}[5m]))', total_query: 'sum(rate(a_total[5m]))'}}
  - {kind: SLO, name: braces, spec: {objective: 99.9, window: 30d, error_query: 'sum(rate(e_total{path="{{ env }}"}[5m]))', total_query: 'sum(rate(a_total[5m]))'}}
  - {kind: SLO, name: x, spec: {objective: 99.9, window: 30d, error_query: 'sum(rate(e_total[5m]))', total_query: 'sum(rate(a_total[5m]))'}}
`))
	got := queries(t, r.Artefacts[0].Bytes)
	if len(got) != 2 || !strings.Contains(got[0], `path="{{"{{"}} env }}"`) {
		t.Errorf("got %q", got)
	}
	want := []string{
		"the SLO availability is left out of what is written for Sloth: its queries cannot be written with the window left open",
		"the SLO x is left out of what is written for Sloth: it takes no name like x",
	}
	var messages []string
	for _, f := range r.Findings {
		messages = append(messages, f.Message)
	}
	if diff := cmp.Diff(want, messages); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

const pyrraServices = `
-- pay.yaml --
service: {name: pay, team: money, tier: low, type: api, kubernetes: {namespace: shop}}
resources:
  - {kind: SLO, name: good, spec: {objective: 99.9, window: 4w, description: Payments work, labels: {area: checkout}, good_query: 'sum(rate(req_total{code!~"5.."}[5m]))', total_query: 'sum(rate(req_total[5m]))'}}
  - {kind: SLO, name: bad, spec: {objective: 99.95, window: 30d, error_query: 'sum(rate(err_total[5m]))', total_query: 'sum(rate(req_total[5m]))'}}
  - {kind: SLO, name: latency, spec: {objective: 99.5, window: 7d, threshold_ms: 1000, latency_query: 'histogram_quantile(0.99, sum by (le) (rate(lat_seconds_bucket[5m])))'}}
  - {kind: SLO, name: native, spec: {objective: 99.5, window: 7d, threshold_ms: 300, latency_query: 'histogram_quantile(0.99, sum(rate(lat_seconds[5m])))'}}
`

func TestPyrraGolden(t *testing.T) {
	r := Pyrra{}.Generate(jobOf(t, pyrraServices))
	if len(r.Findings) > 0 {
		t.Errorf("%+v", r.Findings)
	}
	filetest.Golden(t, "testdata/pyrra.yaml", string(r.Artefacts[0].Bytes))
	for _, doc := range bytes.Split(r.Artefacts[0].Bytes, []byte("\n---\n")) {
		checkPyrra(t, doc)
	}
}

// checkPyrra holds a document to what Pyrra validates.
func checkPyrra(t *testing.T, data []byte) {
	t.Helper()
	type query struct{ Metric string }
	var doc struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string
		Metadata   struct {
			Name, Namespace string
			Labels          map[string]string
		}
		Spec struct {
			Description, Target, Window string
			Indicator                   struct {
				Ratio   *struct{ Errors, Total query }
				Latency *struct{ Success, Total query }
				Native  *struct {
					Latency string
					Total   query
				} `yaml:"latencyNative"`
			}
			Alerting struct {
				Name       string
				Severities map[string]string
			}
		}
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&doc); err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	var all []query
	i := doc.Spec.Indicator
	switch {
	case i.Ratio != nil:
		all = []query{i.Ratio.Errors, i.Ratio.Total}
	case i.Latency != nil:
		all = []query{i.Latency.Success, i.Latency.Total}
	case i.Native != nil:
		all = []query{i.Native.Total}
	}
	for _, q := range all {
		expr, err := promql.Parse(q.Metric)
		if _, ok := expr.(*parser.VectorSelector); !ok || err != nil {
			t.Errorf("%s is no selector: %v", q.Metric, err)
		}
	}
	if len(all) == 0 || doc.Spec.Target == "" || doc.Metadata.Name == "" {
		t.Errorf("not complete:\n%s", data)
	}
}

// TestWhatPyrraCannotSayIsSaid makes sure that an SLO is left out rather than written
// down as something else.
func TestWhatPyrraCannotSayIsSaid(t *testing.T) {
	tests := []struct{ slo, want string }{
		{`{objective: 99.9, window: calendar-week, query: 'a_total{x!="1"} / a_total'}`, "it has no calendar windows"},
		{`{objective: 99.9, window: 1d, query: 'a_total{x!="1"} / a_total'}`, "its window is 1d, and below 3d"},
		{`{objective: 99.9, window: 30d, error_query: 'sum(rate(a_total[5m])) + sum(rate(b_total[5m]))', total_query: 'sum(rate(c_total[5m]))'}`, "one selector for bad events"},
		{`{objective: 99.9, window: 30d, error_query: 'sum(rate(a_total[5m]))', total_query: 'sum(rate(c_total[5m])) * 2'}`, "one selector for all events"},
		{`{objective: 99.9, window: 30d, good_query: 'sum(rate(a_total[5m]))', total_query: 'sum(rate(c_total[5m]))'}`, "does not tell them by one matcher"},
		{`{objective: 99.9, window: 30d, good_query: 'sum(rate(a_total{x="1",y="2"}[5m]))', total_query: 'sum(rate(a_total[5m]))'}`, "does not tell them by one matcher"},
		{`{objective: 99.9, window: 30d, metric: lag, threshold: 3}`, "one selector for all events"},
		{`{objective: 99.9, window: 30d, threshold_ms: 300, latency_query: 'histogram_quantile(0.99, sum(rate(lat_ms[5m])))'}`, "one selector for all events"},
		{`{objective: 99.9, window: 30d, labels: {a: 'b c'}, error_query: 'sum(rate(a_total[5m]))', total_query: 'sum(rate(c_total[5m]))'}`, `the label "a" of the SLO x is left out`},
	}
	for _, test := range tests {
		r := Pyrra{}.Generate(jobOf(t, "-- pay.yaml --\nservice: {name: pay, team: t, tier: low, type: api}\nresources:\n  - {kind: SLO, name: x, spec: "+test.slo+"}\n"))
		if len(r.Findings) != 1 || !strings.Contains(r.Findings[0].Message, test.want) || r.Findings[0].Line != 3 {
			t.Errorf("want %s\ngot %+v", test.want, r.Findings)
		}
		if left := strings.Contains(test.want, "label"); left != (len(r.Artefacts) == 1) {
			t.Errorf("%s: %d artefacts", test.want, len(r.Artefacts))
		}
	}
}

func TestNothingForOthersWithoutSLOs(t *testing.T) {
	job := jobOf(t, "-- pay.yaml --\nservice: {name: pay, team: t, tier: low, type: worker}\n")
	for _, g := range []generate.Generator{Sloth{}, Pyrra{}} {
		if diff := cmp.Diff(generate.Result{}, g.Generate(job)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}
