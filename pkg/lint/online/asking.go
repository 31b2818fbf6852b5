package online

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/presence"
)

// Asking is one Run's view of the source. A check asks it for all expressions at
// once.
type Asking struct {
	presence.Asker
	source *watched
	info   source.Info
	at     time.Time
	// intervals are those of the metrics that somebody asked about.
	intervals map[string]interval
	// external are the external labels of the source.
	external externalLabels
	// missed counts what could not be asked, by the reason; untold what a source of
	// this kind never tells.
	missed, untold map[string][]missed
}

// missed is a number of things that the source said nothing about.
type missed struct {
	what   string
	number int
}

// String returns the number with the thing: 1 selector, 2 selectors.
func (m missed) String() string {
	if m.number == 1 {
		return "1 " + m.what
	}
	return strconv.Itoa(m.number) + " " + m.what + "s"
}

// Name is what people call the source.
func (a *Asking) Name() string { return a.info.Name }

// labelNamer is what a source has to offer for the names of labels.
type labelNamer interface {
	LabelNames(ctx context.Context, start, end time.Time) (source.Names, error)
}

// LabelNames returns the names of the labels that series had in the last hour. A
// partial answer is an error: a name that is not in it may be there.
func (a *Asking) LabelNames(ctx context.Context) ([]string, error) {
	names, err := a.source.LabelNames(ctx, a.at.Add(-lookback), a.at)
	if err != nil {
		return nil, err
	}
	if len(names.Warnings) > 0 {
		return nil, partial(names.Warnings[0])
	}
	return names.Names, nil
}

// Miss notes that the source could not say something, of which what is the singular.
func (a *Asking) Miss(what string, reason error) { add(a.missed, what, reason.Error()) }

// Untold notes that a source of this kind does not say something: asking again is of
// no use, and so it is no warning.
func (a *Asking) Untold(what string, reason error) { add(a.untold, what, reason.Error()) }

func add(to map[string][]missed, what, why string) {
	for i := range to[why] {
		if to[why][i].what == what {
			to[why][i].number++
			return
		}
	}
	to[why] = append(to[why], missed{what: what, number: 1})
}

// RuleUnanswered is the rule about questions that a source did not answer.
const RuleUnanswered = "query/unanswered"

// page says that a page of metrics is not asked, or why it could not be read.
func (a *Asking) page(ctx context.Context, o Options) (findings []report.Finding, silent bool) {
	f := report.Finding{
		Rule: RuleUnanswered, Severity: report.Info,
		Message:    "the rules were not compared with " + a.info.Name + ": it is the page of one service at one moment, and the rules are about others too",
		Suggestion: "give the address of a Prometheus, or a snapshot file:PATH.yaml",
	}
	if _, err := a.source.Query(ctx, sign, a.at); err != nil {
		f.Severity, f.Message = report.Warning, "the rules were not compared with "+a.info.Name+": "+err.Error()
	}
	return a.finish(ctx, []report.Finding{f}, o)
}

// finish adds what is to be said about the source.
func (a *Asking) finish(ctx context.Context, findings []report.Finding, o Options) (all []report.Finding, silent bool) {
	silent = a.source.silent(ctx)
	findings = append(findings, a.unanswered(a.missed, report.Warning, "could not be asked of", "run it again when the server answers; what was found without it stands")...)
	findings = append(findings, a.unanswered(a.untold, report.Info, "could not be compared with", "asking again is of no use: give the address of the Prometheus that evaluates the rules, or correct what it refuses")...)
	findings = slices.DeleteFunc(findings, func(f report.Finding) bool {
		return slices.Contains(o.Disabled, f.Rule) && (!silent || f.Rule != RuleUnanswered)
	})
	return report.Normalise(findings), silent
}

// unanswered returns a finding for each reason.
func (a *Asking) unanswered(by map[string][]missed, severity report.Severity, were, fix string) []report.Finding {
	var out []report.Finding
	for why, list := range by {
		var things []string
		for _, m := range list {
			things = append(things, m.String())
		}
		out = append(out, report.Finding{
			Rule: RuleUnanswered, Severity: severity, Message: fmt.Sprintf("%s %s %s: %s", strings.Join(things, ", "), were, a.info.Name, why), Suggestion: fix,
		})
	}
	return out
}
