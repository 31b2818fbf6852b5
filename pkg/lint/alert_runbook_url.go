package lint

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// alertRunbookURL reports links to runbooks that lead nowhere. Which pages are not
// there is asked elsewhere, and only when somebody wants that.
type alertRunbookURL struct{ dead map[string]string }

func (alertRunbookURL) Rule() Rule {
	return Rule{ID: "alert/runbook-url", Severity: report.Warning, Title: "The link to a runbook leads nowhere"}
}

// AnyLanguage says that the expression does not matter.
func (alertRunbookURL) AnyLanguage() {}

func (c alertRunbookURL) CheckRule(r *rulefile.Rule, _ *Expr) []report.Finding {
	var out []report.Finding
	for _, p := range runbooks(r) {
		if why, fix := WrongLink(p.Value.V); why != "" {
			out = append(out, p.Value.Whole(c.Rule().ID, c.Rule().Severity, p.Key.V+" of "+r.Name.V+" "+why, fix))
		}
		if why := c.dead[p.Value.V]; why != "" {
			out = append(out, p.Value.Whole(c.Rule().ID, c.Rule().Severity, p.Key.V+" of "+r.Name.V+": "+why, "correct the link, or put the page back"))
		}
	}
	return out
}

// runbooks returns the annotations of an alert that hold links to runbooks. Under
// the name runbook some write the steps themselves, so it counts only as a link.
func runbooks(r *rulefile.Rule) []rulefile.Pair {
	return slices.DeleteFunc(slices.Clone(r.Annotations), func(p rulefile.Pair) bool {
		switch p.Key.V {
		case "runbook_url":
			return strings.TrimSpace(p.Value.V) == "" // rule/empty-label reports it
		case "runbook":
			return !strings.Contains(p.Value.V, "://") || strings.ContainsAny(WithoutActions(p.Value.V, ""), " \n")
		}
		return true
	})
}

// action is a part of a template, with the space around it that it takes away. It may go
// over several lines.
var action = regexp.MustCompile(`(?s)(?:\s*\{\{-\s|\{\{).*?(?:\s-\}\}\s*|\}\})`)

// WithoutActions returns a template with a text in place of what it works out, which
// nobody knows here.
func WithoutActions(template, with string) string {
	return action.ReplaceAllLiteralString(template, with)
}

// WrongLink says what is wrong with a link; both are empty when nothing is.
// Templates may stand in it.
func WrongLink(text string) (why, fix string) {
	const example = "write an address such as https://runbooks.example.com/checkout"
	if strings.HasPrefix(text, "{{") {
		return "", ""
	}
	u, err := url.Parse(WithoutActions(text, "x"))
	switch {
	case err != nil || strings.ContainsAny(WithoutActions(text, ""), "\n\t "):
		return "is no address: " + report.Clip(text, 80), example
	case u.Scheme == "":
		return "has no scheme, so nobody can click it: " + report.Clip(text, 80), "begin it with https://"
	case u.Host == "":
		return "names no host: " + report.Clip(text, 80), example
	case u.Scheme != "http" && u.Scheme != "https":
		return "is no web page but " + u.Scheme + "://", example
	}
	return "", ""
}
