package render

import (
	"fmt"

	"github.com/nthlayer/action/pkg/report"
)

// sloDetails folds the figures behind each service that is not well, or whose
// figures need a word.
func sloDetails(rep *report.Report) section {
	var s section
	if !measured(rep) {
		return s
	}
	for _, service := range byNeed(rep.Services) {
		if service.Verdict == report.Pass && !remarked(service) || len(service.SLOs) == 0 {
			continue
		}
		block := "<details><summary>SLOs of <b>" + MarkdownText(cutRunes(service.Name, maxName)) + "</b>" +
			about(service, text) + "</summary>\n\n" +
			tableHead("", "SLO", "Objective:", "Window", "SLI:", "Budget left:", "Burn 1h:", "Status")
		for _, o := range service.SLOs {
			block += row(icon(statusVerdict(o.Status)), code(o.Name), exactPercent(o.Objective), text(o.Window),
				sliPercent(o.SLI), percent(o.Budget.RemainingPercent), burnRate(o.BurnRate.Hour1), text(statusWords(o)))
		}
		block += "\n" + sloNotes(service) + "</details>\n\n"
		s.parts = append(s.parts, part{classDetails, "details block", block})
	}
	return s
}

// sloNotes says when budgets run out, how the gate came to its decision and with
// which query each figure can be asked for again.
func sloNotes(s report.Service) string {
	var notes []string
	for _, o := range s.SLOs {
		if words := remark(o); words != "" {
			notes = append(notes, code(o.Name)+": "+MarkdownText(cutRunes(words, maxMessage)))
		}
		if o.ExhaustsAt != nil && o.Status != report.StatusExhausted {
			notes = append(notes, code(o.Name)+": at this rate the budget is used up at "+stamp(*o.ExhaustsAt))
		}
		if o.Query != "" {
			notes = append(notes, code(o.Name)+" is measured by "+MarkdownCode(cutRunes(o.Query, maxMessage)))
		}
	}
	notes = append(notes, gateNotes(s.Gate)...)
	out := ""
	for _, note := range notes {
		out += "- " + note + "\n"
	}
	if out != "" {
		out += "\n"
	}
	return out
}

func gateNotes(g *report.Gate) []string {
	if g == nil {
		return nil
	}
	var notes []string
	for _, c := range g.Conditions {
		notes = append(notes, text(conditionWords(c)))
	}
	for _, e := range g.Exceptions {
		notes = append(notes, text(exceptionWords(e)))
	}
	if words := blastWords(g.BlastRadius); words != "" {
		notes = append(notes, text(words))
	}
	return notes
}

func tierTable(rep *report.Report) section {
	if rep.Portfolio == nil {
		return section{}
	}
	s := section{
		head: "### Portfolio\n\n" + text(portfolioWords(rep.Portfolio)) + "\n\n" + tableHead("Tier", "Healthy:", "Known:", "Services:", "Share:"),
		foot: "\n",
	}
	for _, cells := range tierRows(rep.Portfolio, text) {
		s.parts = append(s.parts, part{classDetails, "tier", row(cells...)})
	}
	return s
}

func insightList(rep *report.Report) section {
	if rep.Portfolio == nil {
		return section{}
	}
	s := section{head: "### Insights\n\n", foot: "\n"}
	for i, in := range rep.Portfolio.Insights {
		if i == maxInsights {
			more := fmt.Sprintf("- ... and %d more\n", len(rep.Portfolio.Insights)-i)
			s.parts = append(s.parts, part{classDetails, "insight", more})
			break
		}
		item := "- " + severityIcon(in.Severity) + " " + prefixed("", code(in.Service), ": ") + text(in.Message) + "\n"
		s.parts = append(s.parts, part{classDetails, "insight", item})
	}
	return s
}
