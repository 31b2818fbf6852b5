package render

import (
	"cmp"
	"fmt"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// The words and figures that several formats share, so that a reader who goes
// from the log to the comment finds the same ones. What these functions return
// is not escaped yet.

const notKnown = "-"

func icon(v report.Verdict) string {
	switch v {
	case report.Pass:
		return "✓"
	case report.Warn:
		return "⚠"
	case report.Fail:
		return "✗"
	case report.Undecidable:
		return "?"
	}
	return "?"
}

// severityVerdict is the verdict that a finding of the severity leads to.
func severityVerdict(s report.Severity) report.Verdict {
	switch s {
	case report.Error:
		return report.Fail
	case report.Warning:
		return report.Warn
	case report.Info:
		return report.Pass
	}
	return report.Warn
}

// severityIcon differs from the verdict's icon for infos, which are not a tick.
func severityIcon(s report.Severity) string {
	if s == report.Info {
		return "ℹ"
	}
	return icon(severityVerdict(s))
}

// statusVerdict orders the statuses of an SLO on the scale of verdicts.
func statusVerdict(s report.SLOStatus) report.Verdict {
	switch s {
	case report.StatusHealthy:
		return report.Pass
	case report.StatusWarning, report.StatusCritical:
		return report.Warn
	case report.StatusExhausted:
		return report.Fail
	case report.StatusUnknown:
		return report.Undecidable
	}
	return report.Undecidable
}

// metricVerdict says how bad the state of a metric is for the service.
func metricVerdict(m report.Metric) report.Verdict {
	bad := report.Warn
	if m.Required {
		bad = report.Fail
	}
	switch m.State {
	case report.MetricOK, report.MetricNoErrorsYet, report.MetricRecorded:
		return report.Pass
	case report.MetricMissing, report.MetricOtherService, report.MetricWrongLabels, report.MetricStale:
		return bad
	case report.MetricError:
		return report.Undecidable
	}
	return report.Undecidable
}

// metricWords says what a state means to someone who does not know our words.
func metricWords(s report.MetricState) string {
	switch s {
	case report.MetricOK:
		return "exists"
	case report.MetricMissing:
		return "missing"
	case report.MetricOtherService:
		return "exists, but not for this service"
	case report.MetricWrongLabels:
		return "exists, but not with these labels"
	case report.MetricStale:
		return "no sample now"
	case report.MetricNoErrorsYet:
		return "no errors counted yet"
	case report.MetricRecorded:
		return "recording rule without a sample yet"
	case report.MetricError:
		return "could not be checked"
	}
	return string(s)
}

// stateWords says why an SLO has no figures.
func stateWords(s report.SLOState) string {
	switch s {
	case report.StateOK:
		return ""
	case report.StateNoData:
		return "no data"
	case report.StateNoTraffic:
		return "no traffic"
	case report.StateNotComputable:
		return "not computable"
	case report.StateError:
		return "source failed"
	case report.StateNotMeasured:
		return "not measured"
	}
	return string(s)
}

// statusWords is the status of an SLO in a few words, with the reason when there
// is no figure.
func statusWords(s report.SLO) string {
	if s.Status != report.StatusUnknown && s.State == report.StateOK {
		return string(s.Status)
	}
	words := cmp.Or(stateWords(s.State), string(s.Status))
	if s.Detail != "" {
		words += ": " + s.Detail
	}
	return words
}

// remark is what to know about figures that the status does not tell.
func remark(s report.SLO) string {
	if s.State != report.StateOK {
		return ""
	}
	return s.Detail
}

func remarked(s report.Service) bool {
	return slices.ContainsFunc(s.SLOs, func(o report.SLO) bool { return remark(o) != "" })
}

// percent writes a percentage with at most one decimal, rounded down: a budget
// that is just below a threshold must not be shown as being at it.
func percent(n report.Number) string {
	if n == nil {
		return notKnown
	}
	return report.Percent(math.Floor(*n*10+1e-6)/10, 1)
}

// share writes a score or a share of services, rounded to one decimal.
func share(n report.Number) string {
	if n == nil {
		return notKnown
	}
	return report.Percent(*n, 1)
}

// exactPercent writes a percentage as it was given, as an objective is.
func exactPercent(n report.Number) string {
	if n == nil {
		return notKnown
	}
	return report.Percent(*n, report.ExactDigits)
}

// sliPercent writes a share of 0 to 1 in percent with the decimals that it takes
// to tell it from 100: 0.999996 is 99.9996 and not 100.
func sliPercent(n report.Number) string {
	if n == nil {
		return notKnown
	}
	return report.PercentApart(*n*100, 100, 4)
}

func burnRate(n report.Number) string {
	if n == nil {
		return notKnown
	}
	return strconv.FormatFloat(*n, 'f', 1, 64) + "x"
}

// count writes a number and its noun, in the plural where it takes one.
func count(n int, noun string) string {
	if n != 1 {
		switch {
		case strings.HasSuffix(noun, "y"):
			noun = strings.TrimSuffix(noun, "y") + "ies"
		default:
			noun += "s"
		}
	}
	return grouped(n) + " " + noun
}

// grouped writes a number with a comma before every three digits: 10,000.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// list joins names as in a sentence and names at most three.
func list(names []string) string {
	const most = 3
	switch {
	case len(names) > most:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	case len(names) > 1:
		return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
	}
	return strings.Join(names, "")
}

// worstSLO returns the SLO with the least budget left, or else the first one that
// could not be measured; false when the service has none.
func worstSLO(s report.Service) (report.SLO, bool) {
	if len(s.SLOs) == 0 {
		return report.SLO{}, false
	}
	if s.Gate != nil {
		if i := slices.IndexFunc(s.SLOs, func(o report.SLO) bool { return o.Name == s.Gate.WorstSLO }); i >= 0 {
			return s.SLOs[i], true
		}
	}
	return slices.MinFunc(s.SLOs, func(a, b report.SLO) int {
		return cmp.Compare(remaining(a), remaining(b))
	}), true
}

// remaining is the budget left, or more than any budget where it is not known.
func remaining(s report.SLO) float64 {
	if s.Budget.RemainingPercent == nil {
		return math.Inf(1)
	}
	return *s.Budget.RemainingPercent
}

// measured reports whether any SLO of the report was put to a source.
func measured(rep *report.Report) bool {
	return slices.ContainsFunc(rep.Services, func(s report.Service) bool {
		return s.Gate != nil || slices.ContainsFunc(s.SLOs, func(o report.SLO) bool { return o.State != report.StateNotMeasured })
	})
}

// byNeed returns the services that need a reader's attention first: worst verdict,
// then most critical tier, then name.
func byNeed(services []report.Service) []report.Service {
	rank := tierRanks()
	return slices.SortedStableFunc(slices.Values(services), func(a, b report.Service) int {
		return cmp.Or(
			cmp.Compare(urgency(a.Verdict), urgency(b.Verdict)),
			cmp.Compare(rank(a.Tier), rank(b.Tier)),
			strings.Compare(a.Name, b.Name),
		)
	})
}

// tierRanks returns a function that gives a tier its place, 0 for the most critical
// one; what is no tier comes last. It reads the tier table once.
func tierRanks() func(tier string) int {
	ranks := make(map[string]int)
	for i, facts := range spec.Tiers() {
		ranks[string(facts.Tier)] = i
	}
	return func(tier string) int {
		if i, ok := ranks[tier]; ok {
			return i
		}
		return len(ranks)
	}
}

// urgency is 0 for what a reader has to see first.
func urgency(v report.Verdict) int {
	switch v {
	case report.Fail:
		return 0
	case report.Undecidable:
		return 1
	case report.Warn:
		return 2
	case report.Pass:
		return 3
	}
	return 1
}

// bySeverity returns the findings with errors first, otherwise in their order.
func bySeverity(findings []report.Finding) []report.Finding {
	return slices.SortedStableFunc(slices.Values(findings), func(a, b report.Finding) int {
		return cmp.Compare(a.Severity.Rank(), b.Severity.Rank())
	})
}

// relative returns a path with slashes, relative to root where it lies inside of
// it, never absolute and never with a leading "./".
func relative(file, root string) string {
	file = path.Clean(strings.ReplaceAll(file, `\`, "/"))
	if root != "" {
		file = strings.TrimPrefix(file, strings.TrimSuffix(path.Clean(root), "/")+"/")
	}
	return strings.TrimLeft(file, "/")
}

// stageOf is the part of a rule's id that names the stage it belongs to.
func stageOf(rule string) string {
	stage, _, _ := strings.Cut(rule, "/")
	return stage
}
