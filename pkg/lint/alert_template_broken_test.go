package lint

import (
	"context"
	"testing"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/template"

	"github.com/nthlayer/action/pkg/lint/rulefile"
)

// TestFixesOfTemplatesThatDoNotParse makes sure that what is written as in another
// language is told in the one of templates.
func TestFixesOfTemplatesThatDoNotParse(t *testing.T) {
	const known = "the variables are $labels, $value, $externalLabels, $externalURL; others begin with {{ $other := ... }}"
	for text, want := range map[string]string{
		`{{ $lables.job }}`:                      `did you mean $labels?`,
		`{{ $label.job }}`:                       `did you mean $labels?`,
		`{{ $Value }}`:                           `did you mean $value?`,
		`{{ $val }}`:                             `did you mean $value?`,
		`{{ $externalLabel.x }}`:                 `did you mean $externalLabels?`,
		`{{ $other }}`:                           known,
		`{{ labels.job }}`:                       `write $labels`,
		`{{ humanise $value }}`:                  `did you mean humanize?`,
		`{{ $labels.foo-bar }}`:                  `write index $labels "foo-bar"`,
		`{{ .Labels.foo.bar-baz }}`:              `write index .Labels "foo.bar-baz"`,
		`{{ $labels.1x }}`:                       `write index $labels "1x"`,
		`{{ $labels['job'] }}`:                   `write $labels.job`,
		`{{ $labels["a.b"] }}`:                   `write index $labels "a.b"`,
		`{{ $labels."a.b" }}`:                    `write index $labels "a.b"`,
		`{{ if $value > 5 }}x{{ end }}`:          `write gt $value 5.0: comparisons are functions in templates`,
		`{{ if .Value<=0.5 }}x{{ end }}`:         `write le .Value 0.5: comparisons are functions in templates`,
		`{{ if $labels.job == 'a' }}x{{ end }}`:  `write eq $labels.job "a": comparisons are functions in templates`,
		`{{ if $labels.code != 500 }}x{{ end }}`: `write ne $labels.code "500": comparisons are functions in templates`,
		`a > b {{ $value / 100 }}`:               `templates do not calculate: do it in the expression; a share is printed as a percentage by humanizePercentage`,
		`{{ $value - 1 }}`:                       `templates do not calculate: do it in the expression; a share is printed as a percentage by humanizePercentage`,
		`{{ $labels.job || "x" }}`:               `write and A B, or A B, not A: these are functions in templates`,
		`{{ if !$labels.x }}y{{ end }}`:          `write and A B, or A B, not A: these are functions in templates`,
		"{{ $value\n\n and $labels.a > 5":        `correct the template; see the template reference of Prometheus for its functions and variables`,
		`{{ if $labels.x }}a $value > 5`:         `correct the template; see the template reference of Prometheus for its functions and variables`,
	} {
		if template.NewTemplateExpander(context.Background(), definitions+text, "alert", template.AlertTemplateData(nil, nil, "", promql.Sample{}), 0, nil, nil, nil).ParseTest() == nil {
			t.Errorf("%s parses", text)
		}
		found := newAlertTemplate().check(rulefile.Pair{Value: rulefile.Text{V: text}}, &Expr{}, false)
		if len(found) != 1 || found[0].Suggestion != want {
			t.Errorf("%s: got %+v, want %s", text, found, want)
		}
	}
}
