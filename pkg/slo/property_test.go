package slo

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// TestAbsentSeriesCountAsZero compares every way of writing an SLI with counting
// by hand, over counters of which any may have no series at all.
func TestAbsentSeriesCountAsZero(t *testing.T) {
	code := func(matcher string) string { return `sum(rate(r_total{` + matcher + `}[5m]))` }
	forms := map[string]spec.Indicator{
		"good":        goodTotal(code(`code="200"`), code("")),
		"bad":         badTotal(code(`code!="200"`), code("")),
		"two bad":     badTotal(code(`code="429"`)+" + "+code(`code="500"`), code("")),
		"total less":  goodTotal(code("")+" - "+code(`code="429"`)+" - "+code(`code="500"`), code("")),
		"sum":         goodTotal(code(`code="200"`), code(`code="200"`)+" + "+code(`code="429"`)+" + "+code(`code="500"`)),
		"ratio":       ratioOf(code(`code="200"`) + " / " + code("")),
		"complement":  ratioOf("1 - (" + code(`code!="200"`) + " or vector(0)) / " + code("")),
		"scaled":      ratioOf("60 * " + code(`code="200"`) + " / (" + code("") + " * 60)"),
		"good or bad": ratioOf(code(`code="200"`) + " / (" + code(`code="200"`) + " + " + code(`code!="200"`) + ")"),
	}
	rapid.Check(t, func(rt *rapid.T) {
		var load strings.Builder
		load.WriteString("load 5m\n")
		count := map[string]float64{}
		for _, code := range []string{"200", "429", "500"} {
			n := rapid.SampledFrom([]int{-1, 0, 1, 2, 7, 100}).Draw(rt, code) // -1 is no series
			if n < 0 {
				continue
			}
			count[code] = float64(n)
			fmt.Fprintf(&load, "  r_total{service=\"api\",code=%q} 0+%dx288\n", code, n)
		}
		total := count["200"] + count["429"] + count["500"]
		db := newDatabase(t, load.String())
		for name, form := range forms {
			got := db.measure(t, form, day)
			switch {
			case len(count) == 0:
				if got.State != report.StateNoData {
					rt.Fatalf("%s without series: %s, %s", name, got.State, got.Detail)
				}
			case total == 0:
				if got.State != report.StateNoTraffic {
					rt.Fatalf("%s without traffic: %s, %s (%s)", name, got.State, got.Detail, got.Query)
				}
			case got.State != report.StateOK || math.Abs(num(got.SLI)-count["200"]/total) > 1e-9:
				rt.Fatalf("%s: %s, SLI %v, want %v (%s)", name, got.State, num(got.SLI), count["200"]/total, got.Query)
			}
		}
	})
}
