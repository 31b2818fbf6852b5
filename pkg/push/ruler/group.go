package ruler

import (
	"bytes"
	"fmt"
	"maps"
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

// difference says how a deployed group differs from the generated one; empty when
// it does not.
func (g group) difference(wanted group) string {
	if g.Interval != wanted.Interval {
		return "its interval is " + model.Duration(g.Interval).String() + ", not " + model.Duration(wanted.Interval).String()
	}
	for i, w := range wanted.Rules {
		if i >= len(g.Rules) {
			return "it lacks " + w.name()
		}
		if why := g.Rules[i].difference(w); why != "" {
			return why
		}
	}
	if len(g.Rules) > len(wanted.Rules) {
		return "it has " + g.Rules[len(wanted.Rules)].name() + ", too"
	}
	return ""
}

func (r rule) difference(w rule) string {
	switch {
	case r.Alert != w.Alert || r.Record != w.Record:
		return "it has " + r.name() + " where " + w.name() + " is generated"
	case !sameExpr(r.Expr, w.Expr):
		return "the expression of " + w.name() + " is another one"
	case r.For != w.For || r.KeepFiring != w.KeepFiring:
		return "for: of " + w.name() + " is another one"
	case !maps.Equal(r.Labels, w.Labels):
		return "the labels of " + w.name() + " are others"
	case !maps.Equal(r.Annotations, w.Annotations):
		return "the texts of " + w.name() + " are others"
	}
	return ""
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
