package lint

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/report"
)

func rulesFound(found []report.Finding) (out []string) {
	for _, f := range found {
		out = append(out, string(f.Severity)+" "+f.Rule)
	}
	return out
}

const twoFindings = `groups:
  - name: a
    rules:
      - alert: A
        expr: up{job=~"api"}
`

func TestOptionsLeaveOutRulesAndReplaceSeverities(t *testing.T) {
	files := []File{{Name: "a.yaml", Data: []byte(twoFindings)}}
	for _, c := range []struct {
		name string
		o    Options
		want []string
	}{
		{"default", Options{}, []string{"warning alert/comparison", "info promql/regexp-without-pattern"}},
		{"disabled", Options{Disabled: []string{"alert/comparison"}}, []string{"info promql/regexp-without-pattern"}},
		{
			"severity",
			Options{Severities: map[string]report.Severity{"promql/regexp-without-pattern": report.Error}},
			[]string{"warning alert/comparison", "error promql/regexp-without-pattern"},
		},
		{
			"service label",
			Options{RequireServiceLabel: true, Disabled: []string{"alert/comparison"}},
			[]string{"warning promql/service-label", "info promql/regexp-without-pattern"},
		},
		{
			"another service label",
			Options{RequireServiceLabel: true, ServiceLabel: "job", Disabled: []string{"alert/comparison"}},
			[]string{"info promql/regexp-without-pattern"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, rulesFound(RuleFiles(context.Background(), files, c.o))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestStructureFindingsCanBeDisabledLikeAnyOther(t *testing.T) {
	files := []File{{Name: "a.yaml", Data: []byte("groups:\n  - name: a\n    owner: me\n    rules: []\n")}}
	if found := RuleFiles(context.Background(), files, Options{Disabled: []string{"rule/structure"}}); len(found) > 0 {
		t.Errorf("got %v", found)
	}
}

func TestLintIsDeterministic(t *testing.T) {
	var files []File
	for i := range 30 {
		files = append(files, File{Name: fmt.Sprintf("%02d.yaml", i), Data: bytes.ReplaceAll([]byte(twoFindings), []byte("alert: A"), []byte("alert: A\n      # "+strings.Repeat("x", i)))})
	}
	first := RuleFiles(context.Background(), files, Options{})
	if len(first) != 2*len(files)+len(files)-1 {
		t.Fatalf("%d findings", len(first))
	}
	for range 5 {
		if diff := cmp.Diff(first, RuleFiles(context.Background(), files, Options{})); diff != "" {
			t.Fatalf("a second run differs:\n%s", diff)
		}
	}
}

func TestFingerprintsOfRulesStayWhenRulesAreAddedAbove(t *testing.T) {
	added := strings.Replace(twoFindings, "      - alert: A", "      - alert: B\n        expr: up == 0\n      - alert: A", 1)
	prints := func(text string) (out []string) {
		for _, f := range RuleFiles(context.Background(), []File{{Name: "a.yaml", Data: []byte(text)}}, Options{}) {
			out = append(out, f.Fingerprint)
		}
		return out
	}
	if diff := cmp.Diff(prints(twoFindings), prints(added)); diff != "" {
		t.Errorf("the fingerprints changed:\n%s", diff)
	}
}

func TestLintEndsEarlyWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if found := RuleFiles(ctx, []File{{Name: "a.yaml", Data: []byte(twoFindings)}}, Options{}); len(found) > 0 {
		t.Errorf("got %v", found)
	}
}

func TestFilesWithoutRulesHaveNoFindings(t *testing.T) {
	for _, text := range []string{"", "# nothing yet\n", "---\n---\n", "groups:\n", "groups: []\n", "apiVersion: v1\nkind: ConfigMap\ndata: {groups: x}\n"} {
		if found := RuleFiles(context.Background(), []File{{Name: "a.yaml", Data: []byte(text)}}, Options{}); len(found) > 0 {
			t.Errorf("%q: %v", text, found)
		}
	}
}

// TestDeepExpressionsCostLittle would take minutes if a check printed or walked
// the inside of every node again.
func TestDeepExpressionsCostLittle(t *testing.T) {
	deep := strings.Repeat("sum(1+", 700) + "a>1 and b>1" + strings.Repeat(")>1 and b>1", 700)
	var b strings.Builder
	b.WriteString("groups:\n  - name: a\n    rules:\n")
	for i := range 20 {
		fmt.Fprintf(&b, "      - alert: A%d\n        expr: %s\n", i, deep)
	}
	for _, f := range RuleFiles(context.Background(), []File{{Name: "a.yaml", Data: []byte(b.String())}}, Options{}) {
		t.Errorf("%s", describe(f))
	}
}

func TestExceptionsEndAfterTheirLastDayInTheZoneOfTheGate(t *testing.T) {
	const service = `service: {name: checkout, team: a, tier: low, type: api}
resources:
  - kind: DeploymentGate
    name: gate
    spec:
      timezone: Pacific/Auckland
      exceptions:
        - {team: a, allow: always, until: 2026-06-30, reason: OPS-1}
`
	loaded := loadServices(t, example{{Name: "checkout.yaml", Data: []byte(service)}}, "")
	if len(loaded.Findings)+len(loaded.Unreadable) > 0 {
		t.Fatalf("%v %v", loaded.Findings, loaded.Unreadable)
	}
	// Midnight in Auckland is 12:00 UTC of the day before in winter.
	midnight := time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		now  time.Time
		want int
	}{{time.Time{}, 0}, {midnight.Add(-time.Second), 0}, {midnight, 1}} {
		found := Services(context.Background(), loaded.Services, Options{Now: c.now})
		if len(found) != c.want {
			t.Errorf("at %s: %v", c.now, found)
		}
	}
}

func TestDeclaredTypesDecideOverNames(t *testing.T) {
	const service = `service: {name: checkout, team: a, tier: low, type: api}
resources:
  - kind: Observability
    name: metrics
    spec:
      metrics:
        - {name: open_orders, type: gauge}
        - {name: carts_total, type: gauge}
        - {name: free_ratio, type: counter}
  - kind: Alert
    name: orders
    spec: {expr: 'rate(open_orders{service="checkout"}[5m]) > 1', severity: warning}
  - kind: Alert
    name: carts
    spec: {expr: 'carts_total{service="checkout"} > 100', severity: warning}
  - kind: Alert
    name: free
    spec: {expr: 'rate(free_ratio{service="checkout"}[5m]) > 1', severity: warning}
`
	loaded := loadServices(t, example{{Name: "checkout.yaml", Data: []byte(service)}}, "")
	found := Services(context.Background(), loaded.Services, Options{})
	if diff := cmp.Diff([]string{"warning promql/rate-on-gauge"}, rulesFound(found)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
