package render

import (
	"io"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

// messageLength is how many characters of an annotation GitHub keeps.
const messageLength = 4096

// writeGitHub writes every finding as a plain line for the log and how to fix it, then
// the annotations, then the verdict. The runner shows an annotation in the log
// without its place, which is why the plain lines are there.
func writeGitHub(w io.Writer, rep *report.Report, opts Options) error {
	var b strings.Builder
	for _, f := range rep.Findings {
		b.WriteString(LogLine(f, opts.Root) + prefixed("\n  fix: ", TerminalText(f.Suggestion), "") + "\n")
	}
	planned, _ := PlanAnnotations(rep.Findings, nil, AllPlaces())
	for _, f := range planned {
		b.WriteString(Annotation(f, opts.Root))
	}
	b.WriteString(TerminalText(Headline(rep)) + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// Annotation returns the workflow command that marks a finding, with its line
// break. Paths below root are written relative to it.
func Annotation(f report.Finding, root string) string {
	message := f.Message
	if f.Suggestion != "" {
		message += "\nFix: " + f.Suggestion
	}
	return Command(annotationKind(f.Severity), cutRunes(message, messageLength), annotationPlace(f, root)...)
}

func annotationKind(s report.Severity) string {
	switch s {
	case report.Error:
		return "error"
	case report.Warning:
		return "warning"
	case report.Info:
		return "notice"
	}
	return "warning"
}

// annotationPlace leaves the column out of a finding over several lines: the
// runner would drop it.
func annotationPlace(f report.Finding, root string) []Property {
	var place []Property
	if f.File != "" {
		place = append(place, Property{"file", relative(f.File, root)}, Property{"line", strconv.Itoa(max(f.Line, 1))})
	}
	if f.File != "" && f.EndLine > f.Line {
		place = append(place, Property{"endLine", strconv.Itoa(f.EndLine)})
	} else if f.File != "" && f.Column > 0 {
		place = append(place, Property{"col", strconv.Itoa(f.Column)})
	}
	return append(place, Property{"title", f.Rule})
}
