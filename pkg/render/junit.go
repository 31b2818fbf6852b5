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

// writeJUnit writes a suite for every service and in it a case for every stage, and
// one for every file of unit tests with a case for every test.
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
	if rest := slices.Concat(slices.Collect(maps.Values(own))...); len(rest) > 0 {
		slices.SortStableFunc(rest, report.Compare)
		all.add(suiteOf(rep, report.Service{Name: "files"}, rest, nil, opts))
	}
	return encodeXML(w, all)
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

func stageCase(stage report.Stage, findings []report.Finding, opts Options) junitCase {
	var errors, others []string
	for _, f := range findings {
		switch {
		case stageOf(f.Rule) != stage.Name:
		case f.Severity == report.Error:
			errors = append(errors, LogLine(f, opts.Root)+prefixed(" Fix: ", TerminalText(f.Suggestion), ""))
		default:
			others = append(others, LogLine(f, opts.Root))
		}
	}
	c := junitCase{Name: cmp.Or(TerminalText(stage.Name), "-"), SystemOut: strings.Join(others, "\n")}
	switch {
	case len(errors) > 0:
		c.Failure = &junitResult{Message: count(len(errors), "error"), Type: "error", Text: strings.Join(errors, "\n")}
	case stage.SkippedReason != "":
		c.Skipped = &junitResult{Message: TerminalText(stage.SkippedReason)}
	}
	return c
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
