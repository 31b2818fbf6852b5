package online

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// counterType reports rates of what the server's metadata calls a gauge, and values
// of counters that are compared with a number. What the name alone tells is left to
// the checks that need no server.
type counterType struct {
	rates    []sample
	compared []sample
}

// sample is a place where a metric stands.
type sample struct {
	use
	name, function string
}

// types is what a source has to offer for the check.
type types interface {
	// Types returns the types of metrics, without those that are not known. It is nil
	// where the source cannot know any.
	Types(ctx context.Context) (map[string]string, error)
}

func (*counterType) Rule() lint.Rule {
	return lint.Rule{ID: "promql/counter-type", Severity: report.Warning, Title: "A metric is not of the type that the expression takes it for"}
}

func (c *counterType) Note(e *lint.Expr) {
	light := &lint.Expr{Text: e.Text}
	for _, s := range e.Selectors {
		if s.Name != "" && s.Range > 0 && !s.Subquery && slices.Contains([]string{"rate", "irate", "increase"}, s.Func) && !lint.LooksLikeGauge(e, s.Name) {
			c.rates = append(c.rates, sample{use{expr: light, start: s.Start, end: s.End}, s.Name, s.Func})
		}
	}
	for _, s := range lint.ComparedWithNumber(e, func(name string) bool { return !lint.LooksLikeCounter(e, name) }) {
		at := s.PositionRange()
		c.compared = append(c.compared, sample{use{expr: light, start: int(at.Start), end: int(at.End)}, s.Name, ""})
	}
}

func (c *counterType) Ask(ctx context.Context, a *Asking) []report.Finding {
	if len(c.rates)+len(c.compared) == 0 {
		return nil
	}
	known, err := a.source.Types(ctx)
	if err != nil {
		for range len(c.rates) + len(c.compared) {
			a.Miss("metric type", err)
		}
		return nil
	}
	var out []report.Finding
	for _, s := range c.rates {
		if known[s.name] == "gauge" {
			out = append(out, s.finding(c.Rule(), fmt.Sprintf("%s is for counters, and %s is a gauge by the metadata of %s", s.function, s.name, a.info.Name),
				fmt.Sprintf("use deriv(%s[...]) for the slope or delta(%s[...]) for the difference", s.name, s.name)))
		}
	}
	for _, s := range c.compared {
		if counts(known, s.name) {
			out = append(out, s.finding(c.Rule(), fmt.Sprintf("%s is a counter by the metadata of %s; its value only ever grows until a restart", s.name, a.info.Name),
				"compare how fast it grows: rate("+s.name+"[5m]) or increase("+s.name+"[1h])"))
		}
	}
	return out
}

func (s sample) finding(r lint.Rule, message, fix string) report.Finding {
	return s.expr.Finding(r.ID, r.Severity, s.start, s.end, message, fix)
}

// counts reports whether a metric is a counter, or a series of a histogram or summary
// that only grows.
func counts(known map[string]string, name string) bool {
	if known[name] == "counter" {
		return true
	}
	for _, suffix := range []string{"_bucket", "_count", "_sum"} {
		if base, ok := strings.CutSuffix(name, suffix); ok && known[name] == "" {
			return known[base] == "histogram" || known[base] == "summary" && suffix != "_bucket"
		}
	}
	return false
}
