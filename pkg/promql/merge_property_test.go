package promql_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/promql"
)

// propertyServices would match one another if they were not quoted.
var propertyServices = []string{"a.b", "a+b", "axb", "a|c", "c"}

// randomSeries writes a load command: two counters, a gauge and a histogram for
// some of the services, pods and codes, so that sides of an operation match in
// part.
func randomSeries(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("load 1m\n")
	for _, service := range propertyServices {
		for _, name := range []string{"x", "y", "g"} {
			for _, extra := range []string{"", `,pod="1"`, `,pod="2"`, `,pod="1",code="500"`, `,code="200"`} {
				if r.IntN(5) < 2 {
					fmt.Fprintf(&b, "  %s{service=%q%s} %d+%dx90\n", name, service, extra, r.IntN(5), 1+r.IntN(9))
				}
			}
		}
		for i, le := range []string{"0.1", "1", "+Inf"} {
			if r.IntN(8) > 0 {
				fmt.Fprintf(&b, "  h_bucket{service=%q,pod=\"1\",le=%q} 0+%dx90\n", service, le, 2*(i+1))
			}
		}
	}
	return b.String()
}

// grammar draws expressions in which $s stands for the service.
type grammar struct{ t *rapid.T }

func (g grammar) pick(of ...string) string { return rapid.SampledFrom(of).Draw(g.t, "pick") }

func (g grammar) selector() string {
	return g.pick("x", "y", "g") + `{service="$s"` + g.pick("", "", `,pod="1"`, `,code=~"5.."`) + "}"
}

func (g grammar) labels() string {
	return g.pick("", "", "pod", "code", "pod, code", "service", "service, pod")
}

func (g grammar) matching() string {
	return g.pick("", "", "", "on ("+g.labels()+")", "ignoring ("+g.labels()+")")
}

func (g grammar) aggregation() string {
	op := g.pick("sum", "sum", "sum", "avg", "min", "max", "count", "group", "stddev", "topk", "quantile")
	switch op {
	case "topk":
		op = "topk (1, "
	case "quantile":
		op = "quantile (0.5, "
	default:
		op += " ("
	}
	head, rest, _ := strings.Cut(op, " ")
	return head + g.pick("", "", " by ("+g.labels()+")", " by ("+g.labels()+")", " without ("+g.labels()+")") + " " + rest
}

// expr draws an expression of at most the depth.
func (g grammar) expr(depth int) string {
	if depth == 0 {
		return g.leaf()
	}
	sub := func() string { return g.expr(depth - 1) }
	switch g.pick("aggregate", "aggregate", "aggregate", "binary", "binary", "binary", "group", "set", "set", "number", "function", "rare") {
	case "aggregate":
		return g.aggregation() + sub() + ")"
	case "binary":
		return "(" + sub() + " " + g.pick("+", "-", "*", "/") + " " + g.matching() + " " + sub() + ")"
	case "group":
		return "(" + sub() + " * on (" + g.labels() + ") " + g.pick("group_left", "group_right") + " (" + g.pick("", "", "code", "service") + ") " + sub() + ")"
	case "set":
		return "(" + sub() + " " + g.pick("or", "or", "and", "unless") + " " + g.matching() + " " + sub() + ")"
	case "number":
		return g.pick("("+sub()+" * 2)", "(1 - "+sub()+")", "("+sub()+" > 7.3)", "(7.3 < bool "+sub()+")", "-"+sub())
	case "function":
		return g.pick("abs(", "clamp_max(", "round(", "max_over_time(") + sub() + g.pick(")", ", 5)", "[30m:5m])")
	default:
		return g.pick("absent("+sub()+")", "scalar("+sub()+") * "+g.selector(), sub()+" or vector(0)",
			"label_replace("+sub()+`, "pod", "z$1", "`+g.pick("code", "service")+`", "(.*)")`)
	}
}

// leaf draws what reads series. Series are compared here alone, where values
// are whole numbers, lest the order of additions decides.
func (g grammar) leaf() string {
	switch g.pick("selector", "rate", "rate", "rate", "bucket", "compare") {
	case "selector":
		return g.selector() + g.pick("", "", " offset 10m")
	case "rate":
		return g.pick("rate(", "increase(", "sum_over_time(") + g.selector() + "[20m])"
	case "bucket":
		return `histogram_quantile(0.9, ` + g.pick("", "sum by (le) ") + `(rate(h_bucket{service="$s"}[10m])))`
	default:
		return "(" + g.selector() + g.pick(">", ">= bool", "==") + " " + g.matching() + " " + g.selector() + ")"
	}
}

// tally counts what a run of the property compared, to show that it can fail.
type tally struct{ valid, merged, errors, series int }

func TestMergedAnswersAreTheSingleAnswers(t *testing.T) {
	var databases []*database
	for seed := range 6 {
		databases = append(databases, newDatabase(t, randomSeries(rand.New(rand.NewPCG(uint64(seed), 1)))))
	}
	var seen tally
	rapid.Check(t, func(rt *rapid.T) {
		db := rapid.SampledFrom(databases).Draw(rt, "database")
		g := grammar{rt}
		for range 20 {
			checkMerge(rt, db, g.expr(rapid.IntRange(0, 3).Draw(rt, "depth")), &seen)
		}
	})
	t.Logf("%+v", seen)
	if seen.merged < seen.valid/4 || seen.series < seen.merged || seen.errors > seen.merged/2 {
		t.Errorf("too few answers were compared: %+v", seen)
	}
}

func checkMerge(t *rapid.T, db *database, template string, seen *tally) {
	var members []promql.Member
	for _, service := range propertyServices {
		expr, err := promql.Parse(strings.ReplaceAll(template, "$s", service))
		if err != nil {
			return
		}
		members = append(members, promql.Member{ID: service, Expr: expr, LabelValue: service})
	}
	seen.valid++
	for _, m := range promql.Merge(members, "service", 0) {
		if m.Label == "" {
			continue
		}
		seen.merged++
		answer, err := db.ask(m.Query, time.Hour)
		if err != nil {
			seen.errors++
			continue
		}
		for _, part := range m.Parts {
			single, err := db.ask(part.Alone, time.Hour)
			if err != nil {
				t.Fatalf("%s\nfails with %v, but not in\n%s", part.Alone, err, m.Query)
			}
			seen.series += len(single)
			compareAnswers(t, part, m, single, partOf(answer, part))
		}
	}
}

// partOf is what a part says of the series that belong to it.
func partOf(answer []sample, part promql.Part) []sample {
	var out []sample
	for _, s := range answer {
		if s.labels.Get("service") != part.Value {
			continue
		}
		if !part.Keeps {
			s.labels = labels.NewBuilder(s.labels).Del("service").Labels()
		}
		out = append(out, s)
	}
	return out
}

func compareAnswers(t *rapid.T, part promql.Part, m promql.Merged, single, split []sample) {
	byLabels := func(samples []sample) map[string]float64 {
		out := make(map[string]float64, len(samples))
		for _, s := range samples {
			out[s.labels.String()] = s.value
		}
		return out
	}
	if diff := cmp.Diff(byLabels(single), byLabels(split), cmp.Comparer(near)); diff != "" || len(single) != len(split) {
		t.Fatalf("%s\nalone and as a part of\n%s\n(-alone +part):\n%s", part.Alone, m.Query, diff)
	}
}
