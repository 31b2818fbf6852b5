package organisation

import (
	"math"
	"regexp"
	"time"

	"github.com/nthlayer/action/pkg/spec/document"
)

// Checks are the rules of lint that look for nothing until a policy says what for.
// The zero value asks for nothing.
type Checks struct {
	Aggregate []Aggregate
	Selector  []Selector
	Reject    []Reject
	Report    []ReportRule
	Owner     Owner
	// SmellyRegexp asks for labels that are matched by a part of their value.
	SmellyRegexp bool
	// MaxOffset is the longest offset of a selector, in either direction; 0 is any.
	MaxOffset time.Duration
	// MaxAlertCount is how often an alert may have fired in a week before that is a
	// warning; 0 leaves it to the rule.
	MaxAlertCount int
	// Cost is what a query may take.
	Cost Cost
}

// Cost is what a query may take on the server; 0 is any.
type Cost struct {
	// Series are those of the result, Samples those that are read in all, and
	// PeakSamples those that are in memory at once.
	Series, Samples, PeakSamples int
	// Duration is the time that the evaluation takes.
	Duration time.Duration
}

// Aggregate says which labels aggregations keep, and which they lose.
type Aggregate struct {
	Keep, Strip []string
	// Rules matches the whole names of the rules that it is for; nil is all.
	Rules *regexp.Regexp
}

// Selector says which labels selectors must have a matcher on.
type Selector struct {
	Labels []string
	// Function limits it to selectors inside of one function, as absent; empty is all.
	Function string
	// Metrics matches the whole names of the metrics that it is for; nil is all.
	Metrics *regexp.Regexp
}

// Reject is a text that must not stand in rules.
type Reject struct {
	Pattern *regexp.Regexp
	// In are the parts of a rule to look at: labels, annotations, names. Empty is
	// labels and annotations.
	In []string
	// Message says why; may be empty.
	Message string
}

// ReportRule is a note about each rule of some names.
type ReportRule struct {
	Rules   *regexp.Regexp
	Message string
}

// Owner says how rules name their owner. The zero value asks for none.
type Owner struct {
	// Label is the label that names the owner; empty for none.
	Label string
	// Comments accepts # pint rule/owner and # pint file/owner.
	Comments bool
	// Allowed are the owners that there are; empty is anybody.
	Allowed []string
}

// Asked reports whether an owner is asked for.
func (o Owner) Asked() bool { return o.Label != "" || o.Comments }

// checkKeys are the keys of the section lint: that Checks are read from.
func checkKeys() []string {
	return []string{"aggregate", "selector", "reject", "report", "owner", "smelly_regexp", "max_offset", "max_alert_count", "query_cost"}
}

// partsOfRules are what reject: looks at.
func partsOfRules() []string { return []string{"labels", "annotations", "names"} }

func (d *decoder) checks(m *document.Node) Checks {
	c := Checks{Owner: d.owner(m.Get("owner")), SmellyRegexp: d.boolean(m.Get("smelly_regexp"), "smelly_regexp")}
	for _, n := range d.list(m.Get("aggregate"), "aggregate") {
		if v, ok := d.aggregate(n); ok {
			c.Aggregate = append(c.Aggregate, v)
		}
	}
	for _, n := range d.list(m.Get("selector"), "selector") {
		if v, ok := d.selector(n); ok {
			c.Selector = append(c.Selector, v)
		}
	}
	for _, n := range d.list(m.Get("reject"), "reject") {
		if v, ok := d.reject(n); ok {
			c.Reject = append(c.Reject, v)
		}
	}
	for _, n := range d.list(m.Get("report"), "report") {
		if v, ok := d.report(n); ok {
			c.Report = append(c.Report, v)
		}
	}
	if limit := d.duration(m.Get("max_offset"), "max_offset"); limit != nil {
		c.MaxOffset = *limit
	}
	c.MaxAlertCount = d.limit(m.Get("max_alert_count"), "max_alert_count")
	c.Cost = d.cost(m.Get("query_cost"))
	return c
}

// cost reads the limits of queries. With a mistake in one none is applied.
func (d *decoder) cost(n *document.Node) Cost {
	var c Cost
	sound := d.sound(func() {
		m := d.fields(n, "query_cost", "max_series", "max_samples", "max_peak_samples", "max_duration")
		if m == nil {
			return
		}
		c = Cost{Series: d.limit(m.Get("max_series"), "max_series"), Samples: d.limit(m.Get("max_samples"), "max_samples"), PeakSamples: d.limit(m.Get("max_peak_samples"), "max_peak_samples")}
		if limit := d.duration(m.Get("max_duration"), "max_duration"); limit != nil {
			c.Duration = *limit
		}
	})
	switch {
	case !sound:
		return Cost{}
	case c == (Cost{}) && !n.IsNull():
		d.wrong(n, "query_cost limits nothing", "add max_series:, max_samples:, max_peak_samples: or max_duration:, above 0")
	}
	return c
}

// limit reads a number of at least 1; absent is 0, which is any.
func (d *decoder) limit(n *document.Node, what string) int {
	if v := d.count(n, what, 1, math.MaxInt32); v != nil {
		return *v
	}
	return 0
}

// item reads one item of a list of checks. An item that is wrong in one place is
// left out as a whole, so that it never asks for something else.
func (d *decoder) item(n *document.Node, what string, keys []string, read func(m *document.Node)) bool {
	return d.sound(func() {
		m := d.fields(n, what, keys...)
		if m == nil {
			if n.IsNull() {
				d.wrong(n, "an item of "+what+" is empty", "write it, or remove the item")
			}
			return
		}
		read(m)
	})
}

func (d *decoder) aggregate(n *document.Node) (out Aggregate, ok bool) {
	ok = d.item(n, "aggregate", []string{"keep", "strip", "rules"}, func(m *document.Node) {
		out = Aggregate{Keep: words(d.texts(m.Get("keep"), "keep")), Strip: words(d.texts(m.Get("strip"), "strip")), Rules: d.pattern(m.Get("rules"), "rules")}
		if !m.Has("keep") && !m.Has("strip") {
			d.wrong(n, "aggregate names no labels", "add keep: or strip: with labels")
		}
	})
	return out, ok
}

func (d *decoder) selector(n *document.Node) (out Selector, ok bool) {
	ok = d.item(n, "selector", []string{"labels", "function", "metrics"}, func(m *document.Node) {
		out = Selector{Labels: words(d.texts(m.Get("labels"), "labels")), Function: d.text(m.Get("function"), "function").V, Metrics: d.pattern(m.Get("metrics"), "metrics")}
		if !m.Has("labels") {
			d.wrong(n, "selector names no labels", "add labels: with the labels that selectors must match on")
		}
	})
	return out, ok
}

func (d *decoder) reject(n *document.Node) (out Reject, ok bool) {
	ok = d.item(n, "reject", []string{"pattern", "in", "message"}, func(m *document.Node) {
		d.required(m, "pattern", "reject", "add pattern: with a regular expression that must match no whole value")
		out = Reject{Pattern: d.pattern(m.Get("pattern"), "pattern"), Message: d.text(m.Get("message"), "message").V}
		for _, v := range d.list(m.Get("in"), "in") {
			out.In = append(out.In, d.word(v, "part", partsOfRules()).V)
		}
	})
	return out, ok
}

func (d *decoder) report(n *document.Node) (out ReportRule, ok bool) {
	ok = d.item(n, "report", []string{"rules", "message"}, func(m *document.Node) {
		d.required(m, "rules", "report", "add rules: with a regular expression for the names of rules")
		out.Rules = d.pattern(m.Get("rules"), "rules")
		out.Message = d.required(m, "message", "report", "add message: with what to tell about the rules").V
	})
	return out, ok
}

func (d *decoder) owner(n *document.Node) Owner {
	m := d.fields(n, "owner", "label", "comments", "allowed")
	if m == nil {
		return Owner{}
	}
	o := Owner{Label: d.text(m.Get("label"), "label").V, Comments: d.boolean(m.Get("comments"), "comments"), Allowed: words(d.texts(m.Get("allowed"), "allowed"))}
	if !o.Asked() {
		d.wrong(n, "owner says nowhere to look for one", "add label: with the name of a label, or comments: true")
	}
	return o
}

// words are texts without their places.
func words(texts []Text) []string {
	var out []string
	for _, t := range texts {
		out = append(out, t.V)
	}
	return out
}
