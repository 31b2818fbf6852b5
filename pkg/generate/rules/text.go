package rules

import (
	"fmt"
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
	return Address(link)
}

// Address writes what a URL cannot hold as one holds it, as a space or the braces of a
// template, and leaves what is escaped already as it is.
func Address(text string) string {
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		if c > ' ' && c < 0x7f && !strings.ContainsRune("\"<>\\^`{|}", rune(c)) {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// TemplateAddress is Address for an annotation that its author may have written as a
// template of Prometheus.
func TemplateAddress(text string) string {
	var b strings.Builder
	for text != "" {
		before, rest, opened := strings.Cut(text, "{{")
		inside, after, closed := strings.Cut(rest, "}}")
		if !opened || !closed {
			return b.String() + Address(text)
		}
		b.WriteString(Address(before) + "{{" + inside + "}}")
		text = after
	}
	return b.String()
}

// Plain keeps a text from being read as a template: Prometheus expands the labels
// and annotations of alerts. Of three braces in a row the last two are one, too.
func Plain(s string) string {
	for strings.Contains(s, "{{") {
		s = strings.ReplaceAll(s, "{{", "{ {")
	}
	return s
}
