package render

import (
	"path"
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

// fewServices is how many services are shown in full even if all is well with
// them; of more, those that passed are counted.
const fewServices = 5

// services writes the budgets and the deploy decision of every service, those
// that need attention first.
func (t *terminal) services() error {
	if !measured(t.rep) {
		return nil
	}
	folded, told := 0, toldReasons(t.rep.Findings)
	for _, s := range byNeed(t.rep.Services) {
		if len(s.SLOs) == 0 && s.Gate == nil {
			continue
		}
		if s.Verdict == report.Pass && len(t.rep.Services) > fewServices && !t.opts.Verbose {
			folded++
			continue
		}
		t.line("%s%s", t.bold(value(s.Name)), t.dim(about(s, value)))
		if err := t.slos(s); err != nil {
			return err
		}
		t.gate(s, told)
		t.line("")
	}
	if folded > 0 {
		t.line("%s %s passed, add --verbose to see the figures", t.paint(report.Pass, icon(report.Pass)), count(folded, "service"))
		t.line("")
	}
	return nil
}

// about says whose service it is, in brackets.
func about(s report.Service, escape func(string) string) string {
	var parts []string
	if s.Tier != "" {
		parts = append(parts, "tier "+escape(s.Tier))
	}
	if s.Team != "" {
		parts = append(parts, "team "+escape(s.Team))
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

func (t *terminal) slos(s report.Service) error {
	if len(s.SLOs) == 0 {
		t.line("  no SLOs")
		return nil
	}
	rows := make([][]string, 0, len(s.SLOs))
	for _, o := range s.SLOs {
		v := statusVerdict(o.Status)
		rows = append(rows, []string{
			value(o.Name), exactPercent(o.Objective), value(o.Window), sliPercent(o.SLI),
			percent(o.Budget.RemainingPercent), burnRate(o.BurnRate.Hour1),
			t.paint(v, icon(v)) + " " + prose(statusWords(o)),
		})
	}
	text, err := grid("  ", []string{"SLO", "OBJECTIVE", "WINDOW", "SLI", "BUDGET LEFT", "BURN 1H", "STATUS"}, rows)
	if err != nil {
		return err
	}
	t.WriteString(text)
	for _, o := range s.SLOs {
		t.sloDetail(o)
	}
	return nil
}

// sloDetail says what the row has no room for: what to know about the figures, when the budget runs out, and on
// request how the figure was taken, so that it can be asked for again.
func (t *terminal) sloDetail(o report.SLO) {
	if words := remark(o); words != "" {
		t.line("  %s", prose(o.Name+": "+words))
	}
	if o.ExhaustsAt != nil && o.Status != report.StatusExhausted {
		t.line("  %s", prose(o.Name+": at this rate the budget is used up at "+stamp(*o.ExhaustsAt)))
	}
	if !t.opts.Verbose {
		return
	}
	if total := o.Budget.TotalMinutes; total != nil && o.Budget.BurnedMinutes != nil {
		t.line("  %s: %.1f of %.1f minutes of budget burned", value(o.Name), *o.Budget.BurnedMinutes, *total)
	}
	if o.Query != "" {
		t.line("  %s", value(o.Name+prefixed(" (", o.Method, ")"))+": "+TerminalText(cutRunes(o.Query, maxQuery)))
	}
}

// reasonKey is a reason of a service's decision, or the finding that says the same.
type reasonKey struct{ service, code string }

// toldReasons are the reasons that a finding gives as well, with the fix.
func toldReasons(findings []report.Finding) map[reasonKey]bool {
	told := make(map[reasonKey]bool, len(findings))
	for _, f := range findings {
		told[reasonKey{f.Service, path.Base(f.Rule)}] = true
	}
	return told
}

// prefixed puts text around s, unless s is empty.
func prefixed(before, s, after string) string {
	if s == "" {
		return ""
	}
	return before + s + after
}

func (t *terminal) gate(s report.Service, told map[reasonKey]bool) {
	g := s.Gate
	if g == nil {
		return
	}
	v := g.Decision.Verdict()
	t.line("  %s", t.paint(v, icon(v)+" "+prose(decisionWords(g))))
	for _, r := range g.Reasons {
		if t.opts.Verbose || needsReasons(g) && !told[reasonKey{s.Name, path.Base(r.Code)}] {
			t.line("    %s", prose(prefixed("", r.Text, " ")+prefixed("(", r.Code, ")")))
		}
	}
	t.line("    %s", prose(thresholdWords(g.Thresholds)))
	for _, c := range g.Conditions {
		if c.Matched || c.Error != "" || t.opts.Verbose {
			t.line("    %s", prose(conditionWords(c)))
		}
	}
	for _, e := range g.Exceptions {
		if e.Applied || e.Expired || t.opts.Verbose {
			t.line("    %s", prose(exceptionWords(e)))
		}
	}
	if words := blastWords(g.BlastRadius); words != "" {
		t.line("    %s", prose(words))
	}
}
