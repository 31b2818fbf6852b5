package organisation

import (
	"slices"
	"strconv"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// Decode reads a policy. The name is its path in the workspace; ids are the rules
// that lint, waivers and severities may name. The findings say everything that is
// wrong. The policy holds what could be read beside them: a rule with a mistake is
// left out, so that it never means something else.
func Decode(name string, data []byte, ids []string) (*Policy, []report.Finding) {
	p := &Policy{File: name}
	docs, problems := document.Parse(name, data, document.ServiceLimits())
	if len(problems) > 0 {
		p.Incomplete = true
		return p, problems
	}
	if len(docs) != 1 {
		p.Incomplete = true
		return p, []report.Finding{documents(name, docs)}
	}
	d := decoder{ids: ids, policy: p, named: map[string]bool{}}
	d.top(docs[0])
	return p, d.findings
}

func documents(name string, docs []*document.Node) report.Finding {
	if len(docs) == 0 {
		f := report.At(report.Position{File: name}, RuleInvalid, report.Error, "the policy is empty")
		f.Suggestion = "write version: 1 and rules:, or remove the file"
		return f
	}
	return finding(docs[1], docs[1].At, RuleInvalid, report.Error, "the policy has more than one document", "put everything into the first one")
}

// decoder reads one policy.
type decoder struct {
	reader
	ids    []string
	policy *Policy
	// named are the names of the rules of the policy.
	named map[string]bool
}

func (d *decoder) top(root *document.Node) {
	var top *document.Node
	d.policy.Incomplete = !d.sound(func() { top = d.head(root) })
	if top == nil {
		return
	}
	d.policy.Settings = settings(top)
	d.policy.Lint = d.lint(top.Get("lint"))
	d.policy.Metadata = d.metadata(top.Get("metadata"))
	d.policy.Waivers = d.waivers(top.Get("waivers"))
	d.policy.Baseline = d.inside(top.Get("baseline"), "baseline")
	for _, item := range d.list(top.Get("promruval"), "promruval") {
		if v := d.inside(item, "promruval"); v.Set() {
			d.policy.Promruval = append(d.policy.Promruval, v)
		}
	}
}

// head reads the version and the rules.
func (d *decoder) head(root *document.Node) *document.Node {
	top := d.fields(root, "the policy", "version", "rules", "lint", "metadata", "promruval", "waivers", "baseline")
	if top == nil {
		if root.IsNull() {
			d.wrong(root, "the policy is empty", "write version: 1 and rules:, or remove the file")
		}
		return nil
	}
	d.version(top)
	d.rules(top.Get("rules"))
	return top
}

// version keeps the way open for a file of another form.
func (d *decoder) version(top *document.Node) {
	n := top.Get("version")
	if n.IsNull() {
		d.wrong(top, "the policy has no version", "add version: 1")
		return
	}
	if n.Kind != document.Int || n.Text != strconv.Itoa(Version) {
		d.wrong(n, "this nthlayer reads version 1 of a policy, not "+strconv.Quote(report.Clip(n.Text, 20)), "write version: 1")
	}
}

func (d *decoder) rules(n *document.Node) {
	if n.IsNull() {
		return
	}
	if n.Kind != document.Sequence {
		d.wrongType(n, "rules", "a list")
		return
	}
	for _, item := range n.Items {
		var rule Rule
		if !d.sound(func() { rule = d.rule(item) }) {
			d.named[rule.Name.V] = true // a waiver of it is no mistake of its own
			continue
		}
		if slices.Contains(d.ids, rule.Name.V) {
			d.wrong(rule.Name.At.node, "a rule of lint has the name "+strconv.Quote(rule.Name.V), "choose another one: waivers name both by their names")
			continue
		}
		if d.named[rule.Name.V] {
			d.wrong(rule.Name.At.node, "there is another rule "+strconv.Quote(rule.Name.V), "give each rule a name of its own: findings and waivers go by it")
			continue
		}
		d.named[rule.Name.V] = true
		d.policy.Rules = append(d.policy.Rules, rule)
	}
}

func (d *decoder) rule(n *document.Node) Rule {
	before := len(d.findings)
	r := Rule{Severity: report.Error, At: place(n)}
	if n.IsNull() {
		d.wrong(n, "a rule is empty", "write name:, type: and params:, or remove the item")
		return r
	}
	m := d.fields(n, "the rule", "name", "type", "severity", "description", "params", "when")
	if m == nil {
		return r
	}
	r.Name = d.required(m, "name", "the rule", "add name: with a few words, as checkout-runbooks")
	kind := d.required(m, "type", "the rule", "add type: with one of "+kindList())
	r.Description = d.text(m.Get("description"), "description").V
	if s := d.severity(m.Get("severity")); s != "" {
		r.Severity = s
	}
	r.When = d.when(m.Get("when"))
	if !kind.Set() {
		return r
	}
	row, ok := kindNamed(kind.V)
	if !ok {
		d.wrong(kind.At.node, "unknown type of rule "+strconv.Quote(kind.V), nearest(kind.V, kindNames()))
		return r
	}
	r.Kind = row.kind
	params := m.Get("params")
	if params == nil {
		params = document.NewMapping(m)
	}
	r.check = row.decode(d, params)
	if c, ok := r.check.(tiered); ok && len(r.When.Tiers) > 0 && !slices.ContainsFunc(r.When.Tiers, c.concerns) && len(d.findings) == before {
		d.wrong(m.Get("when").Get("tier"), "the rule can never hold: its params ask nothing of the tier "+either(tierTexts(r.When.Tiers)), "name the same tiers in when: and in params:, or remove when:")
	}
	return r
}

// severity reads error, warning or info; absent is "".
func (d *decoder) severity(n *document.Node) report.Severity {
	return report.Severity(d.word(n, "severity", []string{string(report.Error), string(report.Warning), string(report.Info)}).V)
}
