package lint

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	prometheus "github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/template"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// expands runs a template as Prometheus does, with the labels of an alert, and with a
// number or a histogram for its value and for the one sample of a query. It fails if it
// fails with all of them.
func expands(text string) error {
	var failed error
	histograms := []*histogram.FloatHistogram{nil, {Count: 3, Sum: 4}}
	for _, value := range histograms {
		for _, queried := range histograms {
			if failed = expandsWith(text, value, queried); failed == nil {
				return nil
			}
		}
	}
	return failed
}

func expandsWith(text string, value, queried *histogram.FloatHistogram) error {
	names := map[string]string{"job": "checkout", "instance": "10.0.0.1:9090", "le": "5", "a.b": "c"}
	data := template.AlertTemplateData(names, map[string]string{"cluster": "one"}, "http://prometheus.example.com", prometheus.Sample{F: 12, H: value})
	query := func(context.Context, string, time.Time) (prometheus.Vector, error) {
		return prometheus.Vector{{F: 7, H: queried, Metric: labels.FromStrings("job", "checkout")}}, nil
	}
	_, err := template.NewTemplateExpander(context.Background(), definitions+text, "alert", data, 0, query, &url.URL{Path: "/p"}, nil).Expand()
	return err
}

// failuresOf returns what alert/template says of a template that cannot be run.
func failuresOf(c alertTemplate, text string) []report.Finding {
	pair := rulefile.Pair{Key: rulefile.Text{V: "summary"}, Value: rulefile.Text{V: text}}
	return slices.DeleteFunc(c.check(pair, &Expr{}, false), func(f report.Finding) bool {
		return f.Severity != report.Error && !strings.Contains(f.Message, "error is sent")
	})
}

// TestTemplatesThatCannotBeRun compares with Prometheus's own expander: each template
// that is reported fails there, and those that are nearly the same do not.
func TestTemplatesThatCannotBeRun(t *testing.T) {
	c := newAlertTemplate()
	for _, text := range []string{
		`{{ if gt $value 5 }}high{{ end }}`, `{{ if lt 5 .Value }}{{ end }}`, `{{ $value | eq 5 }}`, `{{ ne $value 0 }}`, `{{ ge ($value) 0x10 }}`,
		`{{ $v := $value }}{{ if le $v 'a' }}{{ end }}`, `{{ eq $labels.job 5 }}`, `{{ gt $labels.le 0.5 }}`, `{{ eq $value "12" }}`, `{{ lt true false }}`,
		`{{ gt $labels 5 }}`, `{{ eq $value true }}`, `{{ gt (len $labels.job) 3.0 }}`, `{{ eq $value }}`, `{{ lt now 5 }}`, `{{ gt ($value | toDuration) 5.0 }}`,
		`{{ .Foo }}`, `{{ .Label.job }}`, `{{ .CommonLabels.job }}`, `{{ $.Foo }}`, `{{ .Labels.job.foo }}`, `{{ $labels.job.foo }}`, `{{ $externalURL.Host }}`,
		`{{ $value.job }}`, `{{ (query "up" | first).Foo }}`, `{{ (query "up").Value }}`, `{{ with query "up" }}{{ (. | first).Labels.job.x }}{{ end }}`,
		`{{ range query "up" }}{{ .Foo }}{{ end }}`, `{{ range query "up" }}{{ .Labels.job.x }}{{ end }}`, `{{ range $i, $s := query "up" }}{{ $s.Foo }}{{ end }}`,
		`{{ range $labels.job }}{{ end }}`, `{{ range $value }}{{ end }}`, `{{ range . }}{{ end }}`, `{{ range $k, $v := $labels }}{{ $v.x }}{{ end }}`,
		`{{ $labels.job | reReplaceAll "(" "x" }}`, `{{ reReplaceAll "a[" "" $labels.job }}`, `{{ match "*" $labels.job }}`, `{{ reReplaceAll "a" "b" }}`,
		`{{ humanizeDuration ($value | parseDuration) }}`, `{{ parseDuration "soon" }}`, `{{ toUpper $value }}`, `{{ $value | title }}`, `{{ $labels | humanize }}`,
		`{{ humanize .Labels }}`, `{{ humanizePercentage true }}`, `{{ query $value }}`, `{{ query "up" | value }}`, `{{ query "up" | first | first }}`, `{{ $value | value }}`,
		`{{ query "up" | label "job" }}`, `{{ label $value (query "up" | first) }}`, `{{ sortByLabel (query "up") "job" }}`, `{{ safeHtml "x" | toUpper }}`,
		`{{ index $labels 0 }}`, `{{ index $labels "job" "x" }}`, `{{ index $value 0 }}`, `{{ index . "Labels" }}`, `{{ len $value }}`, `{{ slice $value 1 }}`, `{{ len now }}`,
		`{{ $labels.job "x" }}`, `{{ $value | $labels.job }}`, `{{ $value 5 }}`, `{{ . 5 }}`, `{{ now 5 }}`, `{{ pathPrefix "x" }}`, `{{ humanize }}`, `{{ humanize $value 2 }}`, `{{ printf $value "x" }}`, `{{ printf 5 }}`,
		`{{ printf }}`, `{{ not }}`, `{{ not true false }}`, `{{ and }}`, `{{ if and true (gt $value 5) }}{{ end }}`, `{{ or "" $labels.job.x }}`,
		`{{ define "x" }}{{ .Foo }}{{ end }}{{ template "x" . }}`, `{{ define "x" }}{{ .x }}{{ end }}{{ template "x" $value }}`, `{{ define "x" }}{{ gt . 5 }}{{ end }}{{ template "x" $value }}`,
		`{{ define "x" }}{{ $.Foo }}{{ end }}{{ with $value }}{{ template "x" $ }}{{ end }}`, `{{ with $labels }}{{ .job.x }}{{ end }}`, `{{ if true }}{{ else }}{{ end }}{{ .foo }}`,
		`{{ with $x := $value }}{{ lt $x 3 }}{{ end }}`, `{{ if $x := $labels.job }}{{ $x.y }}{{ end }}`, `{{ (args 1 2).arg0.x }}{{ .args }}`, `{{ strvalue $value }}`,
		`{{ eq 5.0 (query "up" | first) }}`, `{{ eq now (toTime 5) }}`, `{{ ne (parseDuration "5m") (toDuration 5) }}`, `{{ and 1.0 now | eq (toTime 5) }}`, `{{ eq $labels $labels }}`, `{{ eq . . }}`, `{{ eq (query "up") (query "up") }}`,
		`{{ eq $labels $externalLabels }}`, `{{ eq (args 1) (query "up" | first) }}`, `{{ eq $value $labels }}`, `{{ eq (query "up" | first) "checkout" }}`, `{{ eq (toTime 5) true }}`, `{{ js | toUpper | humanize | .Foo }}`,
	} {
		if found := failuresOf(c, text); len(found) == 0 || expands(text) == nil {
			t.Errorf("%s: Prometheus says %v, we say %v", text, expands(text), found)
		}
	}
	for _, text := range []string{
		`{{ if gt $value 5.0 }}high{{ end }}`, `{{ lt 5e0 .Value }}`, `{{ eq 0x1p3 $value }}`, `{{ eq $labels.job "checkout" "x" 5 }}`, `{{ gt (len $labels.job) 3 }}`, `{{ eq true (eq 1 1) }}`, `{{ $value | eq (query "up" | first) }}`, `{{ ne (query "up" | first | value) (toTime 5) }}`, `{{ eq (toTime 5) (toDuration 5) (query "up" | first) }}`,
		`{{ and 1.0 $value | eq (toTime 5) }}`, `{{ lt now $value }}`,
		`{{ .Labels.job }}`, `{{ $.Labels.job }}`, `{{ .ExternalLabels.cluster }}`, `{{ .ExternalURL }}`, `{{ $.Value }}`, `{{ $labels.nothing }}`, `{{ $externalLabels.nothing | toUpper }}`,
		`{{ $value.Count }}`, `{{ (query "up" | first).Value | humanize }}`, `{{ (query "up" | first).Labels.job | toUpper }}`, `{{ range query "up" }}{{ .Labels.x }}{{ .Value | humanize }}{{ end }}`,
		`{{ range $i, $s := query "up" }}{{ $i }}{{ $s.Value }}{{ end }}`, `{{ range $k, $v := $labels }}{{ $k | toUpper }}{{ $v | toLower }}{{ end }}`, `{{ range $labels }}{{ . | toUpper }}{{ end }}`,
		`{{ $labels.job | reReplaceAll "(c)" "$1" }}`, `{{ match "^c" $labels.job }}`, `{{ reReplaceAll $labels.job "" "(" }}`, `{{ reReplaceAll (print "x") "" "" }}`,
		`{{ humanizeDuration $value }}`, `{{ "5m" | parseDuration | humanizeDuration }}`, `{{ parseDuration "-1h30m" }}`, `{{ $labels.le | humanize }}`, `{{ humanize 5 }}`, `{{ ($value | toTime).Year }}`, `{{ (now | toTime).Format "2006" }}`,
		`{{ ($value | toDuration).Hours | humanize }}`, `{{ toDuration 5 }}`, `{{ query "up" | sortByLabel "job" | first | label "job" | toUpper }}`, `{{ query "up" | first | strvalue | toUpper }}`, `{{ safeHtml "x" | len }}`,
		`{{ index $labels "a.b" | toUpper }}`, `{{ index $labels }}`, `{{ index (query "up") 0 }}`, `{{ index "abc" 1 }}`, `{{ index (args "x") "arg0" }}`, `{{ len $labels }}`, `{{ slice $labels.job 1 2 }}`,
		`{{ and $value $labels.job }}`, `{{ printf "%f" $value }}`, `{{ print }}`, `{{ html 1 2 }}`,
		`{{ define "x" }}{{ .Foo }}{{ end }}x`, `{{ define "x" }}{{ .Foo }}{{ end }}{{ template "x" }}`, `{{ define "x" }}{{ toUpper . }}{{ end }}{{ template "x" $labels.job }}`, `{{ define "x" }}{{ .job }}{{ end }}{{ template "x" .Labels }}`,
		`{{ define "x" }}{{ gt . 5.0 }}{{ end }}{{ template "x" .Value }}`, `{{ with $labels }}{{ .job | toUpper }}{{ end }}`, `{{ with $value }}{{ $.Labels.job }}{{ else }}{{ .Labels.job }}{{ end }}`,
		`{{ $x := 5 }}{{ $x = $labels }}{{ $x.job }}`, `{{ $x := "a" }}{{ if true }}{{ $x = 5 }}{{ end }}{{ eq $x 5 }}`,
		`{{ $labels := .Value }}{{ gt $labels 5.0 }}`, `{{ if true }}{{ $value := 3 }}{{ gt $value 2 }}{{ end }}{{ gt $value 2.0 }}`, `{{ with $x := $labels }}{{ $x.job }}{{ end }}`, `{{ (args 1 "x").arg0 }}`,
		`{{ range $i := query "up" }}{{ $i.Value }}{{ end }}`, `{{ range 3 }}{{ . }}{{ end }}`, `{{ $labels.job | printf "%s %v" "x" }}`, `{{ eq 1 1 | not }}`, `{{ print nil }}`, `{{ 1.5 | humanize }}`,
	} {
		if found := failuresOf(c, text); len(found) > 0 || expands(text) != nil {
			t.Errorf("%s: Prometheus says %v, we say %v", text, expands(text), found)
		}
	}
}

// TestTemplatesThatCannotBeRunWhenReached holds parts that Prometheus does not reach
// with the labels and the value of this test.
func TestTemplatesThatCannotBeRunWhenReached(t *testing.T) {
	c := newAlertTemplate()
	for _, text := range []string{
		`{{ and false (gt $value 5) | not }}`, `{{ or $labels.job $labels.job.x }}`, `{{ if and $labels.nothing (gt $value 5) }}{{ end }}`, `{{ if $labels.nothing }}{{ .Foo }}{{ end }}`,
		`{{ if $labels.job }}{{ else if gt $value 5 }}{{ end }}`, `{{ with $labels.nothing }}{{ .x }}{{ end }}`, `{{ range $labels }}{{ break }}{{ .x }}{{ end }}`, `{{ range $labels }}{{ else }}{{ .x }}{{ end }}`,
		`{{ define "x" }}{{ .Foo }}{{ end }}{{ if $labels.nothing }}{{ template "x" . }}{{ end }}`,
	} {
		found := failuresOf(c, text)
		if len(found) != 1 || !strings.Contains(found[0].Message, "whenever this part of it is reached") || expands(text) != nil {
			t.Errorf("%s: Prometheus says %v, we say %v", text, expands(text), found)
		}
	}
}

// TestNoTemplateIsSaidToFailThatRuns puts templates together at random. What is said to
// fail without a condition fails in Prometheus.
func TestNoTemplateIsSaidToFailThatRuns(t *testing.T) {
	c := newAlertTemplate()
	var functions []string
	for name := range c.functions {
		functions = append(functions, name)
		if _, ok := signatureOf(name); !ok && name != "call" {
			t.Errorf("the function %s is not known", name)
		}
	}
	slices.Sort(functions)
	said := 0
	rapid.Check(t, func(t *rapid.T) {
		operand := rapid.SampledFrom([]string{
			"$value", ".Value", "$labels.job", "$labels.le", "$labels", "$externalLabels", "$externalURL", ".Foo", "$.Labels", ".", "$", "5", "5.0", "-1e3", "'a'", "true", "nil", `"up"`, `"5m"`, `"("`, `"3"`,
			`(query "up")`, `(query "up" | first)`, `(query "up" | first).Value`, "(now)", `(safeHtml "x")`, "(5 | toTime)", "($value | toDuration)", "(args 1)", "$v", "($v)", "$labels.job.x", "(index $labels \"job\")",
		})
		var command func(depth int) string
		command = func(depth int) string {
			words := []string{rapid.SampledFrom(functions).Draw(t, "function")}
			for range rapid.IntRange(0, 3).Draw(t, "arguments") {
				if depth > 0 && rapid.IntRange(0, 3).Draw(t, "nested") == 0 {
					words = append(words, "("+command(depth-1)+")")
					continue
				}
				words = append(words, operand.Draw(t, "operand"))
			}
			return strings.Join(words, " ")
		}
		parts := []string{operand.Draw(t, "first"), command(2)}[rapid.IntRange(0, 1).Draw(t, "call"):]
		if rapid.Bool().Draw(t, "piped") {
			parts = append(parts, command(1))
		}
		text := "{{ $v := " + operand.Filter(func(s string) bool { return !strings.Contains(s, "$v") && s != "nil" }).Draw(t, "variable") + " }}{{ " + strings.Join(parts, " | ") + " }}"
		for _, f := range failuresOf(c, text) {
			if f.Severity == report.Error || strings.Contains(f.Message, "whenever this part") || strings.Contains(f.Message, "PromQL") {
				continue
			}
			said++
			if expands(text) == nil {
				t.Fatalf("%s runs, and we say %s", text, f.Message)
			}
		}
	})
	if said < 20 {
		t.Errorf("only %d templates were said to fail", said)
	}
}
