package intent

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"golang.org/x/sync/errgroup"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

// RuleDiscovery is the rule about what could not be asked for.
const RuleDiscovery = "generate/discovery"

// lookback is how long ago a metric may have been seen last. A night without
// traffic, or an exporter that is down while rules are generated, must take nothing
// away.
const lookback = 24 * time.Hour

// defaultConcurrency is how many selectors are asked for at once when nobody says.
const defaultConcurrency = 8

// Use is a technology as a service uses it.
type Use struct {
	Technology tech.Technology
	Scope      Scope
	// Guessed is set when nobody said which series are meant. That there are none
	// then says nothing.
	Guessed bool
	Origin  spec.Origin
}

// Wanted is what is to be found out for one service: what it is itself, and what it
// depends on.
type Wanted struct {
	Service *spec.Service
	Uses    []Use
}

// Discover asks a server which metrics the services and their dependencies have,
// and returns a resolution for each of them, in their order. It asks once for the
// names of each distinct selector, and once or a few times for the labels that tell
// failures from successes. A service of which something could not be answered in full
// is in doubt, and that is a finding.
func Discover(ctx context.Context, src source.Source, wanted []Wanted, at time.Time, o source.AskOptions) ([]*Resolution, []report.Finding) {
	d := discovery{src: src, at: at, options: o, names: map[string]answer{}}
	for _, w := range wanted {
		for _, u := range w.Uses {
			d.names[d.selector(u)] = answer{}
		}
	}
	d.ask(ctx)
	out := make([]*Resolution, len(wanted))
	for i, w := range wanted {
		out[i] = d.resolution(w)
	}
	d.outcomes(ctx, wanted, out)
	return out, report.Normalise(d.findings)
}

// answer is what a server has under one selector.
type answer struct {
	names map[string]bool
	// doubt says why the answer cannot be relied on; empty when it can.
	doubt string
}

type discovery struct {
	src      source.Source
	at       time.Time
	options  source.AskOptions
	names    map[string]answer
	findings []report.Finding
}

// everything is the selector of a page of metrics, on which no series has a label
// of its target.
const everything = ""

// selector prints which series are meant. The names are asked for without what is
// special to single metrics.
func (d *discovery) selector(u Use) string {
	if !d.src.Info().TargetLabels && u.Technology.Kind == tech.KindService {
		return everything
	}
	return (&parser.VectorSelector{LabelMatchers: u.Scope.Matchers}).String()
}

// ask asks for the names of all selectors, with bounded concurrency. A server that
// cannot be reached is not asked again.
func (d *discovery) ask(ctx context.Context) {
	selectors := slices.Sorted(maps.Keys(d.names))
	answers := make([]answer, len(selectors))
	limit := d.options.Concurrency
	if limit <= 0 {
		limit = defaultConcurrency
	}
	var gone halt
	group := new(errgroup.Group)
	group.SetLimit(limit)
	for i, s := range selectors {
		group.Go(func() error {
			if why := gone.why(); why != "" {
				answers[i].doubt = why
				return nil
			}
			answers[i] = d.namesOf(ctx, s, &gone)
			return nil
		})
	}
	_ = group.Wait() // its functions return no error: each selector has its own
	for i, s := range selectors {
		d.names[s] = answers[i]
	}
}

func (d *discovery) namesOf(ctx context.Context, selector string, gone *halt) answer {
	var match []string
	if selector != everything {
		match = []string{selector}
	}
	names, err := d.src.Names(ctx, match, d.at.Add(-lookback), d.at)
	if err != nil {
		gone.note(err)
		return answer{doubt: err.Error()}
	}
	if len(names.Warnings) > 0 {
		return answer{doubt: partial(names.Warnings)}
	}
	out := answer{names: make(map[string]bool, len(names.Names))}
	for _, n := range names.Names {
		out.names[n] = true
	}
	return out
}

// halt remembers why it is of no use to ask any more.
type halt struct {
	mu   sync.Mutex
	text string
}

func (h *halt) why() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text
}

func (h *halt) note(err error) {
	e, ok := errors.AsType[*source.Error](err)
	if !ok {
		return
	}
	switch e.Kind {
	case source.Unreachable, source.Timeout, source.Unauthorized, source.Limited, source.Unsupported, source.Canceled:
		h.mu.Lock()
		defer h.mu.Unlock()
		h.text = err.Error()
	case source.Rejected, source.ServerFault, source.Malformed:
	}
}

// resolution returns what was found out for one service. One doubt is enough: whatever
// was generated with good answers before must not be replaced by what is assumed.
func (d *discovery) resolution(w Wanted) *Resolution {
	seen, doubt := map[string]Presence{}, ""
	for _, u := range w.Uses {
		key := Key(u.Technology.Name, u.Scope.Dependency)
		a := d.names[d.selector(u)]
		own := u.Technology.Kind == tech.KindService
		switch {
		case a.doubt != "" && doubt != "":
		case a.doubt != "":
			doubt = a.doubt
			d.doubt(w, u, doubt)
		case !own && !d.src.Info().TargetLabels:
			// The page is one of the service itself and says nothing of others.
		case len(a.names) == 0 && (own || u.Guessed):
			seen[key] = Presence{Silent: true}
			d.find(w, u, report.Info, "no series match "+d.selector(u)+", so that the metrics of "+called(w, u)+" that are common are taken",
				"deploy it first, or give the labels that its series have")
		default:
			seen[key] = Presence{Asked: true, Names: a.names}
			d.overridden(w, u, a.names)
		}
	}
	r := Seen(w.Service, seen)
	r.doubt = doubt
	return r
}

// doubt tells that nothing can be generated for a service, and what to do.
func (d *discovery) doubt(w Wanted, u Use, why string) {
	d.find(w, u, report.Warning, "nothing is generated for "+w.Service.Name.V+": it is not known which metrics "+called(w, u)+" has: "+why,
		"run it again when the server answers, or leave --prometheus-url and --discover out to generate from the metrics that are common")
}

// overridden tells of metrics that the service file names and the server does not have.
// They are taken all the same.
func (d *discovery) overridden(w Wanted, u Use, names map[string]bool) {
	for _, o := range w.Service.MetricOverrides {
		expr, err := promql.Parse(o.Metric.V)
		if technology, _, _ := strings.Cut(o.Intent.V, "."); technology != u.Technology.Name || err != nil {
			continue
		}
		for _, name := range promql.MetricNames(expr) {
			if !names[name] {
				d.findings = append(d.findings, o.Metric.At.Finding(RuleDiscovery, report.Warning, w.Service.Name.V,
					"no series of "+name+" match "+d.selector(u)+", and metric_overrides names it for "+o.Intent.V, "correct the name, or deploy what has the metric"))
			}
		}
	}
}

func called(w Wanted, u Use) string {
	if u.Scope.Dependency != "" {
		return u.Scope.Dependency
	}
	return w.Service.Name.V
}

func (d *discovery) find(w Wanted, u Use, severity report.Severity, message, fix string) {
	d.findings = append(d.findings, u.Origin.Finding(RuleDiscovery, severity, w.Service.Name.V, message, fix))
}

// outcomes finds out which label tells failures from successes, for all services
// together: their questions differ in the name of the service only. Of services that
// are down at this moment it is asked what they had before.
func (d *discovery) outcomes(ctx context.Context, wanted []Wanted, resolutions []*Resolution) {
	all := map[string]asked{}
	for i, w := range wanted {
		for j, u := range w.Uses {
			if expr, ok := resolutions[i].outcomeQuestion(u); ok && len(u.Scope.Matchers) > 0 {
				all[fmt.Sprintf("%d/%d", i, j)] = asked{wanted[i], u, resolutions[i], expr}
			}
		}
	}
	silent := d.outcome(ctx, all)
	for id, q := range silent {
		q.expr.Expr = promql.Rewrite(q.expr.Expr, before)
		silent[id] = q
	}
	d.outcome(ctx, silent)
}

// asked is a question for the outcomes of one service.
type asked struct {
	of   Wanted
	use  Use
	to   *Resolution
	expr *parser.AggregateExpr
}

// before is the last value that a selector had, however long ago a metric may have been
// seen last.
func before(node parser.Expr) parser.Expr {
	vs, ok := node.(*parser.VectorSelector)
	if !ok {
		return node
	}
	last := parser.Functions["last_over_time"]
	return &parser.Call{Func: last, Args: parser.Expressions{&parser.MatrixSelector{VectorSelector: vs, Range: lookback}}}
}

// outcome asks questions, and returns those that no series answers.
func (d *discovery) outcome(ctx context.Context, all map[string]asked) map[string]asked {
	var questions []source.Question
	label := ""
	for _, id := range slices.Sorted(maps.Keys(all)) {
		// The first matcher of a service's own series is that of its name.
		m := all[id].use.Scope.Matchers[0]
		label = m.Name
		questions = append(questions, source.Question{ID: id, Expr: all[id].expr.String(), Value: m.Value})
	}
	replies, silent := source.Ask(ctx, d.src, questions, label, d.at, d.options), map[string]asked{}
	for _, q := range questions {
		a, reply := all[q.ID], replies[q.ID]
		key := Key(a.use.Technology.Name, a.use.Scope.Dependency)
		if why := doubtOf(reply); why != "" {
			if a.to.doubt == "" {
				a.to.doubt = why
				d.doubt(a.of, a.use, why)
			}
			continue
		}
		if len(reply.Series) == 0 {
			silent[q.ID] = a
		}
		p := a.to.seen[key]
		p.Outcome = outcomeOf(*a.use.Technology.Outcome, reply.Series)
		a.to.seen[key] = p
	}
	return silent
}

// doubtOf says why a reply cannot be relied on; empty when it can.
func doubtOf(r source.Reply) string {
	switch {
	case r.Err != nil:
		return r.Err.Error()
	case len(r.Warnings) > 0:
		return partial(r.Warnings)
	}
	return ""
}

func partial(warnings []string) string {
	return "the answer may be partial: " + strings.Join(warnings, "; ")
}

// outcomeQuestion returns the expression for the values that the labels of an
// outcome have; false when there is no need to ask.
func (r *Resolution) outcomeQuestion(u Use) (*parser.AggregateExpr, bool) {
	v := r.view(u.Technology, u.Scope)
	i := slices.IndexFunc(u.Technology.Intents, func(in tech.Intent) bool { return in.ErrorsOf != "" })
	if i < 0 || u.Technology.Outcome == nil || !v.presence.Asked {
		return nil, false
	}
	of := u.Technology.Intents[i].ErrorsOf
	answers, err := v.answers(of)
	if err != nil || answers[0].selector == nil || v.ownErrors(of, answers[0]) != "" {
		return nil, false
	}
	return &parser.AggregateExpr{Op: parser.GROUP, Grouping: u.Technology.Outcome.Labels, Expr: u.Scope.apply(answers[0].selector)}, true
}

// outcomeOf returns the first label with values that are failures, else the first
// one whose values look like outcomes; empty when there is none.
func outcomeOf(o tech.Outcome, series []source.Series) string {
	has := func(label, pattern string) bool {
		m, err := labels.NewMatcher(labels.MatchRegexp, label, pattern)
		return err == nil && slices.ContainsFunc(series, func(s source.Series) bool {
			value := s.Labels.Get(label)
			return value != "" && m.Matches(value)
		})
	}
	pattern := ".+"
	if o.Values != "" {
		pattern = o.Values
	}
	for _, p := range []string{o.Errors, pattern} {
		if i := slices.IndexFunc(o.Labels, func(label string) bool { return has(label, p) }); i >= 0 {
			return o.Labels[i]
		}
	}
	return ""
}
