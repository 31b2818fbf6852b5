// Package prometheusrule writes the rules of a service as a PrometheusRule, which is
// where the operator of Prometheus reads rules from. The rules in it are those of
// the rule files, text by text.
package prometheusrule

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/alert"
	"github.com/nthlayer/action/pkg/generate/manifest"
	"github.com/nthlayer/action/pkg/generate/record"
	"github.com/nthlayer/action/pkg/generate/rules"
	"github.com/nthlayer/action/pkg/report"
)

// File is the name of the file with the object.
const File = "prometheusrule.yaml"

// Object generates the PrometheusRule of a service.
type Object struct{}

// Kind is prometheusrule.
func (Object) Kind() generate.Kind { return generate.PrometheusRule }

// sources are the generators of the rules that an object may hold, in their order.
func sources() []generate.Generator {
	return []generate.Generator{record.Rules{}, record.BurnRate{}, alert.Alerts{}}
}

// Generate returns one file with one object, none for a service without rules.
func (Object) Generate(job generate.Job) generate.Result {
	o := object{job: job}
	for _, g := range sources() {
		if only := job.Options.RuleObject.Kinds; len(only) == 0 || slices.Contains(only, g.Kind()) {
			o.add(g.Generate(job))
		}
	}
	if o.count == 0 {
		return o.out
	}
	return o.file()
}

// object is a PrometheusRule on its way: its groups, two blanks deeper than they
// stand in rule files.
type object struct {
	job    generate.Job
	groups bytes.Buffer
	lines  int
	count  int
	// trace counts lines from the first one of groups, which is 1.
	trace []generate.Trace
	// remarks are what the rule files say above their groups.
	remarks []string
	out     generate.Result
}

// key stands above the groups of a rule file.
const key = "groups:\n"

// add adds the groups of rule files.
func (o *object) add(r generate.Result) {
	o.out.Findings = append(o.out.Findings, r.Findings...)
	o.out.LeftOut = append(o.out.LeftOut, r.LeftOut...)
	for _, a := range r.Artefacts {
		head, groups, found := strings.Cut("\n"+string(a.Bytes), "\n"+key)
		if !found {
			continue
		}
		// The first line of a rule file says where it comes from, as that of the
		// object does.
		comments := strings.Split(strings.TrimPrefix(head, "\n"), "\n")
		o.remarks = append(o.remarks, comments[1:]...)
		above := len(comments) + 1
		for _, t := range a.Trace {
			t.Line, t.EndLine = t.Line-above+o.lines, t.EndLine-above+o.lines
			o.trace = append(o.trace, t)
		}
		o.indent(groups)
		o.count += a.Count
	}
}

func (o *object) indent(groups string) {
	for line := range strings.Lines(groups) {
		if line != "\n" {
			o.groups.WriteString("  ")
		}
		o.groups.WriteString(line)
		o.lines++
	}
}

// file writes the object with its groups.
func (o *object) file() generate.Result {
	var p rules.Printer
	p.Comments(rules.Header(o.job.Service))
	for _, r := range o.remarks {
		p.Comments([]string{strings.TrimPrefix(r, "# ")})
	}
	p.Text(0, "apiVersion", "monitoring.coreos.com/v1")
	p.Text(0, "kind", "PrometheusRule")
	p.Key(0, "metadata")
	p.Text(2, "name", o.name())
	if n := o.namespace(); n != "" {
		p.Text(2, "namespace", n)
	}
	p.Key(2, "labels")
	p.TextMap(4, o.labels())
	p.Key(0, "spec")
	p.Key(2, strings.TrimSuffix(key, ":\n"))
	above := p.Line() - 1
	data, err := p.Bytes()
	if err != nil {
		o.out.Findings = append(o.out.Findings, report.Finding{Rule: "generate/expression", Severity: report.Error, Message: File + " could not be written: " + err.Error()})
		return o.out
	}
	for i := range o.trace {
		o.trace[i].Line += above
		o.trace[i].EndLine += above
	}
	o.out.Artefacts = []generate.Artefact{{
		Kind: generate.PrometheusRule, Path: File, Bytes: append(data, o.groups.Bytes()...), Count: o.count, Unit: "rules", Trace: o.trace,
	}}
	return o.out
}

// name is the name of the object. One that holds some kinds of rules only, or is that
// of another environment, must not replace the one that holds all.
func (o *object) name() string {
	parts := []string{"nthlayer", o.job.Service.Name.V}
	if e := o.job.Service.Environment; e != "" {
		parts = append(parts, e)
	}
	for _, k := range o.job.Options.RuleObject.Kinds {
		parts = append(parts, string(k))
	}
	return manifest.Identifier(strings.Join(parts, "-"))
}

// namespace is where the object belongs; empty for whichever is current.
func (o *object) namespace() string {
	written := o.job.Service.Workload.Namespace
	n := cmp.Or(o.job.Options.RuleObject.Namespace, written.V)
	if n != "" && manifest.Identifier(n) != n {
		o.out.Findings = append(o.out.Findings, written.At.Finding("generate/prometheusrule", report.Error, o.job.Service.Name.V,
			"Kubernetes has no namespaces with names like "+strconv.Quote(n)+", so that the PrometheusRule has none", "use lower-case letters, digits and hyphens"))
		return ""
	}
	return n
}

// label and prefix are what Kubernetes takes for the name or the value of a label, and
// for what may stand before a name and a slash.
var (
	label  = regexp.MustCompile(`^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$`)
	prefix = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)
)

// maxPrefix is how long the prefix of a label's name may be.
const maxPrefix = 253

// CheckLabels returns an error that names a label which Kubernetes would not take.
func CheckLabels(labels map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		before, name, slash := strings.Cut(key, "/")
		if !slash {
			before, name = "", key
		}
		if !label.MatchString(name) || slash && (!prefix.MatchString(before) || len(before) > maxPrefix) {
			return fmt.Errorf("no label of Kubernetes is called like %q: write it as release or example.com/team", key)
		}
		if value := labels[key]; value != "" && !label.MatchString(value) {
			return fmt.Errorf("the label %s cannot be %q: use at most 63 letters, digits, dots, hyphens and underscores", key, value)
		}
	}
	return nil
}

// labels are those by which a Prometheus picks the object, with ours.
func (o *object) labels() map[string]string {
	out := map[string]string{"app.kubernetes.io/managed-by": "nthlayer", "app.kubernetes.io/part-of": manifest.Identifier(o.job.Service.Name.V)}
	for name, value := range o.job.Options.RuleObject.Labels {
		out[name] = value
	}
	return out
}
