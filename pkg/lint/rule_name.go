package lint

import (
	"strings"

	"github.com/prometheus/common/model"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// ruleName reports names of recording rules that Prometheus refuses, and those
// that cannot be told from a metric that somebody exports.
type ruleName struct{}

func (ruleName) Rule() Rule {
	return Rule{ID: "rule/name", Severity: report.Error, Title: "The name of a recording rule"}
}

// AnyLanguage says that the expression does not matter.
func (ruleName) AnyLanguage() {}

func (c ruleName) CheckRule(r *rulefile.Rule, _ *Expr) []report.Finding {
	if r.Kind != rulefile.Record {
		return nil
	}
	id, name := c.Rule().ID, r.Name.V
	switch {
	case strings.ContainsAny(name, "{}") || !model.UTF8Validation.IsValidMetricName(name):
		return one(r.Name.Whole(id, report.Error, "record: "+name+" is not a name of a metric", "name only the metric; put matchers into expr and labels below labels:"))
	case !model.LegacyValidation.IsValidMetricName(name):
		return one(r.Name.Whole(id, report.Warning, "record: "+name+" is a name that only Prometheus 3 reads", "use letters, digits, _ and :"))
	case !strings.Contains(name, ":"):
		return one(r.Name.Whole(id, report.Info, "record: "+name+" looks like an exported metric", "name it level:metric:operations, as in job:http_requests:rate5m"))
	}
	return nil
}
