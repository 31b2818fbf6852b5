package ruler

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/spec"
)

// group is a group of rules as it lies in a file or comes from a server.
type group struct {
	Name     string   `yaml:"name"`
	Interval duration `yaml:"interval"`
	Rules    []rule   `yaml:"rules"`

	// text is the document that is sent, origin the place that it comes from.
	text   []byte
	origin spec.Origin
}

type rule struct {
	Alert       string            `yaml:"alert"`
	Record      string            `yaml:"record"`
	Expr        string            `yaml:"expr"`
	For         duration          `yaml:"for"`
	KeepFiring  duration          `yaml:"keep_firing_for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

func (r rule) name() string {
	if r.Alert != "" {
		return r.Alert
	}
	return r.Record
}

// duration reads 5m, 5m0s and 0 as equal ones: servers write them otherwise than
// files do.
type duration time.Duration

// String writes a duration as Prometheus does.
func (d duration) String() string { return model.Duration(d).String() }

// UnmarshalYAML reads a duration as Prometheus or Go writes it.
func (d *duration) UnmarshalYAML(n *yaml.Node) error {
	if p, err := model.ParseDuration(n.Value); err == nil {
		*d = duration(p)
		return nil
	}
	p, err := time.ParseDuration(n.Value)
	if err != nil {
		return fmt.Errorf("line %d: %q is no duration", n.Line, n.Value)
	}
	*d = duration(p)
	return nil
}

func newGroup(n *yaml.Node) (group, error) {
	var g group
	if err := n.Decode(&g); err != nil {
		return g, err
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(n); err != nil {
		return g, err
	}
	g.text = b.Bytes()
	return g, e.Close()
}

// maxTold bounds how many differences of a group are told.
const maxTold = 3

// difference says how a deployed group differs from the generated one; empty when
// it does not.
func (g group) difference(wanted group) string {
	all := g.differences(wanted)
	if more := len(all) - maxTold; more > 0 {
		all = append(all[:maxTold], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(all, "; ")
}

func (g group) differences(wanted group) []string {
	var out []string
	if g.Interval != wanted.Interval {
		out = append(out, "its interval is "+g.Interval.String()+", not "+wanted.Interval.String())
	}
	there, generated := g.names(), wanted.names()
	if slices.Equal(there, generated) {
		for i, w := range wanted.Rules {
			out = append(out, g.Rules[i].differences(w)...)
		}
		return out
	}
	lacks, extra := without(generated, there), without(there, generated)
	if len(lacks)+len(extra) == 0 {
		return append(out, "its rules stand in another order")
	}
	for _, name := range lacks {
		out = append(out, "it lacks "+name)
	}
	for _, name := range extra {
		out = append(out, "it has "+name+", which is not generated")
	}
	return out
}

func (g group) names() []string {
	out := make([]string, len(g.Rules))
	for i, r := range g.Rules {
		out[i] = r.name()
	}
	return out
}

// without returns the names that the others lack; a name counts as often as it is
// there.
func without(names, others []string) []string {
	left := slices.Clone(others)
	var out []string
	for _, name := range names {
		if i := slices.Index(left, name); i >= 0 {
			left = slices.Delete(left, i, i+1)
			continue
		}
		out = append(out, name)
	}
	return out
}

func (r rule) differences(w rule) []string {
	var out []string
	add := func(differs bool, text string) {
		if differs {
			out = append(out, text)
		}
	}
	name := w.name()
	add((r.Alert == "") != (w.Alert == ""), name+" is an alert on one side and a recording rule on the other")
	add(!sameExpr(r.Expr, w.Expr), "the expression of "+name+" is another one")
	add(r.For != w.For, name+" waits "+r.For.String()+", not "+w.For.String())
	add(r.KeepFiring != w.KeepFiring, name+" keeps firing for "+r.KeepFiring.String()+", not "+w.KeepFiring.String())
	add(!maps.Equal(r.Labels, w.Labels), "the labels of "+name+" are others")
	add(!maps.Equal(r.Annotations, w.Annotations), "the texts of "+name+" are others")
	return out
}

// sameExpr compares expressions, which servers print anew. What is no PromQL, as
// LogQL, is compared as it is written.
func sameExpr(a, b string) bool {
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	if a == b {
		return true
	}
	x, err := promql.Parse(a)
	if err != nil {
		return false
	}
	y, err := promql.Parse(b)
	return err == nil && x.String() == y.String()
}
