package promruval

// row is one validator.
type row struct {
	name string
	// scope is where it may be used: allRules also for alerts and recording rules.
	scope scope
	// anyLanguage is set for those that hold for rules of Loki too.
	anyLanguage bool
	// build reads the parameters. A nil check finds nothing of its own.
	build func(p *params) check
	// ours is the rule of ours that always looks for the same.
	ours string
	// asks is set for those that ask a Prometheus.
	asks bool
}

func (r row) id() string { return idOf(r.name) }

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
		{name: "hasAllowedSourceTenants", scope: groups, build: hasAllowedSourceTenants},
		{name: "hasAllowedEvaluationInterval", scope: groups, build: hasAllowedEvaluationInterval},
		{name: "hasValidPartialResponseStrategy", scope: groups, build: hasValidPartialResponseStrategy},
		{name: "maxRulesPerGroup", scope: groups, build: maxRulesPerGroup},
		{name: "hasAllowedLimit", scope: groups, build: hasAllowedLimit},
		{name: "groupNameMatchesRegexp", scope: groups, build: groupNameMatchesRegexp},
		{name: "hasAllowedQueryOffset", scope: groups, build: hasAllowedQueryOffset},

		{name: "hasLabels", scope: allRules, anyLanguage: true, build: hasLabels},
		{name: "doesNotHaveLabels", scope: allRules, anyLanguage: true, build: doesNotHaveLabels},
		{name: "hasAnyOfLabels", scope: allRules, anyLanguage: true, build: hasAnyOfLabels},
		{name: "labelMatchesRegexp", scope: allRules, anyLanguage: true, build: labelMatchesRegexp},
		{name: "labelHasAllowedValue", scope: allRules, anyLanguage: true, build: labelHasAllowedValue},
		{name: "nonEmptyLabels", scope: allRules, anyLanguage: true, build: nonEmptyLabels},
		{name: "exclusiveLabels", scope: allRules, anyLanguage: true, build: exclusiveLabels},

		{name: "expressionIsValidPromQL", scope: allRules, build: isValidPromQL, ours: "promql/syntax"},
		{name: "validFunctionsOnCounters", scope: allRules, build: validFunctionsOnCounters},
		{name: "rateBeforeAggregation", scope: allRules, build: rateBeforeAggregation},
		{name: "expressionDoesNotUseLabels", scope: allRules, build: doesNotUseLabels},
		{name: "expressionUsesOnlyAllowedLabelsForMetricRegexp", scope: allRules, build: usesOnlyAllowedLabels},
		{name: "expressionDoesNotUseLabelsForMetricRegexp", scope: allRules, build: doesNotUseLabelsForMetric},
		{name: "expressionUsesOnlyAllowedLabelValuesForMetricRegexp", scope: allRules, build: usesOnlyAllowedLabelValues},
		{name: "expressionDoesNotUseOlderDataThan", scope: allRules, build: doesNotUseOlderData},
		{name: "expressionDoesNotUseRangeShorterThan", scope: allRules, build: doesNotUseShorterRange},
		{name: "expressionDoesNotUseMetrics", scope: allRules, build: doesNotUseMetrics},
		{name: "expressionDoesNotUseIrate", scope: allRules, build: doesNotUseIrate},
		{name: "expressionWithNoMetricName", scope: allRules, build: withNoMetricName},
		{name: "expressionIsWellFormatted", scope: allRules, build: isWellFormatted},
		{name: "expressionUsesUnderscoresInLargeNumbers", scope: allRules, build: usesUnderscores},
		{name: "expressionDoesNotUseExperimentalFunctions", scope: allRules, build: doesNotUseExperimentalFunctions},
		{name: "expressionDoesNotUseClassicHistogramBucketOperations", scope: allRules, build: doesNotUseBucketOperations},

		{name: "expressionCanBeEvaluated", scope: allRules, build: canBeEvaluated, asks: true},
		{name: "expressionUsesExistingLabels", scope: allRules, build: nothing, asks: true},
		{name: "expressionSelectorsMatchesAnything", scope: allRules, build: selectorsMatchAnything, asks: true},

		{name: "expressionIsValidLogQL", scope: allRules, anyLanguage: true, build: isValidLogQL},
		{name: "logQlExpressionUsesRangeAggregation", scope: allRules, anyLanguage: true, build: usesRangeAggregation},
		{name: "logQlExpressionUsesFiltersFirst", scope: allRules, anyLanguage: true, build: usesFiltersFirst},

		{name: "hasSourceTenantsForMetrics", scope: allRules, build: hasSourceTenantsForMetrics},
		{name: "doesNotContainTypos", scope: allRules, anyLanguage: true, build: doesNotContainTypos},

		{name: "validateLabelTemplates", scope: alerts, build: nothing, ours: "alert/template"},
		{name: "hasAnnotations", scope: alerts, anyLanguage: true, build: hasAnnotations},
		{name: "doesNotHaveAnnotations", scope: alerts, anyLanguage: true, build: doesNotHaveAnnotations},
		{name: "hasAnyOfAnnotations", scope: alerts, anyLanguage: true, build: hasAnyOfAnnotations},
		{name: "annotationMatchesRegexp", scope: alerts, anyLanguage: true, build: annotationMatchesRegexp},
		{name: "annotationHasAllowedValue", scope: alerts, anyLanguage: true, build: annotationHasAllowedValue},
		{name: "annotationIsValidURL", scope: alerts, anyLanguage: true, build: annotationIsValidURL},
		{name: "annotationIsValidPromQL", scope: alerts, anyLanguage: true, build: annotationIsValidPromQL},
		{name: "validateAnnotationTemplates", scope: alerts, build: nothing, ours: "alert/template"},
		{name: "forIsNotLongerThan", scope: alerts, anyLanguage: true, build: forIsNotLongerThan},
		{name: "keepFiringForIsNotLongerThan", scope: alerts, anyLanguage: true, build: keepFiringForIsNotLongerThan},
		{name: "alertNameMatchesRegexp", scope: alerts, anyLanguage: true, build: alertNameMatchesRegexp},

		{name: "recordedMetricNameMatchesRegexp", scope: recordings, anyLanguage: true, build: recordedNameMatches},
		{name: "recordedMetricNameDoesNotMatchRegexp", scope: recordings, anyLanguage: true, build: recordedNameDoesNotMatch},
	}
}

// nothing is the check of a validator that takes no parameters and finds nothing
// here.
func nothing(*params) check { return nil }
