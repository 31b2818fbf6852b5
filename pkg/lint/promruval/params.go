package promruval

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// problems collects what is wrong with a configuration.
type problems struct{ found []report.Finding }

func (p *problems) wrong(n *document.Node, message, fix string) {
	p.add(n, report.Error, message, fix)
}

func (p *problems) add(n *document.Node, severity report.Severity, message, fix string) {
	at := n.At
	if n.Kind.Scalar() && n.Text != "" {
		at = n.Inside(0, len(n.Text))
	}
	f := report.At(at, RuleConfig, severity, message)
	f.Suggestion, f.Path, f.Snippet = fix, n.Path, n.SourceLine(at.Line)
	p.found = append(p.found, f)
}

// unknown tells the keys of a mapping that are none of the known.
func (p *problems) unknown(n *document.Node, what string, known []string) {
	for _, f := range n.Fields {
		if slices.Contains(known, f.Key) {
			continue
		}
		fix := "remove it: there are none"
		if len(known) > 0 {
			fix = cmp.Or(report.DidYouMean(f.Key, known), "use one of "+strings.Join(known, ", "))
		}
		at := f.KeyAt
		at.EndLine, at.EndColumn = at.Line, at.Column+len([]rune(f.Key))
		out := report.At(at, RuleConfig, report.Error, what+" has no key "+strconv.Quote(report.Clip(f.Key, 80)))
		out.Suggestion, out.Path, out.Snippet = fix, f.Value.Path, n.SourceLine(at.Line)
		p.found = append(p.found, out)
	}
}

// params reads the parameters of one validator, strictly.
type params struct {
	*problems
	name string
	// node is the mapping of parameters, nil where there are none; at is the node to
	// point at then.
	node, at *document.Node
	known    []string
	failed   bool
}

func (p *params) bad(n *document.Node, message, fix string) {
	p.failed = true
	if n == nil {
		n = p.at
	}
	p.wrong(n, p.name+": "+message, fix)
}

// get returns a parameter, nil where it is absent. A second name is another spelling
// that promruval's pages have.
func (p *params) get(names ...string) *document.Node {
	p.known = append(p.known, names...)
	for _, name := range names {
		if n := p.node.Get(name); !n.IsNull() {
			return n
		}
	}
	return nil
}

func (p *params) text(name string) string {
	n := p.get(name)
	if n == nil {
		return ""
	}
	if !n.Kind.Scalar() {
		p.bad(n, name+" is "+n.Kind.String()+", not text", "write one value")
		return ""
	}
	return n.Text
}

// needed is text that has to be there.
func (p *params) needed(name string) string {
	v := p.text(name)
	if v == "" && !p.failed {
		p.bad(nil, name+" is missing", "add "+name+": below params:")
	}
	return v
}

func (p *params) texts(name string) []string { return p.list(p.get(name), name) }

func (p *params) list(n *document.Node, name string) []string {
	if n == nil {
		return nil
	}
	if n.Kind != document.Sequence {
		p.bad(n, name+" is "+n.Kind.String()+", not a list", "write a list")
		return nil
	}
	var out []string
	for _, item := range n.Items {
		if !item.Kind.Scalar() {
			p.bad(item, "an item of "+name+" is "+item.Kind.String()+", not text", "write one value")
			continue
		}
		out = append(out, item.Text)
	}
	return out
}

// neededTexts is a list that has to hold something.
func (p *params) neededTexts(name string) []string {
	out := p.texts(name)
	if len(out) == 0 && !p.failed {
		p.bad(nil, name+" is missing", "add "+name+": below params:, with a list")
	}
	return out
}

func (p *params) boolean(byDefault bool, names ...string) bool {
	n := p.get(names...)
	if n == nil {
		return byDefault
	}
	if n.Kind != document.Bool {
		p.bad(n, names[0]+" is "+strconv.Quote(report.Clip(n.Text, 60))+", not true or false", "write true or false")
		return byDefault
	}
	return strings.EqualFold(n.Text, "true")
}

// number reads a number of at least 0; absent is 0.
func (p *params) number(name string) float64 {
	n := p.get(name)
	if n == nil {
		return 0
	}
	v, err := strconv.ParseFloat(n.Text, 64)
	if !n.Kind.Scalar() || err != nil || !(v >= 0 && v <= 1e9) {
		p.bad(n, name+" is "+strconv.Quote(report.Clip(n.Text, 60))+", not a number of at least 0", "write a number")
		return 0
	}
	return v
}

func (p *params) count(name string) int {
	v := p.number(name)
	if v != float64(int(v)) {
		p.bad(p.get(name), name+" is no whole number", "write a whole number")
	}
	return int(v)
}

// duration reads a duration as Prometheus writes it; absent is 0.
func (p *params) duration(name string) time.Duration {
	n := p.get(name)
	if n == nil {
		return 0
	}
	d, err := model.ParseDuration(n.Text)
	if !n.Kind.Scalar() || err != nil {
		p.bad(n, name+" is "+strconv.Quote(report.Clip(n.Text, 60))+", not a duration", "write one as Prometheus does: 30s, 1h30m, 15d")
		return 0
	}
	return time.Duration(d)
}

// limit is the duration that has to be there.
func (p *params) limit() time.Duration {
	d := p.duration("limit")
	if d == 0 && !p.failed {
		p.bad(p.get("limit"), "limit is missing", "add limit: with a duration such as 1h")
	}
	return d
}

// pattern reads a regular expression, which has to match a whole text. Absent and
// empty is what byDefault says.
func (p *params) pattern(name, byDefault string) *regexp.Regexp {
	return p.compile(p.get(name), name, byDefault)
}

func (p *params) compile(n *document.Node, name, byDefault string) *regexp.Regexp {
	text := byDefault
	if n != nil && n.Text != "" {
		text = n.Text
	}
	re, err := regexp.Compile("^(?:" + text + ")$")
	if err != nil {
		p.bad(n, name+" is no regular expression: "+err.Error(), "write one in the syntax RE2")
		return regexp.MustCompile("^$")
	}
	return re
}

// neededPattern is a regular expression that has to be there.
func (p *params) neededPattern(name string) *regexp.Regexp {
	if p.get(name) == nil || p.get(name).Text == "" {
		p.bad(p.get(name), name+" is missing", "add "+name+": below params:")
	}
	return p.pattern(name, "")
}

// shown returns a pattern as it was written.
func shown(re *regexp.Regexp) string {
	return strings.TrimSuffix(strings.TrimPrefix(re.String(), "^(?:"), ")$")
}
