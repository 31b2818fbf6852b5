package pint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/nthlayer/action/pkg/report"
)

// Problem is one entry of pint's report as JSON.
type Problem struct {
	Path     string `json:"path"`
	Reporter string `json:"reporter"`
	Problem  string `json:"problem"`
	Details  string `json:"details"`
	Severity string `json:"severity"`
	// Lines are all lines that it is about. Columns are not told.
	Lines []int `json:"lines"`
}

// Span returns the first and the last line, and 0 twice where none is told.
func (p Problem) Span() (first, last int) {
	if len(p.Lines) == 0 {
		return 0, 0
	}
	return max(slices.Min(p.Lines), 0), max(slices.Max(p.Lines), 0)
}

// severities are ours by pint's.
func severities() map[string]report.Severity {
	return map[string]report.Severity{"Fatal": report.Error, "Bug": report.Error, "Warning": report.Warning, "Information": report.Info}
}

// Decode reads a report of pint. Anything behind it, and entries without what every
// entry has, are errors.
func Decode(data []byte) ([]Problem, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	var problems []Problem
	if err := decoder.Decode(&problems); err != nil {
		return nil, err
	}
	if problems == nil {
		return nil, errors.New("it holds no list")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something stands behind the list")
	}
	for i, p := range problems {
		if _, ok := severities()[p.Severity]; !ok || p.Path == "" || p.Reporter == "" || p.Problem == "" {
			return nil, fmt.Errorf("entry %d has no path, reporter or problem, or its severity is none of Fatal, Bug, Warning and Information", i+1)
		}
	}
	return problems, nil
}
