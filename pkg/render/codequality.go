package render

import (
	"cmp"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

// codeQualityIssue is one entry of GitLab's Code Quality report,
// https://docs.gitlab.com/ci/testing/code_quality/.
type codeQualityIssue struct {
	Description string              `json:"description"`
	CheckName   string              `json:"check_name"`
	Fingerprint string              `json:"fingerprint"`
	Severity    string              `json:"severity"`
	Location    codeQualityLocation `json:"location"`
}

type codeQualityLocation struct {
	Path  string           `json:"path"`
	Lines codeQualityLines `json:"lines"`
}

type codeQualityLines struct {
	Begin int `json:"begin"`
}

// writeCodeQuality writes an array, also for no findings: GitLab compares it with
// the target branch's and takes a missing report for nothing to compare.
func writeCodeQuality(w io.Writer, rep *report.Report, opts Options) error {
	issues := make([]codeQualityIssue, 0, len(rep.Findings))
	taken := make(map[string]int, len(rep.Findings))
	for _, f := range rep.Findings {
		issues = append(issues, codeQualityIssue{
			Description: cmp.Or(oneLine(sentence(f)), "-"),
			CheckName:   oneLine(f.Rule),
			Fingerprint: unique(taken, f.Fingerprint),
			Severity:    codeQualitySeverity(f.Severity),
			Location: codeQualityLocation{
				Path:  inProject(oneLine(relative(fileOf(rep, f), opts.Root))),
				Lines: codeQualityLines{Begin: max(f.Line, 1)},
			},
		})
	}
	return encodeJSON(w, issues)
}

// inProject returns the path of a file of the project. GitLab links to it; what
// leads out of the project is shown at a file that may not exist.
func inProject(file string) string {
	if !fs.ValidPath(file) || file == "." {
		return noFile
	}
	return file
}

// noFile stands for the file of a finding that has none.
const noFile = "service.yaml"

func codeQualitySeverity(s report.Severity) string {
	switch s {
	case report.Error:
		return "critical"
	case report.Warning:
		return "minor"
	case report.Info:
		return "info"
	}
	return "minor"
}

// sentence is the message with the fix behind it, on one line.
func sentence(f report.Finding) string {
	if f.Suggestion == "" {
		return f.Message
	}
	return strings.TrimSuffix(f.Message, ".") + ". Fix: " + f.Suggestion
}

// unique returns the fingerprint with a number behind it where it was taken
// before: hosts fold findings of one fingerprint into one.
func unique(taken map[string]int, fingerprint string) string {
	taken[fingerprint]++
	if n := taken[fingerprint]; n > 1 {
		return fingerprint + "#" + strconv.Itoa(n)
	}
	return fingerprint
}

// fileOf returns the file of a finding, and the one of its service, or of the
// first service, for a finding without: code scanning and Code Quality show
// nothing that has no place.
func fileOf(rep *report.Report, f report.Finding) string {
	if f.File != "" {
		return f.File
	}
	first := ""
	for _, s := range rep.Services {
		if s.Name == f.Service && s.File != "" {
			return s.File
		}
		if first == "" {
			first = s.File
		}
	}
	if first == "" {
		return noFile
	}
	return first
}
