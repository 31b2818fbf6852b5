package openslo

import (
	"context"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/slo"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

// meaning is what must survive a round trip. Queries are compared by what is asked
// of a server in the end.
type meaning struct {
	Name, Description, Objective, Window string
	Labels                               map[string]string
	Kind                                 spec.IndicatorKind
	Threshold                            float64
	Asked                                []string
}

type facts struct {
	Name, Team string
	Tier       spec.Tier
	Type       spec.Type
	SLOs       []meaning
}

func meaningOf(rt *rapid.T, s *spec.Service) facts {
	out := facts{Name: s.Name.V, Team: s.Team.V, Tier: s.Tier.V, Type: s.Type.V}
	for _, o := range s.SLOs {
		m := meaning{
			Name: o.Name.V, Description: o.Description.V, Objective: o.Objective.V.Target().RatString(), Window: o.Window.V.Duration.String() + string(o.Window.V.Calendar),
			Labels: map[string]string{}, Kind: o.Indicator.Kind, Threshold: o.Indicator.Threshold.V,
		}
		for _, l := range o.Labels {
			m.Labels[l.Key] = l.Value.V
		}
		r, err := slo.NewRecording(s, o, slo.RecordingOptions{Label: "service"})
		if err != nil {
			rt.Fatalf("%s: %v", o.Name.V, err)
		}
		for _, w := range []time.Duration{time.Hour, 30 * 24 * time.Hour} {
			m.Asked = append(m.Asked, r.Total(w), r.Bad(w), r.ErrorRatio(w))
		}
		out.SLOs = append(out.SLOs, m)
	}
	return out
}

// variable matches what a text may have of variables: one that ends.
var variable = regexp.MustCompile(`^[^$]*(\$\{[^{}]*\}[^$]*)?$`)

// texts are those of a service file, which have no blanks at their ends.
func texts() *rapid.Generator[string] {
	hostile := rapid.OneOf(rapid.RuneFrom([]rune("\n\t\"'#:{}[]&*!|>%@`$- \\aé~")), rapid.RuneFrom(nil, unicode.Letter, unicode.Sm, unicode.Nd))
	return rapid.Custom(func(rt *rapid.T) string {
		s := strings.TrimSpace(rapid.StringOfN(hostile, 1, 40, -1).Draw(rt, "text"))
		if s == "" || strings.Contains(s, "${") && !variable.MatchString(s) {
			return "${service}"
		}
		return s
	})
}

func pick(rt *rapid.T, what string, of ...string) string { return rapid.SampledFrom(of).Draw(rt, what) }

func indicators(rt *rapid.T) spec.Indicator {
	value := func(s string) spec.Value[string] { return spec.Value[string]{V: s} }
	sel := func(name, more string) string {
		return name + `{path=` + strconv.Quote(texts().Draw(rt, "path")) + more + `}`
	}
	total, good, bad := sel("req_total", ""), sel("req_total", `,code!~"5.."`), sel("req_total", `,code=~"5.."`)
	rated := func(s string) string { return "sum(rate(" + s + "[5m]))" }
	switch pick(rt, "kind", "good", "bad", "ratio", "bad ratio", "averaged", "opaque", "latency", "native", "bare", "threshold") {
	case "good":
		return spec.Indicator{Kind: spec.IndicatorEvents, Good: value(rated(good)), Total: value(rated(total))}
	case "bad":
		return spec.Indicator{Kind: spec.IndicatorEvents, Bad: value(rated(bad)), Total: value(rated(total))}
	case "ratio":
		return spec.Indicator{Kind: spec.IndicatorRatio, Ratio: value(rated(good) + " / " + rated(total))}
	case "bad ratio":
		return spec.Indicator{Kind: spec.IndicatorRatio, Ratio: value("1 - " + rated(bad) + " / " + rated(total))}
	case "averaged":
		return spec.Indicator{Kind: spec.IndicatorEvents, Good: value("max(rate(" + good + "[5m]))"), Total: value("max(rate(" + total + "[5m]))")}
	case "opaque":
		return spec.Indicator{Kind: spec.IndicatorRatio, Ratio: value("avg(" + sel("probe_success", "") + ")")}
	case "latency":
		return spec.Indicator{Kind: spec.IndicatorLatency, Query: value("histogram_quantile(0.99, sum by (le) (rate(" + sel("lat_bucket", "") + "[5m])))"), Threshold: spec.Value[float64]{V: limit(rt)}}
	case "native":
		return spec.Indicator{Kind: spec.IndicatorLatency, Query: value("histogram_quantile(0.9, sum(rate(" + sel(pick(rt, "name", "lat", "lat_ms", "lat_seconds"), "") + "[5m])))"), Threshold: spec.Value[float64]{V: limit(rt)}}
	case "bare":
		return spec.Indicator{Kind: spec.IndicatorLatency, Query: value(sel("lat", "")), Threshold: spec.Value[float64]{V: limit(rt)}}
	}
	return spec.Indicator{
		Kind: spec.IndicatorThreshold, Metric: value("max(" + sel("lag", "") + ")"), Op: value(pick(rt, "op", "<=", "<", ">=", ">")),
		Threshold: spec.Value[float64]{V: rapid.Float64Range(-1e6, 1e6).Draw(rt, "limit") + 0},
	}
}

// limit is a latency in seconds, of whole tenths of a millisecond.
func limit(rt *rapid.T) float64 {
	f, _ := big.NewRat(int64(rapid.IntRange(1, 1_000_000).Draw(rt, "limit")), 10_000).Float64()
	return f
}

func serviceOf(rt *rapid.T, windows ...string) *spec.Service {
	text := func(s string) spec.Value[string] { return spec.Value[string]{V: s} }
	s := &spec.Service{
		Name: text(rapid.StringMatching(`[a-z][a-z0-9-]{0,60}[a-z0-9]`).Draw(rt, "service")), Team: text(texts().Draw(rt, "team")),
		Tier: spec.Value[spec.Tier]{V: spec.TierHigh}, Type: spec.Value[spec.Type]{V: "api"},
	}
	names := rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9._-]{0,70}[A-Za-z0-9]`), 1, 4, rapid.ID).Draw(rt, "names")
	for _, name := range names {
		objective, err := spec.NewObjective(rapid.StringMatching(`[1-9][0-9](\.[0-9]{1,6})?`).Draw(rt, "objective"))
		if err != nil {
			rt.Fatal(err)
		}
		window, err := spec.ParseWindow(pick(rt, "window", windows...))
		if err != nil {
			rt.Fatal(err)
		}
		o := spec.SLO{
			Name: text(name), Description: text(texts().Draw(rt, "description")), Indicator: indicators(rt),
			Objective: spec.Value[spec.Objective]{V: objective}, Window: spec.Value[spec.Window]{V: window},
		}
		labels := rapid.MapOfN(rapid.StringMatching(`[a-z][a-z_0-9]{0,10}x`), texts(), 0, 3).Draw(rt, "labels")
		for _, key := range slices.Sorted(maps.Keys(labels)) {
			o.Labels = append(o.Labels, spec.Entry{Key: key, Value: text(labels[key])})
		}
		s.SLOs = append(s.SLOs, o)
	}
	return s
}

// loaded reads a service file as the program does.
func loaded(t *testing.T, rt *rapid.T, data []byte) *spec.Service {
	t.Helper()
	dir := t.TempDir()
	filetest.Write(t, dir, "service.yaml", data)
	ws := spectest.Open(t, dir)
	found, _ := ws.Find(context.Background(), []string{"service.yaml"})
	l := spec.Load(context.Background(), ws, found, spec.Options{})
	for _, f := range append(l.Unreadable, l.Findings...) {
		if f.Severity == "error" {
			rt.Fatalf("%s: %s in\n%s", f.Position(), f.Message, data)
		}
	}
	if len(l.Services) != 1 {
		rt.Fatalf("%d services in\n%s", len(l.Services), data)
	}
	return l.Services[0]
}

// TestOpenSLORoundTripLosesNothing makes sure that what was written for others can
// be read back, whatever the texts in it are.
func TestOpenSLORoundTripLosesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := serviceOf(rt, "30d", "4w", "1h30m", "90m", "36h", "calendar-week", "calendar-month", "calendar-quarter")
		r := Documents{}.Generate(generate.Job{Service: s, Metrics: intent.Offline(s)})
		if len(r.Findings) > 0 || len(r.Artefacts) != 1 {
			rt.Fatalf("%+v", r.Findings)
		}
		decoded(rt, r.Artefacts[0].Bytes)
		back := Import(ImportOptions{}, Input{"slos.yaml", r.Artefacts[0].Bytes})
		if len(back.Findings) > 0 {
			rt.Fatalf("%+v of\n%s", back.Findings, r.Artefacts[0].Bytes)
		}
		if diff := cmp.Diff(meaningOf(rt, s), meaningOf(rt, loaded(t, rt, back.Bytes))); diff != "" {
			rt.Fatalf("-want +got:\n%s\n%s\n%s", diff, r.Artefacts[0].Bytes, back.Bytes)
		}
	})
}

// TestSlothRoundTripLosesOnlyTheWindow makes sure that a query that was written with
// its window left open, and with guards around it, is read back as what it was.
func TestSlothRoundTripLosesOnlyTheWindow(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := serviceOf(rt, "30d")
		r := Sloth{}.Generate(generate.Job{Service: s, Metrics: intent.Offline(s)})
		if len(r.Findings) > 0 || len(r.Artefacts) != 1 {
			rt.Fatalf("%+v", r.Findings)
		}
		back := Import(ImportOptions{}, Input{"sloth.yaml", r.Artefacts[0].Bytes})
		for _, f := range back.Findings {
			if f.Severity != report.Info {
				rt.Fatalf("%+v of\n%s", f, r.Artefacts[0].Bytes)
			}
		}
		kinds := cmpopts.IgnoreFields(meaning{}, "Kind", "Threshold")
		if diff := cmp.Diff(meaningOf(rt, s), meaningOf(rt, loaded(t, rt, back.Bytes)), kinds); diff != "" {
			rt.Fatalf("-want +got:\n%s\n%s\n%s", diff, r.Artefacts[0].Bytes, back.Bytes)
		}
	})
}
