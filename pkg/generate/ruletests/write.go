package ruletests

import (
	"bytes"
	"fmt"

	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/rules"
	"github.com/nthlayer/action/pkg/spec"
)

// file is a file of unit tests as promtool reads it.
type file struct {
	RuleFiles []string `yaml:"rule_files"`
	Interval  string   `yaml:"evaluation_interval"`
	Order     []string `yaml:"group_eval_order"`
	Tests     []test   `yaml:"tests"`
}

type test struct {
	Name     string   `yaml:"name"`
	Interval string   `yaml:"interval"`
	Series   []series `yaml:"input_series,omitempty"`
	Queries  []query  `yaml:"promql_expr_test"`
}

type series struct {
	Series string `yaml:"series"`
	Values string `yaml:"values"`
}

type query struct {
	Expr    string   `yaml:"expr"`
	At      string   `yaml:"eval_time"`
	Samples []sample `yaml:"exp_samples"`
}

type sample struct {
	Labels string `yaml:"labels"`
	Value  int64  `yaml:"value"`
}

// write prints the file under a comment of the lines of the header, and returns which
// lines came from where.
func write(header []string, f file, origins []spec.Origin) ([]byte, []generate.Trace, error) {
	var b bytes.Buffer
	for _, line := range header {
		b.WriteString("# " + rules.Comment(line) + "\n")
	}
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := encoder.Encode(f); err != nil {
		return nil, nil, fmt.Errorf("write the tests: %w", err)
	}
	if err := encoder.Close(); err != nil {
		return nil, nil, fmt.Errorf("write the tests: %w", err)
	}
	var read struct {
		Tests []yaml.Node `yaml:"tests"`
	}
	if err := yaml.Unmarshal(b.Bytes(), &read); err != nil {
		return nil, nil, fmt.Errorf("read the written tests: %w", err)
	}
	trace := make([]generate.Trace, len(f.Tests))
	for i, t := range f.Tests {
		trace[i] = generate.Trace{Line: read.Tests[i].Line, EndLine: bytes.Count(b.Bytes(), []byte("\n")), What: t.Name, Origin: origins[i]}
		if i > 0 {
			trace[i-1].EndLine = trace[i].Line - 1
		}
	}
	return b.Bytes(), trace, nil
}
