package tech

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// maxOverview is how many panels a technology may show always: one row.
const maxOverview = 4

var legendLabel = regexp.MustCompile(`\{\{\s*([^}\s]*)\s*\}\}`)

func (v vocabulary) checkPanels(found *problems, t Technology) {
	overview := 0
	for i, p := range t.Panels {
		at := index("panels", i)
		if slices.ContainsFunc(t.Panels[:i], func(o Panel) bool { return o.Title == p.Title }) {
			found.add(at+".title", "two panels are called %s", p.Title)
		}
		if p.Overview {
			overview++
		}
		found.below(at, v.checkPanel(p))
	}
	if len(t.Panels) > 0 && (overview == 0 || overview > maxOverview) {
		found.add("panels", "%d panels are in the overview; show 1 to %d", overview, maxOverview)
	}
}

func (v vocabulary) checkPanel(p Panel) problems {
	var found problems
	if p.Title == "" || strings.TrimSpace(p.Title) != p.Title {
		found.add("title", "%q is no title", p.Title)
	}
	if !slices.Contains([]string{"timeseries", "stat", "gauge"}, p.Type) {
		found.add("type", "%q is no type; use timeseries, stat or gauge", p.Type)
	}
	if !slices.Contains(units(), p.Unit) {
		found.add("unit", "%q is no unit of Grafana that is used here", p.Unit)
	}
	if !strings.HasSuffix(p.Help, ".") {
		found.add("help", "say in one sentence what it shows")
	}
	if p.Type == "gauge" && (p.Min == nil || p.Max == nil || *p.Min >= *p.Max) {
		found.add("min", "a gauge goes from min to max")
	}
	checkSteps(&found, p.Thresholds)
	for value := range p.Mappings {
		if _, err := strconv.ParseFloat(value, 64); err != nil {
			found.add("mappings", "%q is no number", value)
		}
	}
	if len(p.Targets) == 0 {
		found.add("targets", "the panel shows nothing")
	}
	for i, target := range p.Targets {
		found.below(index("targets", i), v.checkTarget(target))
	}
	if in, ok := v.flagged(p); ok && !p.Optional {
		found.add("optional", "nothing measures %s without a flag; make the panel optional", in)
	}
	return found
}

// flagged returns an intent of a panel that is only there with a flag.
func (v vocabulary) flagged(p Panel) (string, bool) {
	for _, target := range p.Targets {
		expr, err := parse(target.Expr)
		if err != nil {
			continue
		}
		for _, in := range v.intentsOf(expr) {
			if len(in.Candidates) > 0 && !slices.ContainsFunc(in.Candidates, func(c Candidate) bool { return c.Needs == "" }) {
				return in.Name, true
			}
		}
	}
	return "", false
}

// intentsOf returns the intents that an expression reads.
func (v vocabulary) intentsOf(expr parser.Expr) []Intent {
	var out []Intent
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if s, ok := node.(*parser.VectorSelector); ok {
			if _, name, ok := strings.Cut(s.Name, ":"); ok {
				out = append(out, v.intents[name])
			}
		}
		return nil
	})
	return out
}

func checkSteps(found *problems, steps []Threshold) {
	for i, s := range steps {
		at := index("thresholds", i)
		if !slices.Contains([]string{"green", "yellow", "orange", "red", "blue"}, s.Color) {
			found.add(at+".color", "%q is no colour that is used here", s.Color)
		}
		switch {
		case i == 0 && s.Value != nil:
			found.add(at+".value", "the first step begins at the bottom and has no value")
		case i > 0 && s.Value == nil:
			found.add(at+".value", "the step has no value")
		case i > 1 && steps[i-1].Value != nil && *s.Value <= *steps[i-1].Value:
			found.add(at+".value", "the steps do not rise")
		}
	}
}

func (v vocabulary) checkTarget(t Target) problems {
	var found problems
	expr, why := v.checkExpr(t.Expr)
	for _, w := range why {
		found.add("expr", "%s", w)
	}
	if expr == nil {
		return found
	}
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if s, ok := node.(*parser.VectorSelector); ok && s.Name != "up" && !strings.Contains(s.Name, ":") {
			found.add("expr", "%s is a metric; a panel reads intents, so that every metric can be replaced", s)
		}
		return nil
	})
	v.checkSources(&found, v.intentsOf(expr))
	shape, _ := v.shapeOf(expr)
	for _, m := range legendLabel.FindAllStringSubmatch(t.Legend, -1) {
		if !shape.keeps(m[1]) {
			found.add("legend", "the legend shows %s and the expression gives %s", m[1], shape)
		}
	}
	for _, name := range byLabels(t) {
		if in := v.intents[name]; in.ErrorsOf == "" && len(in.Candidates) > 0 && in.Candidates[0].By == "" {
			found.add("expr", "by_%s is used and the first candidate of %s has no by", name, name)
		}
	}
	if t.Legend == "" {
		found.add("legend", "the query has no legend")
	}
	return found
}

var byLabel = regexp.MustCompile(`\bby_([a-z0-9_]+)`)

func byLabels(t Target) []string {
	var names []string
	for _, m := range byLabel.FindAllStringSubmatch(t.Expr+" "+t.Legend, -1) {
		names = append(names, m[1])
	}
	return names
}

// checkSources makes sure that intents of one expression can all be taken from
// the same place, whichever that is: hits of an application divided by misses of
// a server are no ratio.
func (v vocabulary) checkSources(found *problems, intents []Intent) {
	for i := 1; i < len(intents); i++ {
		a, b := v.sources(intents[0]), v.sources(intents[i])
		if !slices.Equal(a, b) {
			found.add("expr", "%s comes from %q and %s from %q; one expression takes all from one place", intents[0].Name, a, intents[i].Name, b)
		}
	}
}

func (v vocabulary) sources(in Intent) []string {
	if in.ErrorsOf != "" {
		in = v.intents[in.ErrorsOf]
	}
	var out []string
	for _, c := range in.Candidates {
		out = append(out, c.Source)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
