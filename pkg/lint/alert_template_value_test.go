package lint

import (
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/policy/organisation"
)

func tryTemplate(t *testing.T, expr, key, template string, want []string) {
	t.Helper()
	t.Run(expr+" "+key+" "+template, func(t *testing.T) {
		text := "groups:\n- name: a\n  rules:\n  - alert: A\n    expr: '" + expr + "'\n    for: 5m\n    " + key + ":\n      x: '" + strings.ReplaceAll(template, "'", "''") + "'\n"
		tryRules(t, "alert/template", organisation.Checks{}, text, want)
	})
}

func TestValuesInTemplates(t *testing.T) {
	for _, c := range []struct {
		key, template string
		want          []string
	}{
		{"labels", `{{ $value }}`, []string{`$value`}},
		{"labels", `a {{ .Value | humanize }}`, []string{`.Value`}},
		{"labels", `{{ if true }}{{ printf "%.0f" ($.Value) }}{{ end }}`, []string{`$.Value`}},
		{"labels", `{{ if gt $value 10.0 }}critical{{ else }}warning{{ end }}`, nil},
		{"labels", `{{ range query "up" }}{{ .Value }}{{ end }}`, nil},
		{"annotations", `{{ $value }} and {{ $value }}`, []string{`$value`}},
		{"annotations", `{{ .Value }}`, []string{`.Value`}},
		{"annotations", `{{ $value | humanize }} {{ printf "%.2f" .Value }} {{ humanizePercentage $value }}`, nil},
		{"annotations", `{{ $value | humanize }}, that is {{ $value }}`, nil},
		{"annotations", `{{ if $value }}x{{ end }}{{ with $value }}{{ . }}{{ end }}`, []string{"."}},
		{"annotations", `{{ $v := $value }}{{ $v }}`, []string{"$v"}},
		{"annotations", `{{ $v := $value }}{{ $v | humanize }}`, nil},
		{"annotations", `{{ $v := humanize $value }}{{ $v }}`, nil},
		{"annotations", `{{ define "x" }}{{ . }}{{ end }}{{ template "x" $value }}`, []string{"."}},
		{"labels", `{{ $v := printf "%.0f" $value }}{{ $v }}`, []string{"$v"}},
		{"labels", `{{ gt $value 10.0 }}{{ $v := $value }}`, nil},
		{"labels", `{{ query (printf "up > %f" $value) | first | label "job" }}`, nil},
		{"annotations", `value`, nil},
	} {
		tryTemplate(t, "rate(a_total[5m]) > 1", c.key, c.template, c.want)
	}
}

func TestValuesWithManyDigits(t *testing.T) {
	for expr, many := range map[string]bool{
		`rate(a[5m]) > 1`:                                 true,
		`0 < sum by (x) (irate(a[5m])) / 3`:               true,
		`-deriv(a[5m]) < 1 and on () b > 1`:               true,
		`(b - abs(max(rate(a[5m])))) > c`:                 true,
		`b > 1 or rate(a[5m]) > 1`:                        true,
		`rate(a[5m]) == 0`:                                false,
		`rate(a[5m]) > bool 1`:                            false,
		`b > 1 and rate(a[5m]) > 1`:                       false,
		`count(rate(a[5m]) > 1) > 1`:                      false,
		`round(rate(a[5m])) > 1`:                          false,
		`increase(a[5m]) > 1`:                             false,
		`histogram_quantile(0.9, rate(a_bucket[5m])) > 1`: false,
		`a > 1`: false,
	} {
		var want []string
		if many {
			want = []string{"$value"}
		}
		tryTemplate(t, expr, "annotations", "{{ $value }}", want)
	}
}

func TestQueriesInTemplates(t *testing.T) {
	for template, want := range map[string][]string{
		`{{ query "up{" }}`:                                   {`"up{"`},
		`{{ with query "sum(" | first }}{{ end }}`:            {`"sum("`},
		`{{ range "up[" | query }}{{ end }}`:                  {`"up["`},
		`{{ if (query "up)") }}{{ query "(up" }}{{ end }}`:    {`"up)"`, `"(up"`},
		`{{ query "up" }}`:                                    nil,
		`{{ printf "up{a='%s'}" $labels.a | query | first }}`: nil,
		`{{ query (printf "up{" ) }}`:                         nil,
	} {
		tryTemplate(t, "a > 1", "annotations", template, want)
	}
}

// TestFunctionsThatNeedSomething compares with Prometheus's own expander.
func TestFunctionsThatNeedSomething(t *testing.T) {
	for text, want := range map[string][]string{
		`{{value}} of 3`:                                 {"value"},
		`{{ value | humanize }}`:                         {"value"},
		`{{ if (query) }}{{ humanize $value }}{{ end }}`: {"query"},
		`{{ $value | humanize }}`:                        nil,
		`{{ query "up" | first | value }}`:               nil,
		`{{ externalURL }}{{ pathPrefix }}`:              nil,
	} {
		tryTemplate(t, "a > 1", "annotations", text, want)
	}
}
