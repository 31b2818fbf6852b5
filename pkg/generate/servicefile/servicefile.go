// Package servicefile writes service files: those that are imported, and those that a
// gate carries into a cluster.
package servicefile

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/pkg/generate/manifest"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/spec"
)

// Flat is a service file in its flat form. Texts are as they are meant: Escaped is
// what is written.
type Flat struct {
	Name        string `yaml:"name"`
	Description string `yaml:"description,omitempty"`
	Team        string `yaml:"team"`
	Tier        string `yaml:"tier"`
	Type        string `yaml:"type"`
	SLOs        []SLO  `yaml:"slos,omitempty"`
}

// SLO is one SLO, with the fields of its indicator beside its own.
type SLO struct {
	Name         string            `yaml:"name,omitempty"`
	Description  string            `yaml:"description,omitempty"`
	Objective    yaml.Node         `yaml:"objective"`
	Window       string            `yaml:"window"`
	Labels       map[string]string `yaml:"labels,omitempty"`
	GoodQuery    string            `yaml:"good_query,omitempty"`
	ErrorQuery   string            `yaml:"error_query,omitempty"`
	TotalQuery   string            `yaml:"total_query,omitempty"`
	Query        string            `yaml:"query,omitempty"`
	LatencyQuery string            `yaml:"latency_query,omitempty"`
	ThresholdMS  yaml.Node         `yaml:"threshold_ms,omitempty"`
	Metric       string            `yaml:"metric,omitempty"`
	Threshold    yaml.Node         `yaml:"threshold,omitempty"`
	Op           string            `yaml:"op,omitempty"`
}

// Escaped returns the file with texts in which nothing looks like a variable.
func (f Flat) Escaped() Flat {
	f.Description, f.Team = literal(f.Description), literal(f.Team)
	f.SLOs = slices.Clone(f.SLOs)
	for i := range f.SLOs {
		f.SLOs[i] = f.SLOs[i].escaped()
	}
	return f
}

func (s SLO) escaped() SLO {
	s.Name, s.Description = literal(s.Name), literal(s.Description)
	for _, query := range []*string{&s.GoodQuery, &s.ErrorQuery, &s.TotalQuery, &s.Query, &s.LatencyQuery, &s.Metric} {
		*query = withoutVariables(*query)
	}
	s.Labels = literals(s.Labels)
	return s
}

// literal writes a text so that no variable is in it.
func literal(s string) string { return strings.ReplaceAll(s, "${", "$${") }

func literals(m map[string]string) map[string]string {
	out := map[string]string{}
	for key, value := range m {
		out[key] = literal(value)
	}
	return out
}

// withoutVariables spells a dollar sign in front of a brace as PromQL's escape for it:
// no query of a service file may hold a variable that nobody resolves. Only strings
// of an expression hold one, and they are printed in double quotes.
func withoutVariables(query string) string {
	if !strings.Contains(query, "${") {
		return query
	}
	expr, err := promql.Parse(query)
	if err != nil {
		return query
	}
	return strings.ReplaceAll(expr.String(), "${", `\x24{`)
}

// Of returns an SLO as it is to be written, with the queries of its service type
// where it has none of its own.
func Of(s spec.SLO) SLO {
	i := s.Indicator
	out := SLO{
		Name: s.Name.V, Description: s.Description.V, Objective: manifest.Number(s.Objective.V.Text), Window: s.Window.V.Text, Labels: map[string]string{},
		GoodQuery: i.Good.V, ErrorQuery: i.Bad.V, TotalQuery: i.Total.V, Query: i.Ratio.V, LatencyQuery: i.Query.V,
	}
	for _, l := range s.Labels {
		out.Labels[l.Key] = l.Value.V
	}
	switch i.Kind {
	case spec.IndicatorLatency:
		out.ThresholdMS = manifest.Number(Decimal(Milliseconds(i.Threshold.V)))
	case spec.IndicatorThreshold:
		out.Metric, out.Op = i.Metric.V, i.Op.V
		out.Threshold = manifest.Number(strconv.FormatFloat(i.Threshold.V, 'f', -1, 64))
	case spec.IndicatorEvents, spec.IndicatorRatio, spec.IndicatorNone:
	}
	return out
}

// Milliseconds are those of a number of seconds as it is printed: 0.3 is 300.
func Milliseconds(seconds float64) *big.Rat {
	r, ok := new(big.Rat).SetString(strconv.FormatFloat(seconds, 'g', -1, 64))
	if !ok {
		return new(big.Rat)
	}
	return r.Mul(r, big.NewRat(1000, 1))
}

// Decimal prints a number with a finite decimal form exactly, and others to 15 digits.
func Decimal(r *big.Rat) string {
	digits, exact := r.FloatPrec()
	if !exact {
		digits = 15
	}
	return r.FloatString(digits)
}
