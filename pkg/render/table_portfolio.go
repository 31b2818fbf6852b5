package render

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

// maxInsights is how many insights a page names; the JSON report has all.
const maxInsights = 10

func (t *terminal) portfolio() error {
	p := t.rep.Portfolio
	if p == nil {
		return nil
	}
	t.line("%s", t.bold("Portfolio: "+portfolioWords(p)))
	if err := t.tiers(p); err != nil {
		return err
	}
	t.line("")
	if t.rep.Command == "portfolio" {
		if err := t.attention(); err != nil {
			return err
		}
	}
	t.insights(p)
	return nil
}

// portfolioWords gives the weighted score and the plain share next to each other,
// because either alone misleads.
func portfolioWords(p *report.Portfolio) string {
	if p.Known == 0 {
		return "the health of none of " + count(p.Total, "service") + " is known"
	}
	text := fmt.Sprintf("score %s of 100, %d of %s healthy (%s)",
		strings.TrimSuffix(share(p.Score), " %"), p.Healthy, count(p.Known, "known service"), share(p.HealthyPercent))
	if unknown := p.Total - p.Known; unknown > 0 {
		text += fmt.Sprintf(", %d unknown", unknown)
	}
	return text
}

func (t *terminal) tiers(p *report.Portfolio) error {
	if len(p.ByTier) == 0 {
		return nil
	}
	text, err := grid("  ", tierHeader(), tierRows(p, value))
	t.WriteString(text)
	return err
}

func tierHeader() []string { return []string{"TIER", "HEALTHY", "KNOWN", "SERVICES", "SHARE"} }

// tierRows are the tiers, most critical first.
func tierRows(p *report.Portfolio, escape func(string) string) [][]string {
	rank := tierRanks()
	tiers := slices.SortedStableFunc(slices.Values(p.ByTier), func(a, b report.Tier) int {
		return cmp.Compare(rank(a.Tier), rank(b.Tier))
	})
	rows := make([][]string, 0, len(tiers))
	for _, tier := range tiers {
		rows = append(rows, []string{
			escape(cmp.Or(tier.Tier, "no tier")), strconv.Itoa(tier.Healthy), strconv.Itoa(tier.Known), strconv.Itoa(tier.Total), share(tier.HealthyPercent),
		})
	}
	return rows
}

// attention is one SLO that somebody has to look at.
type attention struct {
	service report.Service
	slo     report.SLO
}

// attentionList returns every SLO that is not healthy: the most critical tier
// first, within it the worst first, and what is unknown after what is bad.
func attentionList(rep *report.Report) []attention {
	var out []attention
	for _, s := range rep.Services {
		for _, o := range s.SLOs {
			if o.Status != report.StatusHealthy && o.State != report.StateNotMeasured {
				out = append(out, attention{s, o})
			}
		}
	}
	rank := tierRanks()
	slices.SortStableFunc(out, func(a, b attention) int {
		return cmp.Or(
			cmp.Compare(rank(a.service.Tier), rank(b.service.Tier)),
			cmp.Compare(statusRank(a.slo.Status), statusRank(b.slo.Status)),
			strings.Compare(a.service.Name, b.service.Name),
		)
	})
	return out
}

func statusRank(s report.SLOStatus) int {
	switch s {
	case report.StatusExhausted:
		return 0
	case report.StatusCritical:
		return 1
	case report.StatusWarning:
		return 2
	case report.StatusUnknown:
		return 3
	case report.StatusHealthy:
		return 4
	}
	return 3
}

func (t *terminal) attention() error {
	needs := attentionList(t.rep)
	if len(needs) == 0 {
		return nil
	}
	rows := make([][]string, 0, len(needs))
	for _, n := range needs {
		v := statusVerdict(n.slo.Status)
		rows = append(rows, []string{
			t.paint(v, icon(v)), value(n.service.Name), value(n.service.Tier), value(n.slo.Name),
			exactPercent(n.slo.Objective), sliPercent(n.slo.SLI), percent(n.slo.Budget.RemainingPercent),
			burnRate(n.slo.BurnRate.Hour1), prose(statusWords(n.slo)),
		})
	}
	text, err := grid("  ", []string{"", "SERVICE", "TIER", "SLO", "OBJECTIVE", "SLI", "BUDGET LEFT", "BURN 1H", "STATUS"}, rows)
	t.line("%s", t.bold("Needs attention"))
	t.WriteString(text)
	t.line("")
	return err
}

func (t *terminal) insights(p *report.Portfolio) {
	if len(p.Insights) == 0 {
		return
	}
	t.line("%s", t.bold("Insights"))
	for i, in := range p.Insights {
		if i == maxInsights && !t.opts.Verbose {
			t.line("  ... and %d more", len(p.Insights)-i)
			break
		}
		t.line("  %s %s", t.paintSeverity(in.Severity, severityIcon(in.Severity)), prose(prefixed("", in.Service, ": ")+in.Message))
	}
	t.line("")
}
