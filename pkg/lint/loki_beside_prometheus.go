package lint

import (
	"path"
	"regexp"
	"strings"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// lokiBesidePrometheus reports rule files for Loki that lie among those for Prometheus
// without saying so. Which server loads a file stands in no file, so a name that tells
// people is taken for an answer.
type lokiBesidePrometheus struct{}

func (lokiBesidePrometheus) Rule() Rule {
	return Rule{ID: "loki/beside-prometheus", Severity: report.Warning, Title: "A file for Loki lies among files for Prometheus"}
}

// AnyLanguage says that files for Loki are looked at, too.
func (lokiBesidePrometheus) AnyLanguage() {}

func (lokiBesidePrometheus) Keep(f *rulefile.File, to *Kept) {
	if rules := rulesOfFile(f); to.loki && len(rules) > 0 {
		to.first = rules[0].Expr
	}
}

func (c lokiBesidePrometheus) CheckFiles(kept []*Kept) []report.Finding {
	r := c.Rule()
	forPrometheus := map[string]bool{}
	var logs []*Kept
	for _, k := range kept {
		switch {
		case k.rules == 0:
		case !k.loki:
			forPrometheus[path.Dir(k.file)] = true
		case !namesLogs.MatchString(strings.ToLower(k.file)):
			logs = append(logs, k)
		}
	}
	var out []report.Finding
	for _, k := range logs {
		if !forPrometheus[path.Dir(k.file)] {
			continue
		}
		out = append(out, k.first.Whole(r.ID, r.Severity,
			"every expression of this file is LogQL, and files beside it are for Prometheus: a Prometheus that loads the folder refuses this file and loads none of the others",
			"move the file into a folder for Loki, or put loki or logs into its name where only Loki loads it"))
	}
	return out
}

// namesLogs matches names of files and folders that say that they are about logs.
var namesLogs = regexp.MustCompile(`loki|logql|(^|[^a-z])logs?([^a-z]|$)`)
