// Package render turns one report into bytes, one file per format. Everything in
// it is a pure function of the report and the options: it reads no clock, no
// environment and no file, so that every surface says the same. What it writes is
// made harmless for its sink in escape.go and escape_markdown.go, and only there.
package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/report/memo"
)

// Options are what a caller knows about the place the output goes to. The zero
// value is right for a file or a pipe.
type Options struct {
	// Color allows ANSI colours in the table format.
	Color bool
	// Width is the number of columns of the terminal; 0 is not a terminal. It
	// only shortens long source lines around the place a finding points at.
	Width int
	// Verbose adds what is well: metrics that exist, queries, conditions that
	// did not hold.
	Verbose bool
	// Quiet leaves errors and the verdict in the table format, and the warnings too
	// where the verdict is unknown. In Markdown it leaves the heading and the foot.
	Quiet bool
	// WarningsFail is set where warnings fail the run, so that JUnit has them among
	// the failures. Errors always are.
	WarningsFail bool
	// MaxBytes is the most a Markdown text may take; 0 is no limit.
	MaxBytes int
	// Link is the page of the run, for Markdown.
	Link string
	// ReportFile is the path of the JSON report, which Markdown that was cut
	// names; empty when there is none.
	ReportFile string
	// Note is a sentence about the run itself, below the heading of Markdown.
	Note string
	// Before is the verdict that Markdown says what has changed since; nil is
	// nothing to compare with.
	Before *memo.Verdict
	// Root is the directory that paths are shown relative to, as
	// /github/workspace. Empty leaves paths as they are.
	Root string
	// Rule returns the text about a rule, for formats that carry it along. It
	// may be nil, and it may not know the rule.
	Rule func(id string) (Rule, bool)
}

// Rule is what a format that lists rules says about one.
type Rule struct {
	// Title is one sentence about what the rule finds.
	Title string
	// Help is Markdown about why it matters and how to fix it.
	Help string
	// URL is the page of the rule; empty when there is none.
	URL string
}

// Format is one way to write a report.
type Format struct {
	// Name is what a user asks for, as in --format json.
	Name string
	// Summary says in a few words what the format is for.
	Summary string
	// Extension is the usual end of a file's name, with the dot.
	Extension string

	write func(io.Writer, *report.Report, Options) error
}

// Formats returns every format, the default one first.
func Formats() []Format {
	return []Format{
		{"table", "text for people, in a terminal or a job log", ".txt", writeTable},
		{"json", "the whole report, described by docs/report.schema.json", ".json", writeJSON},
		{"markdown", "pull request comment and step summary", ".md", writeMarkdown},
		{"csv", "for spreadsheets: one row per finding of validate and lint, one per SLO of other commands", ".csv", writeCSV},
		{"sarif", "SARIF 2.1.0, for code scanning", ".sarif", writeSARIF},
		{"junit", "JUnit XML, for test reports", ".xml", writeJUnit},
		{"codequality", "GitLab Code Quality", ".json", writeCodeQuality},
		{"github", "GitHub workflow commands and log lines", ".txt", writeGitHub},
	}
}

// Render writes the report in the format of that name. An unknown format is an
// error that lists the known ones; other errors come from w.
func Render(w io.Writer, format string, rep *report.Report, opts Options) error {
	names := make([]string, 0, len(Formats()))
	for _, f := range Formats() {
		if f.Name == format {
			if err := f.write(w, rep, opts); err != nil {
				return fmt.Errorf("write the report as %s: %w", format, err)
			}
			return nil
		}
		names = append(names, f.Name)
	}
	return fmt.Errorf("unknown format %q: use one of %s", format, strings.Join(names, ", "))
}
