package rulefile

import (
	"path"
	"slices"

	"github.com/nthlayer/action/pkg/report"
)

// ForLoki returns what Parse found, as it is for those of the files that are rule files
// for Loki: fields that Loki has are no finding there, and of the others it is Loki that
// refuses the file.
func ForLoki(findings []report.Finding, logs []*File) []report.Finding {
	names := map[string]bool{}
	for _, f := range logs {
		names[f.Name] = true
	}
	out := make([]report.Finding, 0, len(findings))
	for _, f := range findings {
		key := path.Base(f.Path)
		if !names[f.File] || f.Rule != RuleStructure || f.Severity != report.Info || foreign(key) == "" {
			out = append(out, f)
			continue
		}
		if slices.Contains(lokiFields(), key) {
			continue
		}
		f.Message = key + " is a field of " + foreign(key) + "; Loki refuses a file with it"
		f.Suggestion = "remove it if Loki loads this file"
		out = append(out, f)
	}
	return out
}

// lokiFields are those that files for Loki have and files for Prometheus have not. The
// namespace is for lokitool, which uploads the file.
func lokiFields() []string { return []string{"namespace", "remote_write"} }
