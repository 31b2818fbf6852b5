package lint

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLabelsThatTemplatesPrint(t *testing.T) {
	for _, c := range []struct {
		expr, template string
		want           []string
	}{
		{`sum(foo) > 1`, `{{ $labels.job }} {{ .Labels.a }} {{ $.Labels.b }} {{ index $labels "c" }} {{ (.Labels).d }}`, []string{"job", "a", "b", "c", "d"}},
		{`sum(foo) > 1`, `{{ $l := $labels }}{{ $l.job }}{{ index $l "x" }}`, []string{"job", "x"}},
		{`sum(foo) > 1`, `{{ define "x" }}{{ .Labels.job }}{{ end }}{{ template "x" . }}`, []string{"job"}},
		{`sum(foo) > 1`, `{{ define "x" }}{{ .job }}{{ end }}{{ template "x" $labels }}`, []string{"job"}},
		{`sum(foo) > 1`, `{{ with $labels }}{{ .job }}{{ end }}`, []string{"job"}},
		{`sum(foo) > 1`, `{{ range query "up" }}{{ .Labels.job }}{{ $labels.job }}{{ end }}`, []string{"job"}},
		{`sum(foo) > 1`, `{{ if $labels.job }}{{ $labels.job }}{{ end }}`, nil},
		{`sum(foo) > 1`, `{{ if not $labels.job }}none{{ else }}{{ $labels.job }}{{ end }}`, nil},
		{`sum(foo) > 1`, `{{ if and $labels.job (ne $labels.a "x") }}{{ $labels.job }}{{ $labels.a }}{{ $labels.b }}{{ end }}{{ $labels.job }}`, []string{"a", "b", "job"}},
		{`sum(foo) > 1`, `{{ if and $labels.job (eq $labels.job "x") }}{{ $labels.job }}{{ end }}`, nil},
		{`sum(foo) > 1`, `{{ if eq $labels.job "x" }}x{{ else if ne $labels.a "" }}{{ $labels.a }}{{ else if gt (len .Labels.b) 0 }}{{ end }}`, []string{"job"}},
		{`sum(foo) > 1`, `{{ or $labels.job "a" }} {{ $labels.job }}`, []string{"job"}},
		{`sum(foo) > 1`, `{{ with $labels.job }}{{ . }}{{ $labels.a }}{{ end }}`, []string{"a"}},
		{`sum(foo) > 1`, `{{ or $labels.job "nowhere" }}`, nil},
		{`sum(foo) > 1`, `{{ $x := 1 }}{{ $x = $labels }}{{ $x.job }}`, nil},
		{`sum by (inst) (foo) > 1 or sum by (job) (bar) > 1`, `{{ $labels.job }} {{ $labels.inst }}`, []string{"job", "inst"}},
		{`(sum by (job) (foo) or sum(bar)) > 1 and on () baz`, `{{ $labels.job }}`, []string{"job"}},
		{`sum by (job) (foo) or vector(0)`, `{{ $labels.job }}`, nil},
		{`sum by (job) (foo) or bar`, `{{ $labels.job }}`, nil},
		{`foo or bar`, `{{ $labels.job }}`, nil},
		{`label_replace(foo, "job", "$1", "a", "(.+)") or bar > 1`, `{{ $labels.job }}`, nil},
		{`sum by (job) (foo) or sum(bar)`, `{{ if $labels.job }}{{ $labels.job }}{{ end }}`, nil},
	} {
		tryTemplate(t, c.expr, "annotations", c.template, c.want)
	}
}

func TestFixesOfMissingLabels(t *testing.T) {
	for _, c := range []struct{ expr, label, want string }{
		{`sum(foo) > 1`, "job", `keep job in the aggregation, as in sum by (job) (...), or remove it from the template`},
		{`sum by (a, b) (foo) > 1`, "job", `keep job in the aggregation, or print one of a, b`},
		{`topk(1, sum without (job) (foo)) > 1`, "job", `take job out of without, or remove it from the template`},
		{`sum by (a) (sum without (job) (foo)) > 1`, "job", `keep job in the aggregation, or print one of a`},
		{`absent(foo{job="x"})`, "a", `match the label by its value inside of absent, as in absent(up{a="..."}), or write the value as text`},
		{`1 < vector(1)`, "job", `a number has no labels: write the value as text`},
		{`foo{job=""}`, "job", `the selector asks for series without job: remove it from the template`},
		{`x * ignoring(job) y`, "job", `match on job as well, or remove it from the template`},
		{`x * on(a) y`, "job", `match on job as well, or print one of a`},
		{`histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m])))`, "le", `a quantile belongs to no bucket: remove le from the template`},
		{`rate(foo{job=""}[5m]) unless bar`, "job", `the selector asks for series without job: remove it from the template`},
		{`sum(foo) or vector(0)`, "job", `keep job in the aggregation, as in sum by (job) (...), or remove it from the template`},
		{`sum by (a) (x) / on (a) sum by (a) (y)`, "job", `keep job in the aggregation, or print one of a`},
		{strings.Repeat("-", 30) + `sum(x)`, "job", `remove it from the template`},
		{`sum(foo) > 1`, "severity", `write its value as text: the rule adds the label itself, and $labels holds the labels of the result only`},
		{`sum(foo) > 1`, "alertname", `write its value as text: the rule adds the label itself, and $labels holds the labels of the result only`},
	} {
		text := "groups:\n- name: a\n  rules:\n  - alert: A\n    expr: " + c.expr + "\n    for: 5m\n    labels: {severity: page}\n    annotations:\n      x: '{{ $labels." + c.label + " }}'\n"
		var got []string
		for _, f := range RuleFiles(context.Background(), []File{{Name: "a.yaml", Data: []byte(text)}}, Options{}) {
			if f.Rule == "alert/template" && strings.Contains(f.Message, "does not have") {
				got = append(got, f.Suggestion)
			}
		}
		if diff := cmp.Diff([]string{c.want}, got); diff != "" {
			t.Errorf("%s without %s (-want +got):\n%s", c.expr, c.label, diff)
		}
	}
}
