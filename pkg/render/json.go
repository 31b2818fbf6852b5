package render

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

// writeJSON writes the whole report. An unknown number is null; a list without
// entries is [] and never null, so that readers can loop without asking.
func writeJSON(w io.Writer, rep *report.Report, _ Options) error {
	whole := withLists(*rep)
	findings := whole.Findings
	whole.Findings = []report.Finding{}
	var around bytes.Buffer
	if err := encodeJSON(&around, whole); err != nil {
		return err
	}
	before, behind, _ := bytes.Cut(around.Bytes(), []byte(noFindings))
	out := bufio.NewWriter(w)
	_, _ = out.Write(before) // what goes wrong is kept for Flush
	if err := writeFindings(out, findings); err != nil {
		return err
	}
	_, _ = out.Write(behind)
	return out.Flush()
}

// noFindings is the list of findings in a report without any. Only a key of the report
// itself has this indentation, and a line break in a text is written as an escape.
const noFindings = "\n  \"findings\": []"

// writeFindings writes the list one by one: there may be so many that all of them as
// text are most of the memory of a run.
func writeFindings(out *bufio.Writer, findings []report.Finding) error {
	if len(findings) == 0 {
		_, err := out.WriteString(noFindings)
		return err
	}
	_, _ = out.WriteString(strings.TrimSuffix(noFindings, "]"))
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("    ", "  ")
	for i := range findings {
		b.Reset()
		if err := enc.Encode(&findings[i]); err != nil {
			return err
		}
		if i > 0 {
			_ = out.WriteByte(',')
		}
		_, _ = out.WriteString("\n    ")
		_, _ = out.Write(jsonText(bytes.TrimSuffix(b.Bytes(), []byte("\n"))))
	}
	_, err := out.WriteString("\n  ]")
	return err
}

// JSON writes a value that is no report as indented JSON, for whoever reads a log:
// nothing in it is a command to a runner.
func JSON(w io.Writer, v any) error { return encodeJSON(w, v) }

// encodeJSON writes indented JSON that is free of workflow commands.
func encodeJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(jsonText(b.Bytes()))
	return err
}

// withLists returns the report with an empty list for every nil one. The report
// it was given stays as it is.
func withLists(rep report.Report) report.Report {
	rep.Stages, rep.Findings = filled(rep.Stages), filled(rep.Findings)
	services := make([]report.Service, len(rep.Services))
	for i, s := range rep.Services {
		services[i] = serviceWithLists(s)
	}
	rep.Services = services
	if rep.Portfolio != nil {
		p := *rep.Portfolio
		p.ByTier, p.Insights = filled(p.ByTier), filled(p.Insights)
		rep.Portfolio = &p
	}
	return rep
}

func serviceWithLists(s report.Service) report.Service {
	s.SLOs, s.Artifacts = filled(s.SLOs), filled(s.Artifacts)
	metrics := make([]report.Metric, len(s.Metrics))
	for i, m := range s.Metrics {
		m.Sources = filled(m.Sources)
		metrics[i] = m
	}
	s.Metrics = metrics
	if s.Gate == nil {
		return s
	}
	g := *s.Gate
	g.Conditions, g.Exceptions, g.Reasons = filled(g.Conditions), filled(g.Exceptions), filled(g.Reasons)
	if g.BlastRadius != nil {
		b := *g.BlastRadius
		b.Direct, b.Transitive = filled(b.Direct), filled(b.Transitive)
		g.BlastRadius = &b
	}
	s.Gate = &g
	return s
}

func filled[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
