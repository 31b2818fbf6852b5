package online

import (
	"context"
	"regexp"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/parser/posrange"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source/presence"
)

// series reports selectors that have no series. Equal selectors are asked about
// once, and those that differ in metric or service together.
type series struct {
	label    string
	verified bool
	recorded map[string]bool
	wants    []*want
	byText   map[string]*want
}

func newSeries(in Input, o Options) *series {
	s := &series{label: o.ServiceLabel, verified: o.Verified, recorded: map[string]bool{}, byText: map[string]*want{}}
	for _, name := range in.Recorded {
		s.recorded[name] = true
	}
	return s
}

func (*series) Rule() lint.Rule {
	return lint.Rule{ID: "promql/series", Severity: report.Error, Title: "The server has no series that a selector matches"}
}

// want is a selector that several expressions may share, and what is known of it.
type want struct {
	selector promql.Selector
	// pair and matchers are the selector as it is asked for.
	pair     presence.Pair
	matchers []*labels.Matcher
	uses     []use

	// live is set when it has series now; doubt says why that is not known.
	live  bool
	doubt error
	// alive is set when the metric has series now, with any labels.
	alive bool
	// lastSeen is when it last had series; forgotten says why that is not known.
	lastSeen  time.Time
	forgotten error
	// values are those of the labels that it matches, "" for series without.
	values map[string][]string
	// loaded is set when a rule of the server records it.
	loaded bool
	// near is the metric that the author may have meant.
	near string
}

// use is a place where a selector stands.
type use struct {
	expr       *lint.Expr
	start, end int
	// optional is set where the expression says what holds without series.
	optional bool
}

// Note takes the selectors of an expression that ask for series.
func (s *series) Note(e *lint.Expr) {
	if s.verified && e.Owner != nil && (e.SLO != nil || e.Rule != nil) {
		return
	}
	// The AST is not kept: it is most of the memory.
	light := &lint.Expr{Text: e.Text}
	absent, optional := allowances(e.AST)
	for _, selector := range e.Selectors {
		if s.recorded[selector.Name] || promql.MadeByAlerts(selector.Name) || within(absent, selector) {
			continue
		}
		if e.Rule == nil {
			selector.Matchers = withoutVariables(selector.Matchers)
		}
		if selector.Name == "" && len(selector.Matchers) == 0 {
			continue
		}
		w := s.want(selector)
		w.uses = append(w.uses, use{expr: light, start: selector.Start, end: selector.End, optional: within(optional, selector)})
	}
}

// want returns what is known of a selector.
func (s *series) want(selector promql.Selector) *want {
	text := selector.String()
	if w, ok := s.byText[text]; ok {
		return w
	}
	owner, matchers := ownerOf(selector.Matchers, s.label)
	w := &want{selector: selector, pair: presence.Pair{Name: selector.Name, Owner: owner}, matchers: matchers, values: map[string][]string{}}
	s.wants = append(s.wants, w)
	s.byText[text] = w
	return w
}

var variable = regexp.MustCompile(`\$(\w|\{|__)|\[\[`)

// withoutVariables leaves out the matchers of a dashboard whose value is chosen by
// whoever looks at it.
func withoutVariables(matchers []*labels.Matcher) []*labels.Matcher {
	return slices.DeleteFunc(slices.Clone(matchers), func(m *labels.Matcher) bool { return variable.MatchString(m.Value) })
}

// allowances returns the parts of an expression that ask for what should not be
// there, and those that may be empty because another part stands in for them.
func allowances(expr parser.Expr) (absent, optional []posrange.PositionRange) {
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		switch n := n.(type) {
		case *parser.Call:
			if n.Func.Name == "absent" || n.Func.Name == "absent_over_time" {
				absent = append(absent, n.PositionRange())
			}
		case *parser.BinaryExpr:
			switch n.Op {
			case parser.LOR:
				optional = append(optional, n.PositionRange())
			case parser.LUNLESS:
				optional = append(optional, n.RHS.PositionRange())
			}
		}
		return nil
	})
	return absent, optional
}

func within(parts []posrange.PositionRange, s promql.Selector) bool {
	return slices.ContainsFunc(parts, func(p posrange.PositionRange) bool { return int(p.Start) <= s.Start && s.End <= int(p.End) })
}

// Ask looks for the selectors. What one round answers is not asked again, so that
// nothing but the first is spent while everything exists.
func (s *series) Ask(ctx context.Context, a *Asking) []report.Finding {
	open := s.exact(ctx, a)
	if len(open) > 0 {
		s.diagnose(ctx, a, open)
	}
	var out []report.Finding
	for _, w := range s.wants {
		if w.doubt != nil {
			for range w.uses {
				a.Miss("selector", w.doubt)
			}
			continue
		}
		out = append(out, s.say(w, a)...)
	}
	return out
}
