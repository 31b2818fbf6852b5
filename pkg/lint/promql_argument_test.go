package lint

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/promqltest"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
)

// TestArgumentsThatPrometheusRefuses asks Prometheus's own engine for the same: an error
// here fails there, and a warning returns nothing or nothing but infinity.
func TestArgumentsThatPrometheusRefuses(t *testing.T) {
	const fails, warning = report.Error, report.Warning
	data := promqltest.LoadedStorage(t, series)
	for expr, want := range map[string]report.Severity{
		`label_replace(up, "a", "$1", "b", "(")`:      fails,
		`label_replace(up, "", "$1", "b", ".*")`:      fails,
		`label_join(up, "", "-", "job")`:              fails,
		`label_join(up, "a", "-", "job", "")`:         fails,
		`count_values("", up)`:                        fails,
		`histogram_quantile(99, latency_bucket)`:      warning,
		`histogram_quantile(-0.5, latency_bucket)`:    warning,
		`quantile(99, up)`:                            warning,
		`quantile_over_time((1.01), up[5m])`:          warning,
		`topk(0, up)`:                                 warning,
		`clamp(up, 5, 1)`:                             warning,
		`label_replace(up, "a", "$1", "b", "(.*)")`:   "",
		`label_join(up, "a", "-", "job", "instance")`: "",
		`histogram_quantile(1, latency_bucket)`:       "",
		`quantile(scalar(up{instance="a:1"}), up)`:    "",
		`quantile(0, up)`:                             "",
		`topk(1, up)`:                                 "",
		`clamp(up, 1, 1)`:                             "",
		`count_values("a", up)`:                       "",
	} {
		e := newExpr(rulefile.Text{V: expr})
		if e.AST == nil { // an experimental function
			continue
		}
		found := promqlArgument{}.CheckExpr(e)
		var got report.Severity
		if len(found) == 1 {
			got = found[0].Severity
		}
		if got != want || len(found) > 1 {
			t.Errorf("%s: %+v, want %q", expr, found, want)
		}
		if returned := returns(t, data, expr); returned != want {
			t.Errorf("%s is %q on the engine, want %q", expr, returned, want)
		}
	}
}

// returns says what the engine makes of an expression.
func returns(t *testing.T, data queryable, expr string) report.Severity {
	t.Helper()
	q, err := newEngine().NewInstantQuery(context.Background(), data, nil, expr, time.Unix(0, 0).Add(30*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	v, err := q.Exec(context.Background()).Vector()
	if err != nil {
		return report.Error
	}
	for _, s := range v {
		if !math.IsInf(s.F, 0) {
			return ""
		}
	}
	return report.Warning
}

func TestRulesWhoseResultIsNoVector(t *testing.T) {
	for expr, want := range map[string]string{
		`"x"`: `"x"`, `up[5m]`: `up[5m]`, `max_over_time(up[5m])`: "", `1`: "", `up`: "",
	} {
		var list []string
		if want != "" {
			list = []string{want}
		}
		tryRules(t, "promql/argument", organisation.Checks{}, "groups:\n- name: a\n  rules:\n  - {record: 'a:b', expr: '"+expr+"'}\n", list)
	}
	if found := (promqlArgument{}).CheckExpr(newExpr(rulefile.Text{V: `up[5m]`})); len(found) > 0 {
		t.Errorf("an expression that is of no rule: %+v", found)
	}
}

func TestOnlyPrometheus3(t *testing.T) {
	found := promqlArgument{}.CheckExpr(exprFrom(t, `label_replace(up, "1a", "$1", "b", "(.*)")`))
	if len(found) != 1 || found[0].Severity != report.Warning {
		t.Errorf("%+v", found)
	}
}
