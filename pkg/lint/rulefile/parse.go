package rulefile

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// RuleStructure is the id of everything that is wrong with the shape of a rule
// file: what Prometheus refuses to load before it looks at any expression.
const RuleStructure = "rule/structure"

// Parse reads a rule file: one with groups at the top, PrometheusRule resources
// in one or several documents, or a list of them. Resources of other kinds are
// passed over. It collects every problem, and returns the rules that can be
// understood beside them. The name is used in positions as it is. When ctx ends
// early the result is incomplete, so callers look at ctx.Err.
func Parse(ctx context.Context, name string, data []byte) (*File, []report.Finding) {
	docs, findings := document.ParseContext(ctx, name, data, document.RuleLimits())
	p := &reader{file: &File{Name: name}, findings: findings}
	for _, n := range docs {
		p.root(n)
	}
	return p.file, p.findings
}

// IsRuleFile reports whether a document looks like rules, so that a folder of
// mixed files can be linted.
func IsRuleFile(n *document.Node) bool {
	if n.Has("groups") {
		return true
	}
	switch textOf(n.Get("kind")) {
	case kindRule, kindRuleList:
		return true
	case kindList:
		return n.Has("items") && slices.ContainsFunc(n.Get("items").Items, IsRuleFile)
	}
	return false
}

// The kinds of the Prometheus operator.
const (
	kindRule     = "PrometheusRule"
	kindRuleList = "PrometheusRuleList"
	kindList     = "List"
)

// reader carries what one Parse gathers.
type reader struct {
	file *File
	// document counts what is loaded alone: files and resources.
	document int
	// plain is set after the first document that is no resource.
	plain    bool
	findings []report.Finding
}

func (p *reader) add(n *document.Node, path, message, fix string) {
	if !n.Kind.Scalar() {
		p.at(n.At, path, n, message, fix)
		return
	}
	t := Text{V: n.Text, Path: path, Place: valueAt(n)}
	p.findings = append(p.findings, t.Whole(RuleStructure, report.Error, message, fix))
}

func (p *reader) at(at report.Position, path string, n *document.Node, message, fix string) {
	f := located(at, n, RuleStructure, report.Error, "", message, fix)
	f.Path = path
	p.findings = append(p.findings, f)
}

// key reports a key of a mapping.
func (p *reader) key(n *document.Node, f document.Field, path string, severity report.Severity, message, fix string) {
	t := Text{V: f.Key, Path: join(path, f.Key), Place: keyAt(n, f)}
	p.findings = append(p.findings, t.Whole(RuleStructure, severity, message, fix))
}

func (p *reader) root(n *document.Node) {
	if n.Kind != document.Mapping {
		p.add(n, "", "a rule file begins with groups:, this one holds "+n.Kind.String(), "put the rules below groups:, each group with a name and rules")
		return
	}
	switch kind := textOf(n.Get("kind")); {
	case kind == kindRule:
		p.resource(n)
	case kind == kindList || kind == kindRuleList:
		p.list(n)
	case n.Has("groups") || !n.Has("kind"):
		p.plainFile(n)
	}
}

// plainFile reads a document as Prometheus does: the second of a file it leaves
// out without a word.
func (p *reader) plainFile(n *document.Node) {
	if p.plain {
		p.at(n.At, "groups", n, "Prometheus reads only the first document of a rule file; the rules from here on are lost", "put all groups below one groups:")
		return
	}
	p.plain = true
	p.known(n, "", "a rule file", fileFields())
	p.groups(n.Get("groups"))
	p.document++
}

func (p *reader) list(n *document.Node) {
	items := n.Get("items")
	if items == nil {
		return
	}
	for _, item := range items.Items {
		if textOf(item.Get("kind")) != kindRule {
			continue
		}
		p.resource(item)
	}
}

func (p *reader) resource(n *document.Node) {
	p.document++
	spec := n.Get("spec")
	if spec.IsNull() {
		p.at(n.At, "", n, "a PrometheusRule without spec holds no rules", "put the groups below spec:")
		return
	}
	if spec.Kind != document.Mapping {
		p.add(spec, "spec", "spec is "+spec.Kind.String()+", not a mapping", "put groups: below spec:")
		return
	}
	p.known(spec, "spec", "spec", fileFields())
	before := len(p.file.Groups)
	p.groups(spec.Get("groups"))
	for _, g := range p.file.Groups[before:] {
		g.Resource = true
	}
}

func (p *reader) groups(n *document.Node) {
	if n.IsNull() {
		return
	}
	if n.Kind != document.Sequence {
		p.add(n, "groups", "groups is "+n.Kind.String()+", not a list", "begin each group with - name:")
		return
	}
	for _, item := range n.Items {
		p.group(item)
	}
}

func (p *reader) group(n *document.Node) {
	if n.Kind != document.Mapping {
		p.add(n, "groups", "a group is a mapping with a name and rules, this is "+n.Kind.String(), "begin the group with - name:")
		return
	}
	name := textOf(n.Get("name"))
	p.known(n, name, "a group", groupFields())
	g := &Group{
		Document:    p.document,
		Name:        p.scalar(n, "name", name),
		Interval:    p.scalar(n, "interval", name),
		QueryOffset: p.scalar(n, "query_offset", name),
		Limit:       limit(n.Get("limit"), name),
		Labels:      sortedByName(p.pairs(n, "labels", name)),

		PartialResponseStrategy: p.scalar(n, "partial_response_strategy", name),
		SourceTenants:           tenants(n.Get("source_tenants"), name),
	}
	if name == "" {
		p.at(n.At, "groups", n, "a group has no name", "add name: with a name that no other group of the file has")
	}
	p.limit(n.Get("limit"), name)
	p.rules(g, n.Get("rules"))
	p.file.Groups = append(p.file.Groups, g)
}

// limit returns the limit of a group where it can be one.
func limit(n *document.Node, group string) Text {
	if n.IsNull() || !isLimit(n) {
		return Text{}
	}
	return Text{V: n.Text, Path: join(group, "limit"), Place: valueAt(n)}
}

// isLimit reports whether Prometheus reads a limit, which it also does of a float,
// such as 1e3.
func isLimit(n *document.Node) bool {
	v, err := strconv.ParseFloat(n.Text, 64)
	return n.Kind == document.Int || n.Kind == document.Float && err == nil && math.Abs(v) < math.MaxInt64
}

// tenants returns the tenants of Mimir that a group reads. Only Mimir says what is
// wrong with the list.
func tenants(n *document.Node, group string) []Text {
	if n.IsNull() || n.Kind != document.Sequence {
		return nil
	}
	var out []Text
	for _, item := range n.Items {
		if item.Kind.Scalar() {
			out = append(out, Text{V: item.Text, Path: join(group, "source_tenants"), Place: valueAt(item)})
		}
	}
	return out
}

func (p *reader) limit(n *document.Node, group string) {
	if n.IsNull() || isLimit(n) {
		return
	}
	p.add(n, join(group, "limit"), "limit is "+n.Kind.String()+", not a whole number", "write the number of series or alerts that a rule may produce, or leave it out")
}

func (p *reader) rules(g *Group, n *document.Node) {
	if n.IsNull() {
		return
	}
	if n.Kind != document.Sequence {
		p.add(n, join(g.Name.V, "rules"), "rules is "+n.Kind.String()+", not a list", "begin each rule with - alert: or - record:")
		return
	}
	for _, item := range n.Items {
		if r := p.rule(g, item); r != nil {
			r.Index = len(g.Rules)
			g.Rules = append(g.Rules, r)
		}
	}
}

// rule returns nil for a rule that nothing can be said about beyond its shape.
func (p *reader) rule(g *Group, n *document.Node) *Rule {
	if n.Kind != document.Mapping {
		p.add(n, join(g.Name.V, "rules"), "a rule is a mapping with alert or record, and expr; this is "+n.Kind.String(), "begin the rule with - alert: or - record:")
		return nil
	}
	alert, record := textOf(n.Get("alert")), textOf(n.Get("record"))
	name := alert + record
	path := join(g.Name.V, name)
	p.known(n, path, "a rule", ruleFields())
	if (alert == "") == (record == "") {
		p.kind(n, path, alert != "")
		return nil
	}
	r := &Rule{
		Name:          p.scalar(n, "alert", path),
		Expr:          p.scalar(n, "expr", path),
		For:           p.scalar(n, "for", path),
		KeepFiringFor: p.scalar(n, "keep_firing_for", path),
		Labels:        p.pairs(n, "labels", path),
		Annotations:   p.pairs(n, "annotations", path),
		Group:         g,
	}
	if record != "" {
		r.Kind, r.Name = Record, p.scalar(n, "record", path)
		p.recordFields(n, path)
	}
	if e := n.Get("expr"); r.Expr.V == "" && (e == nil || e.Kind.Scalar()) {
		p.missingExpr(n, path, r)
	}
	return r
}

func (p *reader) kind(n *document.Node, path string, both bool) {
	if both {
		p.at(n.Get("record").At, path, n, "a rule has either alert or record, this one has both", "make two rules of it")
		return
	}
	p.at(n.At, path, n, "a rule has neither alert nor record", "name the rule with alert: or record:")
}

func (p *reader) missingExpr(n *document.Node, path string, r *Rule) {
	at := n.At
	if e := n.Get("expr"); e != nil {
		at = e.At
	}
	p.at(at, join(path, "expr"), n, fmt.Sprintf("the rule %s has no expression", r.Name.V), "add expr: with a PromQL expression")
}

// recordFields reports the fields that only an alert has.
func (p *reader) recordFields(n *document.Node, path string) {
	for _, f := range n.Fields {
		if !slices.Contains([]string{"for", "keep_firing_for", "annotations"}, f.Key) || emptyValue(f.Value) {
			continue
		}
		p.key(n, f, path, report.Error, "a recording rule has no "+f.Key, "remove it, or make the rule an alert")
	}
}

func emptyValue(n *document.Node) bool {
	return n.IsNull() || (!n.Kind.Scalar() && len(n.Fields) == 0) || n.Text == "0s"
}

// scalar returns the text of a field. A list or a mapping in its place is
// reported.
func (p *reader) scalar(n *document.Node, key, path string) Text {
	v := n.Get(key)
	if v.IsNull() {
		return Text{}
	}
	if !v.Kind.Scalar() {
		p.add(v, join(path, key), key+" is "+v.Kind.String()+", not text", "write it as one value")
		return Text{}
	}
	return Text{V: v.Text, Path: join(path, key), Place: valueAt(v)}
}

// pairs returns the entries of labels or annotations. Numbers and booleans are
// taken as their text, as Prometheus does.
func (p *reader) pairs(n *document.Node, key, path string) []Pair {
	m := n.Get(key)
	if m.IsNull() {
		return nil
	}
	path = join(path, key)
	if m.Kind != document.Mapping {
		p.add(m, path, key+" is "+m.Kind.String()+", not a mapping", "write one name: value a line")
		return nil
	}
	out := make([]Pair, 0, len(m.Fields))
	for _, f := range m.Fields {
		if !f.Value.Kind.Scalar() {
			p.add(f.Value, join(path, f.Key), fmt.Sprintf("the value of %s is %s, not text", f.Key, f.Value.Kind), "write it as one value, in quotes where needed")
			continue
		}
		path := join(path, f.Key)
		out = append(out, Pair{
			Key:   Text{V: f.Key, Path: path, Place: keyAt(m, f)},
			Value: Text{V: f.Value.Text, Path: path, Place: valueAt(f.Value)},
		})
	}
	return out
}
