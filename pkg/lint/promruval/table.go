package promruval

import "cmp"

// row is one validator.
type row struct {
	name string
	// id is our id of the validator; empty where a rule of ours reports the same.
	id string
	// scope is where it may be used: allRules also for alerts and recording rules.
	scope scope
	// anyLanguage is set for those that hold for rules of Loki too.
	anyLanguage bool
	// build reads the parameters. A nil check finds nothing of its own.
	build func(p *params) check
	// live reads the parameters of those that ask a source, in place of build.
	live func(p *params) asker
	// ours is the rule of ours that always looks for the same.
	ours string
}

// canonical returns the name of a validator that the pages of promruval spell in
// another way than its code.
func canonical(name string) string {
	if name == "hasValidLimit" {
		return "hasAllowedLimit"
	}
	return name
}

// table returns all validators by scope and name.
func table() []row {
	return []row{
		{name: "hasAllowedSourceTenants", id: "promruval/has-allowed-source-tenants", scope: groups, build: hasAllowedSourceTenants},
		{name: "hasAllowedEvaluationInterval", id: "promruval/has-allowed-evaluation-interval", scope: groups, build: hasAllowedEvaluationInterval},
		{name: "hasValidPartialResponseStrategy", id: "promruval/has-valid-partial-response-strategy", scope: groups, build: hasValidPartialResponseStrategy},
		{name: "maxRulesPerGroup", id: "promruval/max-rules-per-group", scope: groups, build: maxRulesPerGroup},
		{name: "hasAllowedLimit", id: "promruval/has-allowed-limit", scope: groups, build: hasAllowedLimit},
		{name: "groupNameMatchesRegexp", id: "promruval/group-name-matches-regexp", scope: groups, build: groupNameMatchesRegexp},
		{name: "hasAllowedQueryOffset", id: "promruval/has-allowed-query-offset", scope: groups, build: hasAllowedQueryOffset},

		{name: "hasLabels", id: "promruval/has-labels", scope: allRules, anyLanguage: true, build: hasLabels},
		{name: "doesNotHaveLabels", id: "promruval/does-not-have-labels", scope: allRules, anyLanguage: true, build: doesNotHaveLabels},
		{name: "hasAnyOfLabels", id: "promruval/has-any-of-labels", scope: allRules, anyLanguage: true, build: hasAnyOfLabels},
		{name: "labelMatchesRegexp", id: "promruval/label-matches-regexp", scope: allRules, anyLanguage: true, build: labelMatchesRegexp},
		{name: "labelHasAllowedValue", id: "promruval/label-has-allowed-value", scope: allRules, anyLanguage: true, build: labelHasAllowedValue},
		{name: "nonEmptyLabels", id: "promruval/non-empty-labels", scope: allRules, anyLanguage: true, build: nonEmptyLabels},
		{name: "exclusiveLabels", id: "promruval/exclusive-labels", scope: allRules, anyLanguage: true, build: exclusiveLabels},

		{name: "expressionIsValidPromQL", scope: allRules, build: isValidPromQL, ours: "promql/syntax"},
		{name: "validFunctionsOnCounters", id: "promruval/valid-functions-on-counters", scope: allRules, build: validFunctionsOnCounters},
		{name: "rateBeforeAggregation", id: "promruval/rate-before-aggregation", scope: allRules, build: rateBeforeAggregation},
		{name: "expressionDoesNotUseLabels", id: "promruval/expression-does-not-use-labels", scope: allRules, build: doesNotUseLabels},
		{name: "expressionUsesOnlyAllowedLabelsForMetricRegexp", id: "promruval/expression-uses-only-allowed-labels-for-metric-regexp", scope: allRules, build: usesOnlyAllowedLabels},
		{name: "expressionDoesNotUseLabelsForMetricRegexp", id: "promruval/expression-does-not-use-labels-for-metric-regexp", scope: allRules, build: doesNotUseLabelsForMetric},
		{name: "expressionUsesOnlyAllowedLabelValuesForMetricRegexp", id: "promruval/expression-uses-only-allowed-label-values-for-metric-regexp", scope: allRules, build: usesOnlyAllowedLabelValues},
		{name: "expressionDoesNotUseOlderDataThan", id: "promruval/expression-does-not-use-older-data-than", scope: allRules, build: doesNotUseOlderData},
		{name: "expressionDoesNotUseRangeShorterThan", id: "promruval/expression-does-not-use-range-shorter-than", scope: allRules, build: doesNotUseShorterRange},
		{name: "expressionDoesNotUseMetrics", id: "promruval/expression-does-not-use-metrics", scope: allRules, build: doesNotUseMetrics},
		{name: "expressionDoesNotUseIrate", id: "promruval/expression-does-not-use-irate", scope: allRules, build: doesNotUseIrate},
		{name: "expressionWithNoMetricName", id: "promruval/expression-with-no-metric-name", scope: allRules, build: withNoMetricName},
		{name: "expressionIsWellFormatted", id: "promruval/expression-is-well-formatted", scope: allRules, build: isWellFormatted},
		{name: "expressionUsesUnderscoresInLargeNumbers", id: "promruval/expression-uses-underscores-in-large-numbers", scope: allRules, build: usesUnderscores},
		{name: "expressionDoesNotUseExperimentalFunctions", id: "promruval/expression-does-not-use-experimental-functions", scope: allRules, build: doesNotUseExperimentalFunctions},
		{name: "expressionDoesNotUseClassicHistogramBucketOperations", id: "promruval/expression-does-not-use-classic-histogram-bucket-operations", scope: allRules, build: doesNotUseBucketOperations},

		{name: "expressionCanBeEvaluated", id: "promruval/expression-can-be-evaluated", scope: allRules, build: nothing, live: canBeEvaluated},
		{name: "expressionUsesExistingLabels", id: "promruval/expression-uses-existing-labels", scope: allRules, build: nothing, live: usesExistingLabels},
		{name: "expressionSelectorsMatchesAnything", id: "promruval/expression-selectors-matches-anything", scope: allRules, build: nothing, live: selectorsMatchAnything},

		{name: "expressionIsValidLogQL", id: "promruval/expression-is-valid-logql", scope: allRules, anyLanguage: true, build: isValidLogQL},
		{name: "logQlExpressionUsesRangeAggregation", id: "promruval/logql-expression-uses-range-aggregation", scope: allRules, anyLanguage: true, build: usesRangeAggregation},
		{name: "logQlExpressionUsesFiltersFirst", id: "promruval/logql-expression-uses-filters-first", scope: allRules, anyLanguage: true, build: usesFiltersFirst},

		{name: "hasSourceTenantsForMetrics", id: "promruval/has-source-tenants-for-metrics", scope: allRules, build: hasSourceTenantsForMetrics},
		{name: "doesNotContainTypos", id: "promruval/does-not-contain-typos", scope: allRules, anyLanguage: true, build: doesNotContainTypos},

		{name: "validateLabelTemplates", scope: alerts, build: nothing, ours: "alert/template"},
		{name: "hasAnnotations", id: "promruval/has-annotations", scope: alerts, anyLanguage: true, build: hasAnnotations},
		{name: "doesNotHaveAnnotations", id: "promruval/does-not-have-annotations", scope: alerts, anyLanguage: true, build: doesNotHaveAnnotations},
		{name: "hasAnyOfAnnotations", id: "promruval/has-any-of-annotations", scope: alerts, anyLanguage: true, build: hasAnyOfAnnotations},
		{name: "annotationMatchesRegexp", id: "promruval/annotation-matches-regexp", scope: alerts, anyLanguage: true, build: annotationMatchesRegexp},
		{name: "annotationHasAllowedValue", id: "promruval/annotation-has-allowed-value", scope: alerts, anyLanguage: true, build: annotationHasAllowedValue},
		{name: "annotationIsValidURL", id: "promruval/annotation-is-valid-url", scope: alerts, anyLanguage: true, build: annotationIsValidURL},
		{name: "annotationIsValidPromQL", id: "promruval/annotation-is-valid-promql", scope: alerts, anyLanguage: true, build: annotationIsValidPromQL},
		{name: "validateAnnotationTemplates", scope: alerts, build: nothing, ours: "alert/template"},
		{name: "forIsNotLongerThan", id: "promruval/for-is-not-longer-than", scope: alerts, anyLanguage: true, build: forIsNotLongerThan},
		{name: "keepFiringForIsNotLongerThan", id: "promruval/keep-firing-for-is-not-longer-than", scope: alerts, anyLanguage: true, build: keepFiringForIsNotLongerThan},
		{name: "alertNameMatchesRegexp", id: "promruval/alert-name-matches-regexp", scope: alerts, anyLanguage: true, build: alertNameMatchesRegexp},

		{name: "recordedMetricNameMatchesRegexp", id: "promruval/recorded-metric-name-matches-regexp", scope: recordings, anyLanguage: true, build: recordedNameMatches},
		{name: "recordedMetricNameDoesNotMatchRegexp", id: "promruval/recorded-metric-name-does-not-match-regexp", scope: recordings, anyLanguage: true, build: recordedNameDoesNotMatch},
	}
}

// nothing is the check of a validator that takes no parameters and finds nothing
// here.
func nothing(*params) check { return nil }

// Validator is one validator of promruval.
type Validator struct {
	Name, Scope string
	// Rule is the id of its findings.
	Rule string
}

// Validators returns all validators that a configuration may name.
func Validators() []Validator {
	var out []Validator
	for _, r := range table() {
		out = append(out, Validator{Name: r.name, Scope: string(r.scope), Rule: cmp.Or(r.id, r.ours)})
	}
	return out
}
