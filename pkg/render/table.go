package render

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/report"
)

// terminal collects the text of the table format.
type terminal struct {
	strings.Builder
	rep  *report.Report
	opts Options
}

// The most characters of one value and of one sentence in the terminal. Files and
// servers write these texts, and one of them must not bury all others; the JSON
// report has them whole.
const (
	maxValue    = 300
	maxSentence = 2000
	maxQuery    = 10_000
)

// value returns a name, a path or another single value for the terminal.
func value(s string) string { return TerminalText(cutRunes(s, maxValue)) }

// prose returns what is said about a value, which may quote some.
func prose(s string) string { return TerminalText(cutRunes(s, maxSentence)) }

// line writes one line. What it is given has to be value or prose by then.
func (t *terminal) line(format string, args ...any) {
	fmt.Fprintf(t, format+"\n", args...)
}

// writeTable writes the report for a person in front of a terminal. The section
// that the command is about comes first, the verdict last, where the eye is when
// the command returns.
func writeTable(w io.Writer, rep *report.Report, opts Options) error {
	t := &terminal{rep: rep, opts: opts}
	if !opts.Quiet {
		t.header()
	}
	for _, section := range t.sections() {
		if err := section(); err != nil {
			return err
		}
	}
	t.verdict()
	_, err := io.WriteString(w, t.String())
	return err
}

// sections returns what to write, in the order that suits the command.
func (t *terminal) sections() []func() error {
	if t.opts.Quiet {
		return []func() error{t.findings, t.undecided}
	}
	switch t.rep.Command {
	case "check-deploy", "gate":
		return []func() error{t.services, t.findings, t.metrics, t.stages}
	case "portfolio":
		return []func() error{t.portfolio, t.findings}
	case "verify":
		return []func() error{t.metrics, t.findings, t.stages}
	}
	return []func() error{t.findings, t.metrics, t.services, t.portfolio, t.artifacts, t.stages}
}

func (t *terminal) header() {
	rep := t.rep
	what := checkedWords(rep.Summary)
	if len(rep.Services) == 1 && rep.Summary.RuleFiles+rep.Summary.Dashboards == 0 {
		what = value(rep.Services[0].Name)
	}
	first := TerminalText(rep.Tool.Name+" "+rep.Command) + ": " + what
	if rep.Environment != "" {
		first += ", environment " + value(rep.Environment)
	}
	t.line("%s", t.bold(first))
	t.line("%s", t.dim(evidence(rep, value, t.opts.Verbose)))
	t.line("")
}

// evidence says by which policy a run went, where its numbers come from and when they
// were true. That there is no policy is told by a job, which others rely on, and else
// where all is to be told.
func evidence(rep *report.Report, escape func(string) string, all bool) string {
	text := prefixed("source ", escape(rep.Source), ", ") + "evaluated at " + stamp(rep.EvaluatedAt)
	if p := rep.Policy; p != nil && (p.State != report.PolicyNone || rep.Command == "ci" || all) {
		text = policyWords(*p, escape) + ", " + text
	}
	return text
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// verdict writes the last line. It begins with the verdict word, so that the end
// of a log can be searched for it.
func (t *terminal) verdict() {
	text := fmt.Sprintf("%s (exit code %d)", prose(Headline(t.rep)), t.rep.ExitCode)
	t.line("%s", t.paint(t.rep.Verdict, text))
}

func (t *terminal) stages() error {
	if len(t.rep.Stages) == 0 {
		return nil
	}
	parts := make([]string, 0, len(t.rep.Stages))
	for _, s := range t.rep.Stages {
		part := t.paint(s.Verdict, icon(s.Verdict)) + " " + TerminalText(s.Name)
		if s.SkippedReason != "" {
			part = t.dim("- " + prose(s.Name+" skipped: "+s.SkippedReason))
		}
		parts = append(parts, part)
	}
	t.line("Stages  %s", strings.Join(parts, "  "))
	t.line("")
	return nil
}

func (t *terminal) artifacts() error {
	var rows [][]string
	same := 0
	for _, s := range t.rep.Services {
		for _, a := range s.Artifacts {
			if a.Action == "unchanged" && !t.opts.Verbose {
				same++
				continue
			}
			holds := ""
			if a.Unit != "" {
				holds = count(a.Count, strings.TrimSuffix(a.Unit, "s"))
			}
			rows = append(rows, []string{value(s.Name), value(a.Action), value(a.Path), value(holds)})
		}
	}
	if len(rows) == 0 && same == 0 {
		return nil
	}
	if len(rows) > 0 {
		text, err := grid("", []string{"SERVICE", "ACTION", "FILE", "HOLDS"}, rows)
		if err != nil {
			return err
		}
		t.WriteString(text)
	}
	if same > 0 {
		t.line("%s unchanged", count(same, "file"))
	}
	t.line("")
	return nil
}

// metrics writes the metrics that are not well, service by service.
func (t *terminal) metrics() error {
	told := t.toldMetrics()
	for _, s := range byNeed(t.rep.Services) {
		var rows [][]string
		well, unchecked := 0, 0
		for _, m := range s.Metrics {
			v := metricVerdict(m)
			if v == report.Pass && !t.opts.Verbose {
				well++
				continue
			}
			if m.State == report.MetricError && !t.opts.Verbose {
				unchecked++ // one finding says why, for all of them
				continue
			}
			if told[place{s.Name, m.Line}] {
				continue
			}
			rows = append(rows, t.metricRow(s, m, v))
		}
		if len(s.Metrics) == 0 || len(rows)+unchecked == 0 && t.rep.Command != "verify" {
			continue
		}
		t.line("%s", t.bold("Metrics of "+value(s.Name)))
		if len(rows) > 0 {
			text, err := grid("  ", []string{"", "METRIC", "NEEDED", "STATE", "DECLARED AT", "HINT"}, rows)
			if err != nil {
				return err
			}
			t.WriteString(text)
		}
		if unchecked > 0 {
			t.line("  %s %s could not be checked", t.paint(report.Undecidable, icon(report.Undecidable)), count(unchecked, "metric"))
		}
		if well > 0 {
			t.line("  %s %s", t.paint(report.Pass, icon(report.Pass)), count(well, "metric")+" ok")
		}
		t.line("")
	}
	return nil
}

// place is a line of a service's file.
type place struct {
	service string
	line    int
}

// toldMetrics are the places of metrics that a finding of the verify stage tells
// about already. Only the command that is about metrics says it twice: first as
// an overview, then with the source line.
func (t *terminal) toldMetrics() map[place]bool {
	told := make(map[place]bool)
	if t.rep.Command == "verify" || t.opts.Verbose {
		return told
	}
	for _, f := range t.rep.Findings {
		if stageOf(f.Rule) == "verify" {
			told[place{f.Service, f.Line}] = true
		}
	}
	return told
}

func (t *terminal) metricRow(s report.Service, m report.Metric, v report.Verdict) []string {
	state := metricWords(m.State)
	if m.LastSeen != nil {
		state += ", last one at " + stamp(*m.LastSeen)
	}
	file := m.File
	if file == "" {
		file = s.File
	}
	return []string{
		t.paint(v, icon(v)),
		value(m.Selector),
		need(m),
		state,
		value(report.Position{File: relative(file, t.opts.Root), Line: m.Line}.String()),
		value(m.Suggestion),
	}
}

func need(m report.Metric) string {
	if m.Required {
		return "required"
	}
	return "optional"
}
