package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

// RuleUnread is the rule about files of a folder that hold rules nobody here reads.
const RuleUnread = "rule/unread"

// maxUnreadNames is how many of such files are named. A chart has many of a kind.
const maxUnreadNames = 5

// UnreadRules returns those of some findings that are about such files.
func UnreadRules(findings []report.Finding) []report.Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f report.Finding) bool { return f.Rule != RuleUnread })
}

// unreadRules tells which files of the folders were left out although rules are in
// them: one finding for each reason, at the first of its files.
func (r *run) unreadRules() []report.Finding {
	if slices.Contains(r.lintOptions().Disabled, RuleUnread) {
		return nil
	}
	var out []report.Finding
	for _, is := range slices.Sorted(maps.Keys(r.unread)) {
		files := r.unread[is]
		names := strings.Join(files[:min(len(files), maxUnreadNames)], ", ")
		if more := len(files) - maxUnreadNames; more > 0 {
			names += fmt.Sprintf(" and %d more", more)
		}
		message := "the file was not read: it is " + is.What()
		if len(files) > 1 {
			message = fmt.Sprintf("%d files were not read (%s): each is %s", len(files), names, is.What())
		}
		f := report.At(report.Position{File: files[0], Line: 1, Column: 1}, RuleUnread, report.Info, message)
		f.Suggestion = is.Fix()
		out = append(out, f)
	}
	return out
}
