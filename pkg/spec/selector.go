package spec

import (
	"slices"
	"strconv"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// selector reads labels and the values that series must have.
func (l *loader) selector(n *document.Node, what string) []Entry {
	var out []Entry
	for _, e := range l.entries(n, what) {
		if !labelName.MatchString(e.Key) {
			l.findings = append(l.findings, e.Value.At.Finding("spec/value", report.Error, l.service,
				quote(e.Key)+" in "+what+" is not the name of a label", "write a label and the value that its series have, as job: payments-db"))
			continue
		}
		out = append(out, e)
	}
	return out
}

// serviceSelector reads the labels that the service's own series have beside its name.
func (l *loader) serviceSelector(n *document.Node) []Entry {
	out := slices.DeleteFunc(l.selector(n, "selector"), func(e Entry) bool {
		if e.Key != l.label {
			return false
		}
		l.findings = append(l.findings, e.Value.At.Finding("spec/value", report.Error, l.service,
			"selector names the label "+e.Key+", which is the name of the service in all queries", "take it away; --service-label names another label"))
		return true
	})
	sortEntries(out)
	return out
}

// ownSeries are the matchers that pick the service's series where the file writes no
// query: its name, and what selector: of the service and of the SLO say, as the
// environment. The SLO's goes before.
func (l *loader) ownSeries(f sliFields, s *Service) string {
	own := l.selector(f.get("selector"), "selector")
	out := l.label + "=" + strconv.Quote(s.Name.V)
	for _, e := range s.Selector {
		if !slices.ContainsFunc(own, func(o Entry) bool { return o.Key == e.Key }) {
			out += "," + e.Key + "=" + strconv.Quote(e.Value.V)
		}
	}
	for _, e := range own {
		out += "," + e.Key + "=" + strconv.Quote(e.Value.V)
	}
	return out
}

// ownMetric reads metric, the short form for a latency or a threshold: a name, of which
// the service's own series are meant, or an expression.
func (l *loader) ownMetric(f sliFields, s *Service) Value[string] {
	n := f.get("metric")
	v := l.expression(n, "metric")
	if !v.Set() || !nameAlone(n) {
		return v
	}
	return Value[string]{V: v.V + "{" + l.ownSeries(f, s) + "}", At: placeOf(l.origin(n))}
}

// nameAlone reports whether a metric is given by its name alone, which has the letters of a
// label.
func nameAlone(metric *document.Node) bool {
	return metric != nil && labelName.MatchString(metric.Text)
}
