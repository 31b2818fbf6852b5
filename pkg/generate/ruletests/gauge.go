package ruletests

import (
	"math"
	"slices"
	"sort"
	"strconv"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/slo"
)

// gauge is an SLI that is read from one gauge, or from how fast one counter grows.
type gauge struct {
	labels labels.Labels
	// good and bad are values on either side of the limit; of a ratio 1 and 0.
	good, bad float64
	ratio     bool
	// grows is how long a counter grows by the value; 0 for a gauge.
	grows time.Duration
	// ranged says that the query looks back, so that what was a minute ago is still in
	// its value.
	ranged bool
	decoys []decoy
	selectors
}

func gaugeSeries(g slo.Gauge) (imitation, string) {
	s, ok := passed(g.Expr)
	if !ok {
		return nil, "its query is more than the value of one metric, so that nobody knows which series would give which value"
	}
	lset, ok := assign(s)
	if !ok {
		return nil, "no series was found that its query reads"
	}
	out := gauge{labels: lset, good: 1, ratio: g.Op == "", decoys: strangers([]labels.Labels{lset}, selectors{s}), selectors: selectors{s}}
	out.ranged = s.Range > 0
	switch s.Func {
	case "rate", "irate":
		out.grows = time.Second
	case "increase":
		out.grows = s.Range
	}
	if g.Op != "" {
		distance := max(1, math.Abs(g.Limit)/2)
		out.good, out.bad = g.Limit-distance, g.Limit+distance
		if g.Op == ">" || g.Op == ">=" {
			out.good, out.bad = out.bad, out.good
		}
	}
	if out.grows > 0 && (out.ratio || min(out.good, out.bad) < 0) {
		return nil, "it cannot be said how fast its counter would have to grow"
	}
	return out, ""
}

func (g gauge) manner() manner { return manner{ratio: g.ratio, ranged: g.ranged, grows: g.grows > 0} }

func (g gauge) metrics() []labels.Labels { return append(labelsOf(g.decoys), g.labels) }

// value is what the metric has in a stretch, and the share of bad time that it is.
func (g gauge) value(s stretch) (value, share float64) {
	switch {
	case s.resets:
		share = 1
	case g.ratio:
		share = rough(s.bad / (s.good + s.bad))
		return 1 - share, share
	case s.bad > s.good:
		share = 1
	}
	if share > 0 {
		return g.bad, share
	}
	return g.good, 0
}

func (g gauge) series(c course) []series {
	good, bad := c.between(0, c.minutes())
	if good+bad == 0 || g.ranged && len(c.stretches) > 2 {
		return nil // a gauge knows no traffic, and a range takes its time
	}
	v, _ := g.value(c.stretches[0])
	text := c.values(func(s stretch, minutes int) (string, string) {
		if minutes > 0 {
			v, _ = g.value(s)
		}
		return decimal(v), ""
	})
	if g.ranged {
		text = c.steady(v)
	}
	if g.grows > 0 {
		text = "0+" + decimal(v*float64(time.Minute)/float64(g.grows)) + "x" + strconv.Itoa(c.minutes())
	}
	// Those of others fail, or grow so much that they would make up for what is
	// missing.
	others := c.steady(g.bad)
	if g.grows > 0 {
		others = "0+" + decimal(max(g.good, g.bad)*float64(time.Minute)/float64(g.grows)) + "x" + strconv.Itoa(c.minutes())
	}
	out := []series{{Series: notation(g.labels), Values: text}}
	for _, d := range g.decoys {
		out = append(out, series{Series: d.text, Values: others})
	}
	return out
}

// recorded is the mean share of the last minutes, if they have samples: each minute
// has the value of the last one.
func (g gauge) recorded(c course, at int, w time.Duration) (total, bad float64, ok bool) {
	samples := c.sampled
	n, sum := 0, 0.0
	for m := max(0, at-int(w/time.Minute)+1); m <= at; m++ {
		last := samples[max(0, sort.SearchInts(samples, m+1)-1)]
		if !g.ranged && last <= m-5 || g.grows > 0 && at == 0 {
			continue
		}
		_, share := g.value(c.during(m))
		sum, n = sum+share, n+1
	}
	if n == 0 {
		return 0, 0, false
	}
	return 1, sum / float64(n), true
}

// passed returns the selector of an expression that is the value of one series, as
// long as there is only one.
func passed(expr parser.Expr) (promql.Selector, bool) {
	switch e := promql.Unwrap(expr).(type) {
	case *parser.VectorSelector:
		found := promql.Selectors(e)
		return found[0], found[0].Name != "" && !found[0].At && found[0].Offset == 0
	case *parser.MatrixSelector:
		s, ok := passed(e.VectorSelector)
		s.Range = e.Range
		return s, ok
	case *parser.AggregateExpr:
		if slices.Contains([]parser.ItemType{parser.SUM, parser.AVG, parser.MIN, parser.MAX}, e.Op) {
			return passed(e.Expr)
		}
	case *parser.Call:
		if slices.Contains([]string{"avg_over_time", "max_over_time", "min_over_time", "last_over_time", "rate", "irate", "increase"}, e.Func.Name) {
			s, ok := passed(e.Args[0])
			s.Func = e.Func.Name
			return s, ok
		}
	}
	return promql.Selector{}, false
}
