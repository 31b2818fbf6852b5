package lint

import (
	"cmp"
	"slices"

	"github.com/nthlayer/action/pkg/spec"
)

// Checks returns the one table of checks, sorted by rule id.
func Checks(o Options) []Check {
	label := cmp.Or(o.ServiceLabel, spec.DefaultServiceLabel)
	return []Check{
		alertAnnotationPattern{o.Metadata},
		alertAnnotationRequired{o.Metadata},
		alertComparison{},
		alertFor{},
		alertForBounds{o.Metadata},
		alertLabelRequired{o.Metadata},
		alertNamePattern{o.Metadata},
		alertRunbookURL{dead: o.DeadLinks},
		alertSeverity{o.Metadata},
		newAlertTemplate(),
		contractFeasible{},
		dependencyCycle{},
		dependencySelf{},
		dependencyUnknownService{},
		gateCondition{},
		gateException{now: o.Now},
		gateThresholds{},
		gateTimezone{},
		groupDuplicate{},
		groupInterval{},
		lokiBesidePrometheus{},
		lokiLines{},
		lokiSyntax{},
		promqlAggregate{asked: o.Checks.Aggregate},
		promqlArgument{},
		promqlCounterWithoutRate{},
		promqlExperimental{},
		promqlFloatNoise{},
		promqlFragile{},
		promqlImpossible{},
		promqlNaN{},
		promqlOffset{limit: o.Checks.MaxOffset},
		promqlQuantileWithoutLe{},
		promqlRangeTooLong{o.Metadata},
		promqlRateOfSum{},
		promqlRateOnGauge{},
		promqlRegexp{on: o.Checks.SmellyRegexp},
		promqlRegexpWithoutPattern{},
		promqlSelector{asked: o.Checks.Selector},
		promqlServiceLabel{label: label, everywhere: o.RequireServiceLabel},
		promqlSyntax{},
		promqlTooLong{},
		promqlVectorMatching{},
		ruleDependency{},
		ruleDuplicate{},
		ruleDuration{},
		ruleEmptyLabel{},
		ruleLabelName{},
		ruleLabelPattern{o.Metadata},
		ruleLabelRequired{o.Metadata},
		ruleLogQL{},
		ruleName{},
		ruleNamePattern{o.Metadata},
		ruleOwner{asked: o.Checks.Owner},
		ruleRecordedLabel{newAlertTemplate()},
		ruleReject{asked: o.Checks.Reject},
		ruleReport{asked: o.Checks.Report},
		serviceFilename{},
		sloCeiling{},
		sloDuplicate{},
		sloLatencyThreshold{},
		sloObjectiveRange{},
		sloQueryMissing{},
		sloRatioSanity{},
	}
}

// checkSet is the table by what the checks look at.
type checkSet struct {
	broken   []BrokenExprCheck
	exprs    []ExprCheck
	rules    []RuleCheck
	logs     []LogCheck
	groups   []GroupCheck
	file     []FileCheck
	files    []FilesCheck
	records  []RecordsCheck
	service  []ServiceCheck
	services []ServicesCheck
}

func newCheckSet(o Options) checkSet {
	var set checkSet
	for _, c := range append(Checks(o), o.More...) {
		if slices.Contains(o.Disabled, c.Rule().ID) {
			continue
		}
		set.broken = appendIf(set.broken, c)
		set.exprs = appendIf(set.exprs, c)
		set.rules = appendIf(set.rules, c)
		set.logs = appendIf(set.logs, c)
		set.groups = appendIf(set.groups, c)
		set.file = appendIf(set.file, c)
		set.files = appendIf(set.files, c)
		set.records = appendIf(set.records, c)
		set.service = appendIf(set.service, c)
		set.services = appendIf(set.services, c)
	}
	return set
}

// appendIf appends a check that looks at what the list is for.
func appendIf[T Check](list []T, c Check) []T {
	if t, ok := c.(T); ok {
		return append(list, t)
	}
	return list
}
