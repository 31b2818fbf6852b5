package render

import (
	"slices"

	"github.com/nthlayer/action/pkg/report"
)

// The limits of a check run of GitHub, which refuses all of a request for one
// text that is longer. The page and a message are limited in characters and in
// kilobytes; ours hold in bytes under every reading.
const (
	// MaxCheckSummary is the longest summary in bytes.
	MaxCheckSummary = 65_000
	checkMessage    = 16_000 // characters, of which 64 KB hold four bytes each
	checkTitle      = 255    // characters
)

// CheckMark is a mark on lines of a file in a check run, an annotation as GitHub
// calls it there.
type CheckMark struct {
	// Path is relative to the repository.
	Path string
	// Line and EndLine are the first and the last line, from 1.
	Line, EndLine int
	// Column and EndColumn are the first and the last column, from 1; 0 is not
	// known. They are 0 for a mark on several lines, because GitHub refuses them.
	Column, EndColumn int
	// Level is failure, warning or notice.
	Level          string
	Title, Message string
}

// CheckMarks returns a mark for each finding on a line, errors first. pathOf
// returns the path in the repository, or false for a file that is not in it.
func CheckMarks(findings []report.Finding, pathOf func(file string) (string, bool)) []CheckMark {
	sorted := slices.Clone(findings)
	slices.SortStableFunc(sorted, func(a, b report.Finding) int { return a.Severity.Rank() - b.Severity.Rank() })
	var out []CheckMark
	for _, f := range sorted {
		path, ok := pathOf(f.File)
		if !ok || f.File == "" || f.Line < 1 {
			continue
		}
		out = append(out, checkMark(f, path))
	}
	return out
}

func checkMark(f report.Finding, path string) CheckMark {
	message := f.Message
	if f.Suggestion != "" {
		message += "\nFix: " + f.Suggestion
	}
	m := CheckMark{
		Path: path, Line: f.Line, EndLine: max(f.Line, f.EndLine), Level: checkLevel(f.Severity),
		Title: cutRunes(oneLine(f.Rule), checkTitle), Message: cutRunes(MarkText(message), checkMessage),
	}
	if m.Line == m.EndLine && f.Column > 0 {
		m.Column = f.Column
		m.EndColumn = max(f.Column, f.EndColumn-1) // ours is the one behind the last
	}
	return m
}

func checkLevel(s report.Severity) string {
	switch s {
	case report.Error:
		return "failure"
	case report.Warning:
		return "warning"
	case report.Info:
	}
	return "notice"
}
