package verify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/spec"
)

// now are values for a series that has samples in the last minutes only.
const now = "1 2 3"

// fleet returns services that each declare ten selectors, and their series. The
// name of a metric is made by the function.
func fleet(n int, name func(service, metric int) string) (all []*spec.Service, series string) {
	var b strings.Builder
	for i := range n {
		s := &spec.Service{Name: spec.Value[string]{V: fmt.Sprintf("service-%04d", i)}}
		own := fmt.Sprintf("service=%q", s.Name.V)
		slo := spec.SLO{Name: spec.Value[string]{V: "availability"}, Indicator: spec.Indicator{
			Kind:  spec.IndicatorEvents,
			Good:  spec.Value[string]{V: fmt.Sprintf(`sum(rate(%s{%s,status!~"5.."}[5m]))`, name(i, 0), own)},
			Total: spec.Value[string]{V: fmt.Sprintf(`sum(rate(%s{%s}[5m]))`, name(i, 0), own)},
			Query: spec.Value[string]{V: fmt.Sprintf(`histogram_quantile(0.99, sum by (le) (rate(%s{%s,le=~"0.1|0.5"}[5m])))`, name(i, 1), own)},
		}}
		fmt.Fprintf(&b, "%s{%s,status=\"200\"} %s\n", name(i, 0), own, now)
		fmt.Fprintf(&b, "%s{%s,le=\"0.5\"} %s\n", name(i, 1), own, now)
		s.SLOs = []spec.SLO{slo}
		for m := 2; m < 9; m++ {
			s.Metrics = append(s.Metrics, spec.Metric{Name: spec.Value[string]{V: name(i, m)}, Required: true})
			fmt.Fprintf(&b, "%s{%s} %s\n", name(i, m), own, now)
		}
		all = append(all, s)
	}
	return all, b.String()
}

func sharedNames(_, metric int) string { return fmt.Sprintf("shop_metric_%d_total", metric) }

func ownNames(service, metric int) string {
	return fmt.Sprintf("service_%04d_metric_%d_total", service, metric)
}

func TestThousandServicesTakeAHandfulOfRequests(t *testing.T) {
	tests := []struct {
		name  string
		names func(service, metric int) string
		limit int
	}{
		{name: "metrics that all services share", names: sharedNames, limit: 4},
		{name: "metrics of each service's own", names: ownNames, limit: 12},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			all, series := fleet(1000, tt.names)
			e := newFleet(t, series)
			r := Run(context.Background(), e, all, Options{At: evaluation()})
			for i, s := range r.Services {
				if len(s.Metrics) != 10 || s.Verdict != report.Pass {
					t.Fatalf("service %d: %d metrics, verdict %s, want ten that pass", i, len(s.Metrics), s.Verdict)
				}
			}
			t.Logf("%d requests", len(e.calls))
			if len(e.calls) > tt.limit {
				t.Errorf("%d requests, want at most %d", len(e.calls), tt.limit)
			}
			for _, c := range e.calls {
				if len(c) > defaultQueryBytes+10 {
					t.Errorf("a query of %d bytes, the limit is %d", len(c), defaultQueryBytes)
				}
			}
		})
	}
}

func TestFiftyMissingMetricsAddAHandfulOfRequests(t *testing.T) {
	all, series := fleet(100, sharedNames)
	present := newFleet(t, series)
	Run(context.Background(), present, all, Options{At: evaluation()})
	for i := range 50 {
		all[i].Metrics = append(all[i].Metrics, spec.Metric{Name: spec.Value[string]{V: fmt.Sprintf("shop_metrics_%d_totl", i)}})
	}
	missing := newFleet(t, series)
	r := Run(context.Background(), missing, all, Options{At: evaluation()})
	if len(r.Findings) != 50 {
		t.Fatalf("%d findings, want one for each missing metric", len(r.Findings))
	}
	if more := len(missing.calls) - len(present.calls); more > 6 {
		t.Errorf("%d requests more than without missing metrics, want at most 6:\n%s", more, strings.Join(missing.calls, "\n"))
	}
}

func TestQueryOfASourceThatTakesShortQueriesOnly(t *testing.T) {
	all, series := fleet(60, ownNames)
	e := newFleet(t, series)
	e.info.QueryBytes = 2000
	r := Run(context.Background(), e, all, Options{At: evaluation()})
	for _, s := range r.Services {
		if s.Verdict != report.Pass {
			t.Fatalf("verdict %s, want pass", s.Verdict)
		}
	}
	for _, c := range e.calls {
		if _, query, _ := strings.Cut(c, " "); len(query) > 2000 {
			t.Errorf("a query of %d bytes, the source takes 2000", len(query))
		}
	}
}

// refusing makes a source refuse queries as some servers do.
func refusing(kind source.ErrorKind, refuse func(query string) bool) func(call, query string) ([]string, error) {
	return func(call, query string) ([]string, error) {
		if call == "query" && refuse(query) {
			return nil, &source.Error{Kind: kind, Status: 422, Message: "the query was refused"}
		}
		return nil, nil
	}
}

func TestRefusedQueriesAreAskedInSmallerOnes(t *testing.T) {
	tests := []struct {
		name   string
		kind   source.ErrorKind
		refuse func(query string) bool
	}{
		{"too long", source.Rejected, func(q string) bool { return len(q) > 400 }},
		{"too many samples", source.Limited, func(q string) bool { return strings.Count(q, "|") > 20 }},
		{"no alternation of names", source.Rejected, func(q string) bool { return strings.Contains(q, "__name__=~") }},
		{"no union", source.Rejected, func(q string) bool { return strings.Contains(q, " or ") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			all, series := fleet(6, ownNames)
			e := newFleet(t, series)
			e.fault = refusing(tt.kind, tt.refuse)
			r := Run(context.Background(), e, all, Options{At: evaluation()})
			for i, s := range r.Services {
				if s.Verdict != report.Pass {
					t.Errorf("service %d: verdict %s, want pass", i, s.Verdict)
				}
			}
		})
	}
}

func TestASourceThatRefusesEverythingIsNotAskedForever(t *testing.T) {
	all, series := fleet(300, ownNames)
	e := newFleet(t, series)
	e.fault = refusing(source.Rejected, func(string) bool { return true })
	r := Run(context.Background(), e, all, Options{At: evaluation()})
	for i, s := range r.Services {
		if s.Verdict != report.Undecidable || s.Undecided == "" {
			t.Fatalf("service %d: verdict %s (%q), want unknown and why", i, s.Verdict, s.Undecided)
		}
	}
	if len(e.calls) > 800 {
		t.Errorf("%d requests for queries that are all refused", len(e.calls))
	}
	if got := rules(r.Findings); !cmp.Equal(got, []string{RuleUnavailable}) {
		t.Errorf("findings %v, want one about the source", got)
	}
}

func rules(findings []report.Finding) []string {
	var out []string
	for _, f := range findings {
		out = append(out, f.Rule)
	}
	return out
}

func TestResultDoesNotDependOnTheOrderOfAnswers(t *testing.T) {
	all, series := fleet(20, ownNames)
	for i := range all {
		all[i].Metrics = append(all[i].Metrics, spec.Metric{Name: spec.Value[string]{V: fmt.Sprintf("service_%04d_metrc_total", i)}})
	}
	first := Run(context.Background(), newFleet(t, series), all, Options{At: evaluation(), QueryBytes: 700, Concurrency: 1})
	again := newFleet(t, series)
	second := Run(context.Background(), shuffled{again}, all, Options{At: evaluation(), Concurrency: 8})
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("another order of series gives another result (-first +second):\n%s", diff)
	}
}

// shuffled answers with the series in reverse.
type shuffled struct{ *recorder }

func (s shuffled) Query(ctx context.Context, query string, at time.Time) (source.Answer, error) {
	a, err := s.recorder.Query(ctx, query, at)
	slices.Reverse(a.Series)
	return a, err
}
