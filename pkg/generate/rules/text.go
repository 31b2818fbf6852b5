package rules

import (
	"net/url"
	"strings"

	"github.com/nthlayer/action/pkg/generate"
)

// Runbook is the address of the runbook of an alert: that of the service, else
// below the one for all; empty when there is none.
func Runbook(job generate.Job, alert string) string {
	link := job.Service.Runbook.V
	if link == "" && job.Options.RunbookURL != "" {
		link = strings.TrimRight(job.Options.RunbookURL, "/") + "/" + url.PathEscape(job.Service.Name.V) + "/" + url.PathEscape(alert)
	}
	return strings.ReplaceAll(link, "{{", "%7B%7B")
}

// Plain keeps a text from being read as a template: Prometheus expands the labels
// and annotations of alerts. Of three braces in a row the last two are one, too.
func Plain(s string) string {
	for strings.Contains(s, "{{") {
		s = strings.ReplaceAll(s, "{{", "{ {")
	}
	return s
}
