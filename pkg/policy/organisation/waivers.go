package organisation

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// Waiver lets findings pass until a day.
type Waiver struct {
	// Rule is a rule id, or the name of a rule of the policy.
	Rule Text
	// Services and Files are globs. Where both are given both have to fit; at least
	// one is.
	Services, Files []Glob
	Reason          string
	// Until is the last day, inclusive, as 2026-03-31.
	Until string
	At    Place
}

func (d *decoder) waivers(n *document.Node) []Waiver {
	if n != nil && !n.IsNull() && n.Kind != document.Sequence {
		d.wrongType(n, "waivers", "a list")
		return nil
	}
	var out []Waiver
	for _, item := range d.list(n, "waivers") {
		var w Waiver
		if d.sound(func() { w = d.waiver(item) }) {
			out = append(out, w)
		}
	}
	return out
}

func (d *decoder) waiver(n *document.Node) Waiver {
	m := d.fields(n, "the waiver", "rule", "services", "files", "reason", "until")
	if m == nil {
		d.wrong(n, "a waiver is a mapping", "write rule:, services:, reason: and until:")
		return Waiver{}
	}
	w := Waiver{
		Rule: d.required(m, "rule", "the waiver", "add rule: with a rule id, or the name of a rule of this policy"), At: place(n),
		Services: d.globs(m.Get("services"), "services"), Files: d.globs(m.Get("files"), "files"),
		Reason: d.required(m, "reason", "the waiver", "add reason: with a ticket or a sentence").V, Until: d.until(m, "the waiver"),
	}
	if m.Get("services").IsNull() && m.Get("files").IsNull() {
		d.wrong(m, "the waiver names neither services nor files", "add services: with their names; '*' is all")
	}
	if w.Rule.Set() {
		d.waivable(w.Rule)
	}
	return w
}

// waivable refuses what is neither a rule nor the name of one of the policy's.
func (d *decoder) waivable(rule Text) {
	if d.named[rule.V] {
		return
	}
	if strings.Contains(rule.V, "/") {
		d.known(rule.At.node, rule.V)
		return
	}
	fix := report.DidYouMean(rule.V, slices.Collect(maps.Keys(d.named)))
	if fix == "" {
		fix = "write the id of a rule, as promql/syntax, or the name of a rule of this policy"
	}
	d.wrong(rule.At.node, "the policy has no rule "+strconv.Quote(rule.V), fix)
}

// fits reports whether the waiver is about a finding.
func (w Waiver) fits(f report.Finding) bool {
	named := ofStage(f.Rule) == "policy" && strings.HasSuffix(f.Message, byRule(w.Rule.V))
	return (named || w.Rule.V == f.Rule) && w.covers(f.Service, f.File)
}

// covers reports whether a service in a file is in the waiver's scope.
func (w Waiver) covers(service, file string) bool {
	return (len(w.Services) == 0 || service != "" && matchesAny(w.Services, service)) && (len(w.Files) == 0 || matchesAny(w.Files, file))
}

// same reports whether two waivers are for the same rule, services and files.
func (w Waiver) same(other Waiver) bool {
	return w.Rule.V == other.Rule.V && sameGlobs(w.Services, other.Services) && sameGlobs(w.Files, other.Files)
}

// WaivesFiles reports whether a waiver of the policy goes by files.
func (p *Policy) WaivesFiles() bool {
	return slices.ContainsFunc(p.Waivers, func(w Waiver) bool { return len(w.Files) > 0 })
}

// over reports whether the last day of the waiver is over.
func (w Waiver) over(today string) bool { return over(w.Until, today) }

// anywhere reports whether files in any folder are in the waiver's scope, of which a run
// may have looked at some.
func (w Waiver) anywhere() bool {
	return len(w.Services) == 0 && slices.ContainsFunc(w.Files, func(g Glob) bool {
		first, _, below := strings.Cut(g.whole, "/")
		return below && strings.ContainsAny(first, "*?[{")
	})
}

// name is the rule of the waiver as a sentence has it: an id, or a name in quotes.
func (w Waiver) name() string {
	if strings.Contains(w.Rule.V, "/") {
		return w.Rule.V
	}
	return strconv.Quote(w.Rule.V)
}
