package rules

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"pgregory.net/rapid"
)

func TestWrite(t *testing.T) {
	groups := []Group{
		{Name: "a", Interval: 30 * time.Second, Rules: []Rule{
			{Record: "x:y", Expr: "sum(up)", Labels: map[string]string{"tier": "1", "service": "pay"}},
			{
				Alert: "Down", Expr: "up == 0\nand\nup offset 5m == 1", For: 90 * time.Minute, KeepFiring: time.Minute,
				Labels: map[string]string{"severity": "critical"}, Annotations: map[string]string{"summary": "{{ $labels.instance }}: is \"down\""},
			},
		}},
		{Name: "b", Rules: []Rule{{Record: "z", Expr: "1"}}},
	}
	const want = `# Generated from x.yaml
groups:
  - name: a
    interval: 30s
    rules:
      - record: x:y
        expr: sum(up)
        labels:
          service: pay
          tier: "1"
      - alert: Down
        expr: |-
          up == 0
          and
          up offset 5m == 1
        for: 1h30m
        keep_firing_for: 1m
        labels:
          severity: critical
        annotations:
          summary: '{{ $labels.instance }}: is "down"'
  - name: b
    rules:
      - record: z
        expr: "1"
`
	got, trace, err := Write([]string{"Generated from\nx.yaml"}, groups)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var lines []string
	all := strings.Split(want, "\n")
	for _, tr := range trace {
		lines = append(lines, tr.What+" "+strings.TrimSpace(all[tr.Line-1])+" .. "+strings.TrimSpace(all[tr.EndLine-1]))
	}
	wantLines := []string{
		`x:y - record: x:y .. tier: "1"`,
		`Down - alert: Down .. rules:`,
		`z - record: z .. expr: "1"`,
	}
	if diff := cmp.Diff(wantLines, lines); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestWriteKeepsEveryText makes sure that no text of a service file can end up as
// anything but the value that it is.
func TestWriteKeepsEveryText(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringOf(rapid.OneOf(rapid.RuneFrom([]rune("\n\r\t\"'#:{}[]&*!|>%@`$- \\")), rapid.Rune()))
		rule := Rule{
			Alert: "A", Expr: "up", Labels: map[string]string{"l": text.Draw(rt, "label")},
			Annotations: map[string]string{"summary": text.Draw(rt, "summary"), "x": text.Draw(rt, "x")},
		}
		data, _, err := Write([]string{text.Draw(rt, "header")}, []Group{{Name: "g", Rules: []Rule{rule}}})
		if err != nil {
			rt.Fatal(err)
		}
		read, errs := rulefmt.Parse(data, false, model.UTF8Validation, parser.NewParser(parser.Options{}), nil)
		for _, err := range errs {
			if !strings.Contains(err.Error(), "template") && !strings.Contains(err.Error(), "invalid label value") {
				rt.Fatalf("%v in\n%s", err, data)
			}
		}
		if read == nil {
			return
		}
		got := read.Groups[0].Rules[0]
		if diff := cmp.Diff(rule.Annotations, got.Annotations); diff != "" {
			rt.Fatalf("annotations: -want +got:\n%s\n%s", diff, data)
		}
		if !bytes.Equal([]byte(rule.Labels["l"]), []byte(got.Labels["l"])) {
			rt.Fatalf("label %q became %q", rule.Labels["l"], got.Labels["l"])
		}
	})
}
