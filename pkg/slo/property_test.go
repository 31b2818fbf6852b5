package slo

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// TestAbsentSeriesCountAsZero compares every way of writing an SLI with counting
// by hand, over services each of whose counters may grow, stand still or have no
// series at all.
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
	const none = -1
	growth := []float64{none, 0, 1, 100}
	var load strings.Builder
	load.WriteString("load 5m\n")
	var services [][3]float64
	for _, ok := range growth {
		for _, limited := range growth {
			for _, failed := range growth {
				services = append(services, [3]float64{ok, limited, failed})
			}
		}
	}
	for i, s := range services {
		for j, code := range []string{"200", "429", "500"} {
			if s[j] != none {
				fmt.Fprintf(&load, "  r_total{service=\"s%d\",code=%q} 0+%gx288\n", i, code, s[j])
			}
		}
	}
	db := newDatabase(t, load.String())
	at := time.Unix(0, 0).Add(day)
	for i, s := range services {
		service := &spec.Service{Name: text(fmt.Sprintf("s%d", i))}
		good := max(s[0], 0)
		total := good + max(s[1], 0) + max(s[2], 0)
		state := report.StateOK
		switch {
		case s == [3]float64{none, none, none}:
			state = report.StateNoData
		case total == 0:
			state, good, total = report.StateNoTraffic, 1, 1
		}
		for name, form := range forms {
			got := db.run(t, New(service, declared(t, form, "99.9", "1d"), Options{Label: "service", At: at}), at)
			if got.State != state {
				t.Errorf("%s of %v: %s, %s; want %s (%s)", name, s, got.State, got.Detail, state, got.Query)
			}
			if state != report.StateNoData && (got.SLI == nil || math.Abs(*got.SLI-good/total) > 1e-9) {
				t.Errorf("%s of %v: SLI %v, want %v (%s)", name, s, num(got.SLI), good/total, got.Query)
			}
		}
	}
}
