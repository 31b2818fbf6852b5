package lint

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/template"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// TestTemplatesAreRefusedWhenPrometheusRefusesThem compares with Prometheus's own
// expander, so that a function that it gains or loses is noticed.
func TestTemplatesAreRefusedWhenPrometheusRefusesThem(t *testing.T) {
	check := newAlertTemplate()
	templates := []string{
		"{{ $value }}", "{{ $value", "{{ end }}", "{{ if $value }}x", "{{ $labels.a.b }}", "{{ $externalLabels.a }}", "{{ $nothing }}",
		"{{ .Labels.a | nothing }}", "{{/* comment */}}", "{{ template \"x\" }}", "{{ define \"x\" }}y{{ end }}{{ template \"x\" . }}",
		"{{ range $i, $s := query \"up\" }}{{ break }}{{ end }}", "{{ break }}", "{{- $value -}}", "{{ \"unclosed }}", "{{ 1 | }}",
	}
	for name := range check.functions {
		templates = append(templates, "{{ $value | "+name+" }}")
	}
	for _, builtin := range []string{"and", "call", "html", "index", "slice", "js", "len", "not", "or", "print", "printf", "println", "urlquery", "eq", "ge", "gt", "le", "lt", "ne"} {
		templates = append(templates, "{{ "+builtin+" $value }}")
	}
	refused := 0
	for _, text := range templates {
		data := template.AlertTemplateData(nil, nil, "", promql.Sample{})
		theirs := template.NewTemplateExpander(context.Background(), definitions+text, "alert", data, 0, nil, nil, nil).ParseTest()
		pair := rulefile.Pair{Key: rulefile.Text{V: "summary"}, Value: rulefile.Text{V: text}}
		found := slices.DeleteFunc(check.check(pair, &Expr{}, false), func(f report.Finding) bool { return f.Severity != report.Error })
		if (theirs != nil) != (len(found) > 0) {
			t.Errorf("%s: Prometheus says %v, we say %v", text, theirs, found)
		}
		if theirs != nil {
			refused++
		}
	}
	if refused < 6 || refused == len(templates) {
		t.Errorf("%d of %d templates were refused", refused, len(templates))
	}
}

// TestUndefinedTemplatesFailWhenTheAlertFires compares with Prometheus's own
// expander, which loads them all.
func TestUndefinedTemplatesFailWhenTheAlertFires(t *testing.T) {
	check := newAlertTemplate()
	for text, fails := range map[string]bool{
		`{{ template "x" }}`:                                                                   true,
		`{{ template "x" . }}{{ template "x" . }}`:                                             true,
		`{{ if true }}{{ template "x" . }}{{ end }}`:                                           true,
		`{{ range strings }}{{ else }}{{ template "x" . }}{{ end }}`:                           true,
		`{{ define "y" }}{{ template "x" }}{{ end }}{{ template "y" }}`:                        true,
		`{{ define "x" }}a{{ end }}{{ template "x" }}`:                                         false,
		`{{ template "x" }}{{ define "x" }}a{{ end }}`:                                         false,
		`{{ define "y" }}{{ template "x" }}{{ end }}a`:                                         false,
		`{{ block "x" . }}a{{ end }}{{ template "x" . }}`:                                      false,
		`{{ define "a" }}{{ if false }}{{ template "a" }}{{ end }}{{ end }}{{ template "a" }}`: false,
	} {
		text := strings.ReplaceAll(text, "range strings", "range query \"none\"")
		data := template.AlertTemplateData(nil, nil, "", promql.Sample{})
		none := func(context.Context, string, time.Time) (promql.Vector, error) { return nil, nil }
		_, err := template.NewTemplateExpander(context.Background(), definitions+text, "alert", data, 0, none, nil, nil).Expand()
		pair := rulefile.Pair{Key: rulefile.Text{V: "summary"}, Value: rulefile.Text{V: text}}
		found := check.check(pair, &Expr{}, false)
		if (err != nil) != fails || len(found) > 1 || (len(found) == 1) != fails {
			t.Errorf("%s: Prometheus says %v, we say %v", text, err, found)
		}
	}
}

func TestLinesOfATemplate(t *testing.T) {
	for _, c := range []struct {
		line int
		want string
	}{{1, "a"}, {2, ""}, {3, "bc"}, {4, ""}, {9, ""}} {
		const text = "a\n\nbc\n"
		start, end := lineRange(text, c.line)
		if got := text[start:end]; got != c.want {
			t.Errorf("line %s: got %q, want %q", strconv.Itoa(c.line), got, c.want)
		}
	}
}
