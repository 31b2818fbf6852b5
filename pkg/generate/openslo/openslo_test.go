package openslo

import (
	"bytes"
	"strings"
	"testing"

	"github.com/OpenSLO/go-sdk/pkg/openslo"
	v1 "github.com/OpenSLO/go-sdk/pkg/openslo/v1"
	"github.com/OpenSLO/go-sdk/pkg/openslosdk"
	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

// services has an SLO of each kind.
const services = `
-- pay.yaml --
service: {name: pay, team: money, tier: critical, type: api}
resources:
  - {kind: SLO, name: availability, spec: {objective: 99.9, window: 30d, description: 'Payments {{ work }}', labels: {area: checkout}, good_query: 'sum(rate(req_total{code!~"5.."}[5m]))', total_query: 'sum(rate(req_total[5m]))'}}
  - {kind: SLO, name: Errors.v2, spec: {objective: 99.95, window: calendar-month, error_query: 'sum(rate(req_total{code=~"5.."}[5m]))', total_query: 'sum(rate(req_total[5m]))'}}
  - {kind: SLO, name: ratio, spec: {objective: 99, window: 90m, query: 'sum(rate(req_total{code!~"5.."}[5m])) / sum(rate(req_total[5m]))'}}
  - {kind: SLO, name: latency, spec: {objective: 99.5, window: calendar-week, threshold_ms: 300, latency_query: 'histogram_quantile(0.99, sum by (le) (rate(lat_seconds_bucket[5m])))'}}
  - {kind: SLO, name: native, spec: {objective: 99.5, window: 4w, threshold_ms: 300, latency_query: 'histogram_quantile(0.99, sum(rate(lat_seconds[5m])))'}}
  - {kind: SLO, name: freshness, spec: {objective: 99.25, window: calendar-quarter, indicator: {type: custom, metric: 'max(lag_seconds)', threshold: 0, op: gte}}}
  - {kind: SLO, name: opaque, spec: {objective: 99.5, window: 1h30m, query: 'avg(probe_success)'}}
`

func jobOf(t *testing.T, archive string) generate.Job {
	t.Helper()
	s := spectest.Services(t, archive)[0]
	return generate.Job{Service: s, Metrics: intent.Offline(s)}
}

// decoded reads documents as OpenSLO's own library does, and validates them.
func decoded(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, data []byte,
) []v1.SLO {
	t.Helper()
	var out []v1.SLO
	for _, doc := range bytes.Split(data, []byte("\n---\n")) {
		objects, err := openslosdk.Decode(bytes.NewReader(doc), openslosdk.FormatYAML)
		if err != nil {
			t.Fatalf("%v in\n%s", err, doc)
		}
		if err := openslosdk.Validate(objects...); err != nil {
			t.Fatalf("%v in\n%s", err, doc)
		}
		for _, o := range objects {
			out = append(out, o.(v1.SLO))
		}
	}
	return out
}

func TestGolden(t *testing.T) {
	job := jobOf(t, services)
	r := Documents{}.Generate(job)
	if len(r.Findings) > 0 || len(r.Artefacts) != 1 {
		t.Fatalf("%d artefacts, findings %+v", len(r.Artefacts), r.Findings)
	}
	a := r.Artefacts[0]
	filetest.Golden(t, "testdata/slos.yaml", string(a.Bytes))
	slos := decoded(t, a.Bytes)
	if len(slos) != 7 || a.Count != 7 {
		t.Errorf("%d documents, and it says %d", len(slos), a.Count)
	}
	for i, d := range slos {
		s := job.Service.SLOs[i]
		if want, _ := s.Objective.V.Target().Float64(); *d.Spec.Objectives[0].Target != want || d.GetKind() != openslo.KindSLO {
			t.Errorf("%s has the target %v, not %v", d.GetName(), *d.Spec.Objectives[0].Target, want)
		}
	}
	if again := (Documents{}).Generate(job); !cmp.Equal(again.Artefacts[0].Bytes, a.Bytes) {
		t.Error("the file differs from run to run")
	}
	for i, tr := range a.Trace {
		if tr.Origin.Line() != i+3 || !strings.HasPrefix(string(lines(a.Bytes)[tr.Line-1]), "apiVersion") {
			t.Errorf("%s at line %d comes from line %d", tr.What, tr.Line, tr.Origin.Line())
		}
	}
}

func lines(data []byte) [][]byte { return bytes.Split(data, []byte("\n")) }

// TestHowABudgetIsSpent makes sure that a document says of an SLI what the gate
// does with it.
func TestHowABudgetIsSpent(t *testing.T) {
	want := map[string]string{
		"pay-availability": "Occurrences", "pay-ratio": "Occurrences", "pay-latency": "Occurrences", "pay-native": "Occurrences",
		"pay-freshness": "Timeslices 5m", "pay-opaque": "RatioTimeslices 5m",
	}
	for _, d := range decoded(t, Documents{}.Generate(jobOf(t, services)).Artefacts[0].Bytes) {
		got := string(d.Spec.BudgetingMethod)
		if w := d.Spec.Objectives[0].TimeSliceWindow; w != nil {
			got += " " + w.String()
		}
		if w, ok := want[d.GetName()]; ok && got != w {
			t.Errorf("%s: %s, not %s", d.GetName(), got, w)
		}
	}
}

// TestWhatOpenSLOCannotSayIsSaid makes sure that nothing is left out in silence.
func TestWhatOpenSLOCannotSayIsSaid(t *testing.T) {
	tests := []struct{ slo, want string }{
		{`{objective: 99.9, window: 3601s, query: 'a_total / b_total'}`, "the SLO x is left out of what is written for OpenSLO: OpenSLO has no windows of seconds, and its window is 1h1s"},
		{`{objective: 99.9999999999999999, window: 30d, query: 'a_total / b_total'}`, "the SLO x is left out of what is written for OpenSLO: readers of OpenSLO hold numbers in 64 bits, in which its objective is 1"},
		{`{objective: 99.9, window: 30d, labels: {'a b': c}, query: 'a_total / b_total'}`, `the label "a b" of the SLO x is left out: OpenSLO has no such names`},
		{`{objective: 99.9, window: 30d, description: ` + strings.Repeat("é", 1051) + `, query: 'a_total / b_total'}`, "the description of the SLO x is cut for OpenSLO, which takes 1050 characters"},
		{`{objective: 99.9, window: 30d, query: 'histogram_quantile(0.9, x) > 1'}`, "the SLO x is left out of what is written for OpenSLO: the latency query is no histogram_quantile"},
	}
	for _, test := range tests {
		r := Documents{}.Generate(jobOf(t, "-- pay.yaml --\nservice: {name: pay, team: t, tier: low, type: api}\nresources:\n  - {kind: SLO, name: x, spec: "+test.slo+"}\n"))
		if len(r.Findings) != 1 || !strings.HasPrefix(r.Findings[0].Message, test.want) || r.Findings[0].Line != 3 {
			t.Errorf("want %s\ngot %+v", test.want, r.Findings)
		}
		for _, a := range r.Artefacts {
			decoded(t, a.Bytes)
		}
	}
}

func TestNoSLOsGiveNoFile(t *testing.T) {
	s := &spec.Service{Name: spec.Value[string]{V: "pay"}}
	if diff := cmp.Diff(generate.Result{}, Documents{}.Generate(generate.Job{Service: s, Metrics: intent.Offline(s)})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
