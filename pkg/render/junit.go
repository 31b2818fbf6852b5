package render

import (
	"cmp"
	"encoding/xml"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name      string      `xml:"name,attr"`
	Tests     int         `xml:"tests,attr"`
	Failures  int         `xml:"failures,attr"`
	Errors    int         `xml:"errors,attr"`
	Skipped   int         `xml:"skipped,attr"`
	Timestamp string      `xml:"timestamp,attr"`
	Cases     []junitCase `xml:"testcase"`
}

type junitCase struct {
	ClassName string       `xml:"classname,attr"`
	Name      string       `xml:"name,attr"`
	File      string       `xml:"file,attr,omitempty"`
	Failure   *junitResult `xml:"failure,omitempty"`
	Error     *junitResult `xml:"error,omitempty"`
	Skipped   *junitResult `xml:"skipped,omitempty"`
	SystemOut string       `xml:"system-out,omitempty"`
}

type junitResult struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// junitTime is how JUnit writes a time: without a zone.
const junitTime = "2006-01-02T15:04:05"

// writeJUnit writes a suite for every service and in it a case for every stage, one
// for every other file that something was found in, and one for every file of unit
// tests with a case for every test.
// The names stay the same from run to run, so that a host can tell which stage
// of which service broke with a change. What could not be decided is an error
// and not a failure.
func writeJUnit(w io.Writer, rep *report.Report, opts Options) error {
	all := junitSuites{Name: TerminalText(rep.Tool.Name + " " + rep.Command)}
	tests, findings := testSuites(rep, opts)
	for _, s := range tests {
		all.add(s)
	}
	own := make(map[string][]report.Finding)
	for _, f := range findings {
		own[f.Service] = append(own[f.Service], f)
	}
	for _, s := range rep.Services {
		all.add(suiteOf(rep, s, own[s.Name], rep.Stages, opts))
		delete(own, s.Name)
	}
	rest := slices.Concat(slices.Collect(maps.Values(own))...)
	slices.SortStableFunc(rest, report.Compare)
	for _, s := range fileSuites(rep, rest, opts) {
		all.add(s)
	}
	if rep.Verdict == report.Undecidable && all.Failures+all.Errors == 0 {
		all.add(undecidedSuite(rep, opts))
	}
	return encodeXML(w, all)
}

// undecidedSuite is for a run that could not decide although no service says so.
func undecidedSuite(rep *report.Report, opts Options) junitSuite {
	var why []string
	for _, f := range rep.Findings {
		if f.Severity == report.Warning {
			why = append(why, LogLine(f, opts.Root))
		}
	}
	result := &junitResult{Message: "could not decide", Type: "unknown", Text: strings.Join(why, "\n")}
	s := junitSuite{Name: "run", Timestamp: rep.EvaluatedAt.UTC().Format(junitTime)}
	s.add(junitCase{ClassName: s.Name, Name: "verdict", Error: result})
	return s
}

// fileSuites makes a suite for every file with findings that are of no service, and
// one for those without a file.
func fileSuites(rep *report.Report, findings []report.Finding, opts Options) []junitSuite {
	of := make(map[string][]report.Finding)
	for _, f := range findings {
		of[f.File] = append(of[f.File], f)
	}
	var out []junitSuite
	for _, file := range slices.Sorted(maps.Keys(of)) {
		name := cmp.Or(relativeOrNone(file, opts.Root), "files")
		out = append(out, suiteOf(rep, report.Service{Name: name, File: file}, of[file], nil, opts))
	}
	return out
}

// encodeXML writes an XML document in which a runner that reads it from a log
// finds no command.
func encodeXML(w io.Writer, v any) error {
	text, err := xml.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+string(text)+"\n")
	return err
}

func (all *junitSuites) add(s junitSuite) {
	all.Tests += s.Tests
	all.Failures += s.Failures
	all.Errors += s.Errors
	all.Skipped += s.Skipped
	all.Suites = append(all.Suites, s)
}

// suiteOf makes a case for every stage of the run and for every further stage
// that the findings belong to.
func suiteOf(rep *report.Report, s report.Service, findings []report.Finding, stages []report.Stage, opts Options) junitSuite {
	stages = slices.Clone(stages)
	for _, f := range findings {
		name := stageOf(f.Rule)
		if !slices.ContainsFunc(stages, func(s report.Stage) bool { return s.Name == name }) {
			stages = append(stages, report.Stage{Name: name})
		}
	}
	cases := make([]junitCase, 0, len(stages))
	for _, stage := range stages {
		cases = append(cases, stageCase(stage, findings, opts))
	}
	if s.Verdict == report.Undecidable {
		cases = markUndecided(cases, s)
	}
	suite := junitSuite{Name: cmp.Or(TerminalText(s.Name), "-"), Timestamp: rep.EvaluatedAt.UTC().Format(junitTime)}
	for _, c := range cases {
		c.ClassName, c.File = suite.Name, TerminalText(relativeOrNone(s.File, opts.Root))
		suite.add(c)
	}
	return suite
}

// markUndecided turns the case of the stage that could not decide into an error,
// or adds a case where that stage already failed or did not run.
func markUndecided(cases []junitCase, s report.Service) []junitCase {
	stage := "verify"
	if s.Gate != nil && s.Gate.Decision == report.Unknown {
		stage = "gate"
	}
	result := &junitResult{Message: "could not decide on this service", Type: "unknown", Text: TerminalText(undecidedWords(s))}
	i := slices.IndexFunc(cases, func(c junitCase) bool { return c.Name == stage && c.Failure == nil && c.Skipped == nil })
	if i < 0 {
		return append(cases, junitCase{Name: "verdict", Error: result})
	}
	cases[i].Error = result
	return cases
}

func relativeOrNone(file, root string) string {
	if file == "" {
		return ""
	}
	return relative(file, root)
}

// stageCase makes the case of a stage. What fails the run is a failure, the rest is
// what the stage printed.
func stageCase(stage report.Stage, findings []report.Finding, opts Options) junitCase {
	var failed []report.Finding
	var lines, others []string
	for _, f := range findings {
		switch {
		case stageOf(f.Rule) != stage.Name:
		case f.Severity == report.Error, f.Severity == report.Warning && opts.WarningsFail:
			failed = append(failed, f)
			lines = append(lines, LogLine(f, opts.Root)+prefixed(" Fix: ", TerminalText(f.Suggestion), ""))
		default:
			others = append(others, LogLine(f, opts.Root))
		}
	}
	c := junitCase{Name: cmp.Or(TerminalText(stage.Name), "-"), SystemOut: strings.Join(others, "\n")}
	switch {
	case len(failed) > 0:
		c.Failure = failureOf(failed, strings.Join(lines, "\n"))
	case stage.SkippedReason != "":
		c.Skipped = &junitResult{Message: TerminalText(stage.SkippedReason)}
	}
	return c
}

// failureOf counts findings in its message. Its type is the worst of them.
func failureOf(findings []report.Finding, text string) *junitResult {
	errors, warnings, _ := report.Count(findings)
	r := &junitResult{Message: count(errors, "error"), Type: string(report.Error), Text: text}
	switch {
	case errors == 0:
		r.Message, r.Type = count(warnings, "warning"), string(report.Warning)
	case warnings > 0:
		r.Message += " and " + count(warnings, "warning")
	}
	return r
}

// undecidedWords says what about a service is not known.
func undecidedWords(s report.Service) string {
	var parts []string
	for _, o := range s.SLOs {
		if o.Status == report.StatusUnknown {
			parts = append(parts, "SLO "+o.Name+": "+statusWords(o))
		}
	}
	for _, m := range s.Metrics {
		if metricVerdict(m) == report.Undecidable {
			parts = append(parts, "metric "+m.Selector+": "+metricWords(m.State))
		}
	}
	if s.Gate != nil {
		for _, r := range s.Gate.Reasons {
			parts = append(parts, r.Text)
		}
	}
	return strings.Join(parts, "; ")
}

func (s *junitSuite) add(c junitCase) {
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}
