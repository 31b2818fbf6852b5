package render

import (
	"cmp"
	"io"
	"net/url"
	"strings"
	"unicode"

	"github.com/nthlayer/action/pkg/report"
)

// Cells are cut at these many characters; the JSON report has all of them.
const (
	maxName    = 100
	maxMessage = 600
	maxHeading = 300
)

// worstServices is how many rows of the table of services are kept as long as
// anything is.
const worstServices = 10

// writeMarkdown writes the pull request comment and the step summary: the verdict
// first, then what is wrong, then figures that can be unfolded, then what is well.
func writeMarkdown(w io.Writer, rep *report.Report, opts Options) error {
	p := page{sections: []section{heading(rep, opts)}}
	if !opts.Quiet {
		p.sections = append(p.sections,
			sinceList(rep, opts), budgetTable(rep), gateList(rep), metricTable(rep, opts), findingTable(rep, opts),
			tierTable(rep), insightList(rep), sloDetails(rep), passingTable(rep))
	}
	p.sections = append(p.sections, foot(rep, opts))
	_, err := io.WriteString(w, p.fit(opts.MaxBytes, func(dropped string) string {
		return "**Not shown:** " + dropped + ". " + everything(opts) + "\n\n"
	}))
	return err
}

// everything says where nothing is left out. The page that a link leads to may
// have been cut as well.
func everything(opts Options) string {
	run := prefixed(" of ", link(opts.Link, "this run"), "")
	if opts.ReportFile != "" {
		return "All of it is in the report file " + code(opts.ReportFile) + run + "."
	}
	return "All errors and warnings are in the log" + run + "."
}

func text(s string) string { return MarkdownText(cutRunes(s, maxMessage)) }
func code(s string) string { return MarkdownCode(cutRunes(s, maxName)) }

// link is a Markdown link to an address of ours, and nothing for what is none.
func link(address, words string) string {
	if !plainAddress(address) {
		return ""
	}
	return "[" + words + "](" + address + ")"
}

// plainAddress reports whether a text is a web address that stands in Markdown, and
// in the reports of a host, as it is.
func plainAddress(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && strings.HasPrefix(address, u.Scheme+"://") && !strings.ContainsFunc(address, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("()<>[]|`\\\"", r)
	})
}

func heading(rep *report.Report, opts Options) section {
	return section{parts: []part{{class: classKeep, text: "## " + icon(rep.Verdict) + " " +
		MarkdownText(cutRunes(Headline(rep), maxHeading)) + "\n\n" + prefixed("**Note:** ", text(opts.Note), "\n\n")}}}
}

func foot(rep *report.Report, opts Options) section {
	words := MarkdownText(strings.TrimSpace(rep.Tool.Name + " " + rep.Tool.Version + " " + rep.Command))
	if rep.Environment != "" {
		words += ", environment " + code(rep.Environment)
	}
	words += ", " + evidence(rep, code, opts.Verbose) + prefixed(", ", link(opts.Link, "run"), "")
	return section{parts: []part{{class: classKeep, text: "<sub>" + words + "</sub>\n"}}}
}

// verdictClass is what a row about a service of that verdict is worth.
func verdictClass(v report.Verdict) class {
	switch v {
	case report.Pass:
		return classPassing
	case report.Warn:
		return classWarning
	case report.Undecidable:
		return classUnknown
	case report.Fail:
		return classError
	}
	return classUnknown
}

func severityClass(s report.Severity) class {
	switch s {
	case report.Error:
		return classError
	case report.Warning:
		return classWarning
	case report.Info:
		return classInfo
	}
	return classWarning
}

// tableHead writes the head of a Markdown table; a column whose title ends with a
// colon is aligned to the right.
func tableHead(titles ...string) string {
	head, rule := "|", "|"
	for _, title := range titles {
		name, right := strings.CutSuffix(title, ":")
		head += " " + name + " |"
		if right {
			rule += "---:|"
			continue
		}
		rule += "---|"
	}
	return head + "\n" + rule + "\n"
}

// row writes a table row of cells that are escaped by then.
func row(cells ...string) string { return "| " + strings.Join(cells, " | ") + " |\n" }

func budgetHead() string {
	return tableHead("", "Service", "Tier", "Worst SLO", "Budget left:", "Burn 1h:", "Gate")
}

func budgetRow(s report.Service) string {
	slo, left, burn, decision := notKnown, notKnown, notKnown, notKnown
	if o, ok := worstSLO(s); ok {
		slo, left, burn = code(o.Name), percent(o.Budget.RemainingPercent), burnRate(o.BurnRate.Hour1)
		if o.Status == report.StatusUnknown {
			left = text(cmp.Or(stateWords(o.State), string(o.Status)))
		}
	}
	if s.Gate != nil {
		decision = text(string(s.Gate.Decision))
	}
	return row(icon(s.Verdict), code(s.Name), cmp.Or(text(s.Tier), notKnown), slo, left, burn, decision)
}

// told is what a row is worth when an error says the same again.
func told(c class) class {
	if c == classError {
		return classTwice
	}
	return c
}

// budgetTable lists the services that are not well; without any measurement there
// is nothing to put into it.
func budgetTable(rep *report.Report) section {
	s := section{head: budgetHead(), foot: "\n"}
	if !measured(rep) {
		return section{}
	}
	for _, service := range byNeed(rep.Services) {
		if service.Verdict == report.Pass {
			continue
		}
		worth := told(verdictClass(service.Verdict))
		if len(s.parts) < worstServices {
			worth = classWorst
		}
		s.parts = append(s.parts, part{worth, "service", budgetRow(service)})
	}
	return s
}

// passingTable folds away the services with which all is well.
func passingTable(rep *report.Report) section {
	head, line := budgetHead(), budgetRow
	if !measured(rep) {
		head, line = tableHead("", "Service", "Tier", "Team", "File"), fileRow
	}
	var s section
	for _, service := range byNeed(rep.Services) {
		if service.Verdict == report.Pass {
			s.parts = append(s.parts, part{classPassing, "passing service", line(service)})
		}
	}
	s.head = "<details><summary>" + count(len(s.parts), "service") + " passed</summary>\n\n" + head
	s.foot = "\n</details>\n\n"
	return s
}

func fileRow(s report.Service) string {
	return row(icon(s.Verdict), code(s.Name), cmp.Or(text(s.Tier), notKnown), cmp.Or(text(s.Team), notKnown), cmp.Or(code(s.File), notKnown))
}

// gateList says for every service that is not simply approved why.
func gateList(rep *report.Report) section {
	s := section{head: "### Deploy gate\n\n", foot: "\n"}
	for _, service := range byNeed(rep.Services) {
		g := service.Gate
		if g == nil || !needsReasons(g) {
			continue
		}
		item := "- " + icon(g.Decision.Verdict()) + " " + code(service.Name) + " " + text(decisionWords(g)) + "\n"
		for _, r := range g.Reasons {
			item += "  - " + text(r.Text) + prefixed(" (", code(r.Code), ")") + "\n"
		}
		item += "  - " + text(thresholdWords(g.Thresholds)) + "\n"
		s.parts = append(s.parts, part{told(verdictClass(g.Decision.Verdict())), "gate decision", item})
	}
	return s
}

func metricTable(rep *report.Report, opts Options) section {
	s := section{head: "### Metrics\n\n" + tableHead("", "Metric", "Service", "State", "Declared at", "Hint"), foot: "\n"}
	for _, service := range byNeed(rep.Services) {
		unchecked := 0
		for _, m := range service.Metrics {
			v := metricVerdict(m)
			if v == report.Pass && !opts.Verbose {
				continue
			}
			if m.State == report.MetricError && !opts.Verbose {
				unchecked++ // one finding says why, for all of them
				continue
			}
			place := report.Position{File: relative(cmp.Or(m.File, service.File), opts.Root), Line: m.Line}
			s.parts = append(s.parts, part{told(verdictClass(v)), "metric", row(
				icon(v), code(m.Selector), code(service.Name), need(m)+", "+metricWords(m.State), code(place.String()), text(m.Suggestion))})
		}
		if unchecked > 0 {
			s.parts = append(s.parts, part{verdictClass(report.Undecidable), "metric", row(
				icon(report.Undecidable), count(unchecked, "metric"), code(service.Name), metricWords(report.MetricError), code(relative(service.File, opts.Root)), "")})
		}
	}
	return s
}

func findingTable(rep *report.Report, opts Options) section {
	s := section{head: "### Findings\n\n" + tableHead("", "Where", "What", "Rule"), foot: "\n"}
	for _, f := range bySeverity(rep.Findings) {
		what := text(f.Message)
		if f.Suggestion != "" {
			what += "<br>Fix: " + text(f.Suggestion)
		}
		s.parts = append(s.parts, part{severityClass(f.Severity), string(f.Severity), row(
			severityIcon(f.Severity), findingCell(f, opts.Root), what, code(f.Rule))})
	}
	return s
}

func findingCell(f report.Finding, root string) string {
	if f.File == "" {
		return cmp.Or(code(f.Service), notKnown)
	}
	p := f.Position()
	p.File, p.Column = relative(p.File, root), 0
	return code(p.String())
}
