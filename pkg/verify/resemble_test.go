package verify

import (
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/report"
)

func TestSuggestions(t *testing.T) {
	tests := []struct {
		name, series, resources string
		// words have to stand in the suggestion, other has not.
		words, not []string
	}{
		{
			name:      "a name that the service has comes before a nearer one",
			series:    "order_totals{service=\"cart\"} " + always + "\norders_count{service=\"checkout\"} " + always,
			resources: alert("order_total > 1"),
			words:     []string{"did you mean orders_count, which checkout has?"},
		},
		{
			name:      "an exporter's metric names the exporter",
			resources: alert("redis_up == 0"),
			words:     []string{"redis_exporter"},
		},
		{
			name:      "the three first services that have it",
			series:    "a_total{service=\"w\"} " + always + "\na_total{service=\"x\"} " + always + "\na_total{service=\"z\"} " + always + "\na_total{service=\"y\"} " + always,
			resources: alert("a_total > 1"),
			words:     []string{"the values w, x, y and 1 more"},
		},
		{
			name:      "another label holds the name of the service",
			series:    "a_total{job=\"checkout\"} " + always,
			resources: alert("a_total > 1"),
			words:     []string{`job="checkout"`, "--service-label job"},
		},
		{
			name:      "the values that a label has",
			series:    "a_total{service=\"checkout\",kind=\"x\"} " + always + "\na_total{service=\"checkout\",kind=\"y\"} " + always + "\na_total{service=\"cart\",kind=\"v\"} " + always,
			resources: alert(`a_total{kind="z"} > 1`),
			words:     []string{"the label kind has the values x, y"}, not: []string{"v,"},
		},
		{
			name:      "the boundaries around the wanted one, in the order of numbers",
			series:    boundaries("0.01", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "10.0", "+Inf"),
			resources: alert(`d_bucket{le="2"} > 1`),
			words:     []string{"the values 0.5, 1.0, 2.5, 10.0, +Inf and 4 more"},
		},
		{
			name:      "the labels that there are",
			series:    "a_total{service=\"checkout\",code=\"200\"} " + always,
			resources: alert(`a_total{status=~"5.."} > 1`),
			words:     []string{"no series of it has a label status", "code, service"},
		},
		{
			name:      "a filter that excludes nothing",
			series:    "a_total{service=\"checkout\",code=\"200\"} " + always,
			resources: alert(`a_total{status!~"5.."} > 1`),
			words:     []string{`status!~"5.." excludes nothing`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := verifyOne(t, newEngine(t, tt.series), checkout(t, tt.resources))
			if len(r.Findings) != 1 || r.Findings[0].Suggestion != r.Services[0].Metrics[0].Suggestion {
				t.Fatalf("findings %+v, want one with the suggestion of the metric", r.Findings)
			}
			for _, w := range tt.words {
				if !strings.Contains(r.Findings[0].Suggestion, w) {
					t.Errorf("suggestion %q lacks %q", r.Findings[0].Suggestion, w)
				}
			}
			for _, w := range tt.not {
				if strings.Contains(r.Findings[0].Suggestion, w) {
					t.Errorf("suggestion %q has %q", r.Findings[0].Suggestion, w)
				}
			}
		})
	}
}

func boundaries(values ...string) string {
	var b strings.Builder
	for _, v := range values {
		b.WriteString(`d_bucket{service="checkout",le="` + v + `"} ` + always + "\n")
	}
	return b.String()
}

func TestFindingsKeepTheirFingerprintWhileTheMetricStaysSilent(t *testing.T) {
	fingerprint := func(values string) string {
		r := verifyOne(t, newEngine(t, `a_total{service="checkout"} `+values), checkout(t, alert("a_total > 1")))
		return report.Normalise(r.Findings)[0].Fingerprint
	}
	if fingerprint("0+1x1728") != fingerprint("0+1x1500") {
		t.Error("another last sample gives another fingerprint")
	}
}
