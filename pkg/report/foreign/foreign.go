// Package foreign reads reports that another run wrote. Whoever proposed the
// change under test may have written the file by hand, so nothing in it is
// believed: it has to follow the schema and keep the limits, and its verdict is
// never better than its parts say.
package foreign

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/nthlayer/action/docs"
	"github.com/nthlayer/action/pkg/report"
)

const (
	// MaxBytes is the largest report that is read. One of a thousand services
	// with three objectives and ten metrics each has about 10 MB.
	MaxBytes = 16 << 20
	// maxText is the most characters that are kept of a text. What people read
	// is shorter; a longer expression is cut.
	maxText = 2000
	// maxNumber is larger than anything that is measured. A number in a file
	// takes a few characters for hundreds on the screen.
	maxNumber = 1e15
	// maxSaid is the most of an answer of the schema that an error repeats.
	maxSaid = 200
)

// Read returns a report from the bytes of its file, and what is doubtful about
// it. The error says what is wrong with a file that is no report.
func Read(data []byte) (*report.Report, []string, error) {
	if len(data) > MaxBytes {
		return nil, nil, fmt.Errorf("it has %d bytes, and a report of more than %d is not read", len(data), MaxBytes)
	}
	tree, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return nil, nil, fmt.Errorf("it is no JSON: %w", err)
	}
	if err := version(tree); err != nil {
		return nil, nil, err
	}
	if tree, err = bounded(tree); err != nil {
		return nil, nil, err
	}
	if err := follows(tree); err != nil {
		return nil, nil, err
	}
	// Read again from what was checked: a key that stands twice in the file was
	// seen once.
	checked, err := json.Marshal(tree)
	if err != nil {
		return nil, nil, fmt.Errorf("write the checked report: %w", err)
	}
	var rep report.Report
	if err := json.Unmarshal(checked, &rep); err != nil {
		return nil, nil, fmt.Errorf("it is no report: %w", err)
	}
	return &rep, weigh(&rep), nil
}

// version refuses another version of the layout by name, before the schema would
// find many things wrong with it.
func version(tree any) error {
	object, ok := tree.(map[string]any)
	if !ok {
		return errors.New("it is no report: it must be a JSON object")
	}
	n, ok := object["schema_version"].(json.Number)
	if !ok {
		return errors.New("it is no report: it has no schema_version")
	}
	if want := fmt.Sprint(report.SchemaVersion); n.String() != want {
		return fmt.Errorf("its schema_version is %s, and this program reads %s; let both runs use the same version of nthlayer",
			report.Clip(n.String(), maxSaid), want)
	}
	return nil
}

// bounded returns the tree with long texts cut. A number out of all bounds is an
// error: no report has one.
func bounded(tree any) (any, error) {
	var err error
	switch v := tree.(type) {
	case string:
		return report.Clip(v, maxText), nil
	case json.Number:
		if f, errFloat := v.Float64(); errFloat != nil || math.Abs(f) > maxNumber || len(v) > 40 {
			return nil, fmt.Errorf("it is no report: it holds the number %s", report.Clip(v.String(), 40))
		}
	case []any:
		for i := range v {
			if v[i], err = bounded(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for key := range v {
			if v[key], err = bounded(v[key]); err != nil {
				return nil, err
			}
		}
	}
	return tree, nil
}

// follows checks the tree against the schema of reports.
func follows(tree any) error {
	const name = "report.schema.json"
	text, err := jsonschema.UnmarshalJSON(strings.NewReader(docs.ReportSchema()))
	if err != nil {
		return fmt.Errorf("read the schema of reports: %w", err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(name, text); err != nil {
		return fmt.Errorf("read the schema of reports: %w", err)
	}
	schema, err := c.Compile(name)
	if err != nil {
		return fmt.Errorf("read the schema of reports: %w", err)
	}
	err = schema.Validate(tree)
	if wrong, ok := errors.AsType[*jsonschema.ValidationError](err); ok {
		return said(wrong)
	}
	return err
}

// said is the first thing that the schema has against a file.
func said(wrong *jsonschema.ValidationError) error {
	for len(wrong.Causes) > 0 {
		wrong = wrong.Causes[0]
	}
	what := wrong.BasicOutput()
	return fmt.Errorf("it does not follow the schema of reports: at %s: %s",
		cmp.Or(report.Clip(what.InstanceLocation, maxSaid), "/"), report.Clip(what.Error.String(), maxSaid))
}
