package dashboard

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/generate/memo"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/tech"
)

// technologyPanel returns a panel of the catalogue for one service. It is left out
// when it is optional and its metrics are missing, and says what to do about it
// when it is not optional.
func (b *builder) technologyPanel(u generate.Use, p tech.Panel) (panel, bool) {
	there, err := b.expand(b.job.Metrics, u, p)
	if err != nil {
		b.find(b.origin(u), "generate/expression", report.Error, "the panel "+p.Title+" of "+u.Technology.Title+": "+err.Error(), "")
		return panel{}, false
	}
	l := lookOf(p)
	l.help = described(p.Help, there)
	if len(there.queries) > 0 {
		if len(there.needs) > 0 {
			l.noValue = "No data. Needs " + strings.Join(there.needs, ", ")
		}
		made := newPanel(p.Title, l, there.queries)
		made.origin = b.origin(u)
		return made, true
	}
	if p.Optional {
		b.left["no metric for it"]++
		return panel{}, false
	}
	return b.guide(u, p, l, there.missing), true
}

// found is what became of the queries of a panel.
type found struct {
	queries       []query
	used, missing []intent.Answer
	// needs are the flags without which the metrics are not there, of metrics that
	// nobody has seen.
	needs []string
}

// expand prints the queries of a panel whose metrics are there.
func (b *builder) expand(metrics *intent.Resolution, u generate.Use, p tech.Panel) (found, error) {
	var out found
	for _, t := range p.Targets {
		e, err := metrics.Expand(u.Technology, tech.Target{Expr: b.filled(u.Technology, t.Expr), Legend: t.Legend}, u.Scope)
		if err != nil {
			return found{}, err
		}
		out.missing = addMissing(out.missing, e.Missing)
		if e.Expr == nil {
			continue
		}
		text, err := b.print.live(divisible(e.Expr))
		if err != nil {
			return found{}, err
		}
		out.queries = append(out.queries, query{text, e.Legend})
		out.used = append(out.used, e.Used...)
		for _, a := range e.Used {
			if a.Status == intent.Assumed && a.Needs != "" && !slices.Contains(out.needs, a.Needs) {
				out.needs = append(out.needs, a.Needs)
			}
		}
	}
	return out, nil
}

// filling is a query of the catalogue that withZeros fills.
type filling struct{ technology, expr string }

func (b *builder) filled(t tech.Technology, expr string) string {
	return memo.Of(b.job.Memo, filling{t.Name, expr}, func() string { return withZeros(t, expr) })
}

func addMissing(to, from []intent.Answer) []intent.Answer {
	for _, a := range from {
		if !slices.ContainsFunc(to, func(b intent.Answer) bool { return a.Intent == b.Intent }) {
			to = append(to, a)
		}
	}
	return to
}

// described adds to a description what a reader needs to know of the metrics.
func described(help string, f found) string {
	for _, needs := range f.needs {
		help += " Needs " + needs + "."
	}
	if len(f.missing) > 0 && len(f.queries) > 0 {
		help += " Not shown for lack of a metric: " + strings.Join(namesOf(f.missing), ", ") + "."
	}
	return help
}

func namesOf(answers []intent.Answer) []string {
	var out []string
	for _, a := range answers {
		out = append(out, a.Intent)
	}
	return out
}

// guide returns the panel that stands where metrics are missing. It asks for them
// all the same, so that a number is there as soon as they are.
func (b *builder) guide(u generate.Use, p tech.Panel, l look, missing []intent.Answer) panel {
	var queries []query
	if f, err := b.expand(b.assumed, u, p); err == nil {
		queries = f.queries
	}
	l.kind, l.noValue = kindStat, b.advice(u, missing)
	l.help = p.Help + "\n\n" + b.instructions(u, missing)
	made := newPanel(p.Title, l, queries)
	made.origin, made.wide = b.origin(u), true
	return made
}

// advice is the one line that the panel shows.
func (b *builder) advice(u generate.Use, missing []intent.Answer) string {
	t := u.Technology
	switch {
	case b.exporting(u):
	case t.Exporter != nil && t.Exporter.Helm != nil:
		return "Install " + t.Exporter.Name + ": helm install " + path.Base(t.Exporter.Helm.Chart) + " " + t.Exporter.Helm.Chart
	case t.Exporter != nil:
		return "Install " + t.Exporter.Name + ": " + t.Exporter.Image + ":" + t.Exporter.Version
	case t.Builtin != nil && t.Builtin.Enable != "":
		return "Switch on metrics: " + t.Builtin.Enable
	}
	names := namesOf(missing)
	text := "Add metrics: " + strings.Join(names[:min(2, len(names))], ", ")
	if more := len(names) - 2; more > 0 {
		text += " (+" + strconv.Itoa(more) + " more)"
	}
	return text
}

// exporting reports whether a server was seen to have metrics of the technology's
// exporter, so that there is no need to install it.
func (b *builder) exporting(u generate.Use) bool {
	if u.Technology.Exporter == nil {
		return false
	}
	probe, err := promql.Parse(u.Technology.Exporter.Probe)
	if err != nil {
		return false
	}
	_, present := b.job.Metrics.Present(u.Technology, u.Scope, probe)
	return present
}

// instructions say in Markdown what is missing and what can be done. All of it is
// of the catalogue's words.
func (b *builder) instructions(u generate.Use, missing []intent.Answer) string {
	t := u.Technology
	var s strings.Builder
	s.WriteString("**No metric was found for:**\n\n")
	for _, a := range missing {
		s.WriteString("- `" + a.Intent + "`: " + intentHelp(t, a.Intent))
		if a.Needs != "" {
			s.WriteString(" Needs " + a.Needs + ".")
		}
		s.WriteString("\n")
	}
	if t.Exporter != nil && !b.exporting(u) {
		s.WriteString("\n" + t.Exporter.Name + " measures it: `" + t.Exporter.Image + ":" + t.Exporter.Version + "`")
		if h := t.Exporter.Helm; h != nil {
			s.WriteString(", or the chart\n\n    helm install " + path.Base(h.Chart) + " " + h.Chart + "\n")
		} else {
			s.WriteString(".\n")
		}
	}
	s.WriteString("\nIf the metric has another name, write it into the service file, below `spec:` of a resource of the kind Observability:\n\n    metric_overrides:\n")
	for _, a := range missing {
		s.WriteString("      " + a.Intent + ": NAME_OF_THE_METRIC\n")
	}
	if t.Docs != "" {
		s.WriteString("\n[How " + t.Title + " is monitored](" + t.Docs + ")")
	}
	return strings.TrimSpace(s.String())
}

func intentHelp(t tech.Technology, full string) string {
	i := slices.IndexFunc(t.Intents, func(in tech.Intent) bool { return t.Name+"."+in.Name == full })
	if i < 0 {
		return ""
	}
	return t.Intents[i].Help
}
