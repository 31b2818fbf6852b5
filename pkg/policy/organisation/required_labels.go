package organisation

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
)

// requiredLabels is the kind required_labels: keys of labels: and metadata: and what
// they may hold.
type requiredLabels struct{ keys []requiredKey }

// requiredKey is one key. Without values and pattern it may hold anything but
// nothing.
type requiredKey struct {
	// written is the key as a service file has it, as labels.cost-center.
	written string
	values  []string
	pattern *regexp.Regexp
}

func (d *decoder) requiredLabels(params *document.Node) check {
	m := d.fields(params, "params of required_labels", "labels", "metadata")
	c := requiredLabels{keys: append(d.keys(m.Get("labels"), "labels", "labels."), d.keys(m.Get("metadata"), "metadata", "")...)}
	if m != nil && len(m.Fields) == 0 {
		d.wrong(m, "the rule names no labels", "add params: {labels: [cost-center]}")
	}
	return c
}

// keys reads a list of names, or a mapping of names to what they may hold.
func (d *decoder) keys(n *document.Node, what, prefix string) []requiredKey {
	var out []requiredKey
	if n == nil || n.Kind != document.Mapping {
		for _, v := range d.texts(n, what) {
			out = append(out, requiredKey{written: prefix + v.V})
		}
		return out
	}
	for _, f := range n.Fields {
		m := d.fields(f.Value, f.Key, "values", "pattern")
		out = append(out, requiredKey{written: prefix + f.Key, pattern: d.pattern(m.Get("pattern"), "pattern"), values: words(d.texts(m.Get("values"), "values"))})
	}
	return out
}

// pattern reads a regular expression, which has to match the whole of a text;
// absent is nil. Go's expressions take time linear in the text.
func (d *decoder) pattern(n *document.Node, what string) *regexp.Regexp {
	v := d.text(n, what)
	if !v.Set() {
		return nil
	}
	if _, err := regexp.Compile(v.V); err != nil {
		d.wrong(n, what+" is no regular expression: "+strings.TrimPrefix(err.Error(), "error parsing regexp: "), "write one in the syntax of Go, which is RE2")
		return nil
	}
	re, err := regexp.Compile("^(?:" + v.V + ")$")
	if err != nil {
		d.wrong(n, what+" is a regular expression that is too long", "write a shorter one")
	}
	return re
}

func (c requiredLabels) violations(s *spec.Service, _ Input) []violation {
	var out []violation
	for _, k := range c.keys {
		i := slices.IndexFunc(s.Metadata, func(e spec.Entry) bool { return e.Key == k.written })
		if i < 0 || blank(s.Metadata[i].Value.V) {
			at := s.At
			if i >= 0 {
				at = s.Metadata[i].Value.At
			}
			out = append(out, violation{at: at, message: k.shown() + " is missing", suggestion: k.fix("add it")})
			continue
		}
		if v := s.Metadata[i].Value; !k.takes(v.V) {
			out = append(out, violation{at: v.At, message: k.shown() + " is " + strconv.Quote(v.V) + ", which the policy does not allow", suggestion: k.fix("correct it")})
		}
	}
	return out
}

func (k requiredKey) takes(v string) bool {
	return (len(k.values) == 0 || slices.Contains(k.values, v)) && (k.pattern == nil || k.pattern.MatchString(v))
}

func (k requiredKey) shown() string {
	if name, ok := strings.CutPrefix(k.written, "labels."); ok {
		return "the label " + name
	}
	return "the metadata " + k.written
}

// fix says what to do, and with which values.
func (k requiredKey) fix(do string) string {
	if allowed := k.allowed(); allowed != "" {
		return do + " with" + allowed
	}
	return do
}

// allowed says what the key may hold, beginning with a blank; empty for anything.
func (k requiredKey) allowed() string {
	out := ""
	if len(k.values) > 0 {
		out = " one of " + strings.Join(k.values, ", ")
	}
	if k.pattern != nil {
		if out != "" {
			out += ","
		}
		out += " a value that matches " + strings.TrimSuffix(strings.TrimPrefix(k.pattern.String(), "^(?:"), ")$")
	}
	return out
}

func (c requiredLabels) sentence() string {
	var parts []string
	for _, k := range c.keys {
		text := k.shown()
		if allowed := k.allowed(); allowed != "" {
			text += " with" + allowed
		}
		parts = append(parts, text)
	}
	return " must carry " + listed(parts)
}
