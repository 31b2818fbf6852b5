package ruletests

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/nthlayer/action/pkg/generate/record"
	"github.com/nthlayer/action/pkg/report"
)

// mutation is a change to a generated file, as somebody may make it by hand: the
// first place that matches, or all of them.
type mutation struct {
	name, file, old, new string
	all                  bool
}

func mutations() []mutation {
	burn, rec := record.BurnFile, record.File
	const sel = `\{service="pay",slo="main"\}`
	return []mutation{
		{"factor 14.4 to 12", burn, `\(14\.4 \*`, `(12 *`, false},
		{"factor 14.4 to 13.9", burn, `\(14\.4 \*`, `(13.9 *`, false},
		{"factor 14.4 to 15", burn, `\(14\.4 \*`, `(15 *`, false},
		{"factor 14.4 to 15 everywhere", burn, `\(14\.4 \*`, `(15 *`, true},
		{"factor of the short window", burn, `(rate5m` + sel + ` > )\(14\.4`, `${1}(14`, false},
		{"factor 6 to 6.2", burn, `\(6 \*`, `(6.2 *`, false},
		{"factor 3 to 2.9", burn, `\(3 \*`, `(2.9 *`, false},
		{"factor 1 to 1.05", burn, `\(1 \*`, `(1.05 *`, false},
		{"factor 1 to 0", burn, `\(1 \*`, `(0 *`, true},
		{"no short window 5m", burn, `and on \(service, slo\)\n +slo:sli_error:ratio_rate5m` + sel + ` > \(14\.4 \* 0\.001\)\n +`, ``, false},
		{"no short window 6h", burn, `and on \(service, slo\)\n +slo:sli_error:ratio_rate6h` + sel + ` > \(1 \* 0\.001\)\n +`, ``, false},
		{"short window 5m to 30m", burn, `rate5m(` + sel + ` > \(14)`, `rate30m$1`, false},
		{"short window 30m to 1h", burn, `rate30m(` + sel + ` > \(6)`, `rate1h$1`, false},
		{"short window 2h to 30m", burn, `rate2h(` + sel + ` > \(3)`, `rate30m$1`, false},
		{"short window 6h to 2h", burn, `rate6h(` + sel + ` > \(1 )`, `rate2h$1`, false},
		{"long window 1h to 6h", burn, `rate1h(` + sel + ` > \(14)`, `rate6h$1`, false},
		{"long window 1h to 5m", burn, `rate1h(` + sel + ` > \(14)`, `rate5m$1`, false},
		{"long window 6h to 1d", burn, `rate6h(` + sel + ` > \(6)`, `rate1d$1`, false},
		{"long window 1d to 3d", burn, `rate1d(` + sel + ` > \(3)`, `rate3d$1`, false},
		{"long window 3d to 1d", burn, `rate3d(` + sel + ` > \(1 )`, `rate1d$1`, false},
		{"no guard of events", burn, `slo:events_total:increase1h` + sel + ` > 30\n +and on \(service, slo\)\n +`, ``, false},
		{"no guard of events of 6h", burn, `slo:events_total:increase6h` + sel + ` > 30\n +and on \(service, slo\)\n +`, ``, false},
		{"guard 30 to 300", burn, `> 30\n`, "> 300\n", false},
		{"guard 30 to 31", burn, `> 30\n`, "> 31\n", false},
		{"guard of 6h instead of 1h", burn, `total:increase1h`, `total:increase6h`, false},
		{"guard of 1h instead of 6h", burn, `total:increase6h`, `total:increase1h`, false},
		{"guard of bad events", burn, `> 1\.5`, `> 0`, false},
		{"guard of bad events of another window", burn, `bad:increase1d`, `bad:increase3d`, false},
		{"guard of the budget", burn, `(bad:increase30d` + sel + `) > 1\.5`, `$1 > 0`, true},
		{"and to or", burn, `and on`, `or on`, false},
		{"for 2m to 2h", burn, `for: 2m`, `for: 2h`, false},
		{"for 2m to 10m", burn, `for: 2m`, `for: 10m`, false},
		{"for 2m removed", burn, ` +for: 2m\n`, ``, false},
		{"for 15m to 25m", burn, `for: 15m`, `for: 25m`, false},
		{"for 15m to 10m", burn, `for: 15m`, `for: 10m`, false},
		{"for 1h to 50m", burn, `for: 1h`, `for: 50m`, false},
		{"for 3h to 5m", burn, `for: 3h`, `for: 5m`, false},
		{"for 3h to 4h", burn, `for: 3h`, `for: 4h`, false},
		{"for of the low budget", burn, `for: 5m`, `for: 10m`, false},
		{"for of the exhausted budget removed", burn, `( < 0[^.](?s:.*?)) +for: 5m\n`, `$1`, false},
		{"for of the absence", burn, `for: 10m`, `for: 10h`, false},
		{"for of the absence to 15m", burn, `for: 10m`, `for: 15m`, false},
		{"severity critical to warning", burn, `severity: critical`, `severity: warning`, false},
		{"severity warning to critical", burn, `severity: warning`, `severity: critical`, false},
		{"team", burn, `team: money`, `team: other`, false},
		{"team of what is recorded", rec, `team: money`, `team: other`, false},
		{"label removed", burn, ` +managed_by: nthlayer\n`, ``, false},
		{"window label", burn, `burn_rate_window: 3d`, `burn_rate_window: 1d`, false},
		{"broken template", burn, `summary: main of pay burns`, `summary: '{{ $$labels.nope }}' #`, false},
		{"template that fails", burn, `\{\{ \$value \| humanizePercentage`, `{{ $$value | humanise`, false},
		{"another value", burn, `humanizePercentage`, `humanize`, false},
		{"absent inverted", burn, `absent\(`, `count(`, false},
		{"absent of another series", burn, `absent\(slo:events_bad:increase5m`, `absent(slo:sli_error:ratio_rate1h`, false},
		{"low 0.1 to 0.2", burn, `>= 0 < 0\.1`, `>= 0 < 0.2`, false},
		{"low 0.1 to 0.09", burn, `>= 0 < 0\.1`, `>= 0 < 0.09`, false},
		{"low without a lower bound", burn, `>= 0 < 0\.1`, `< 0.1`, false},
		{"exhausted 0 to -2", burn, `(remaining:ratio` + sel + `) < 0\n`, "$1 < -2\n", false},
		{"exhausted 0 to 0.01", burn, `(remaining:ratio` + sel + `) < 0\n`, "$1 < 0.01\n", false},
		{"an alert removed", burn, `alert: SLOErrorBudgetBurnMedium`, `alert: Other`, false},

		{"no guard of successes", rec, ` or sum\(increase\(req_total\{service="pay"\}\[[0-9a-z]+\]\)\) \* 0`, ``, true},
		{"no guard of successes in 1h", rec, ` or sum\(increase\(req_total\{service="pay"\}\[1h\]\)\) \* 0`, ``, false},
		{"no guard of traffic", rec, `(\[30m\]\)\)) > 0`, `$1`, false},
		{"no guard of traffic anywhere", rec, ` > 0\)`, `)`, true},
		{"the window 1h over 30m", rec, `\[1h\]`, `[30m]`, true},
		{"the window 1h over 6h", rec, `\[1h\]`, `[6h]`, true},
		{"the window 2h over 1h", rec, `\[2h\]`, `[1h]`, true},
		{"the window 6h over 3d", rec, `\[6h\]`, `[3d]`, true},
		{"the window 3d over 1d", rec, `\[3d\]`, `[1d]`, true},
		{"the window 3d over 4d", rec, `\[3d\]`, `[4d]`, true},
		{"the window 5m over 10m", rec, `(req_total[^\[]*)\[5m\]`, `$1[10m]`, true},
		{"the window 30m over 5m", rec, `\[30m\]`, `[5m]`, true},
		{"outcome dropped", rec, `code!~"5..",`, ``, true},
		{"other outcomes", rec, `code!~"5.."`, `code!~"4.."`, true},
		{"successes of 200 alone", rec, `code!~"5.."`, `code="200"`, true},
		{"failures of 500 alone", rec, `code!~"5.."`, `code!="500"`, true},
		{"other failures, too", rec, `code!~"5.."`, `code!~"4..|5.."`, true},
		{"mean of successes", rec, `sum(\(increase\(req_total\{code)`, `avg$1`, true},
		{"no service in the total", rec, `req_total\{service="pay"\}`, `req_total`, true},
		{"no service in the successes", rec, `,service="pay"\}\[`, `}[`, true},
		{"no service at all", rec, `(req_total\{[^}]*?),?service="pay"`, `$1`, true},
		{"no service in one window", rec, `req_total\{service="pay"\}(\[1d\])`, `req_total$1`, false},
		{"increase to delta", rec, `increase\(`, `delta(`, true},
		{"period 30d to 7d", rec, `\[30d\]`, `[7d]`, true},
		{"period 30d to 28d", rec, `\[30d\]`, `[28d]`, true},
		{"period 30d to 31d", rec, `\[30d\]`, `[31d]`, true},
		{"period 30d to 1h", rec, `\[30d\]`, `[1h]`, true},
		{"coverage of 7d", rec, `\[30d:5m\]`, `[7d:5m]`, false},
		{"coverage by more steps", rec, `/ 8640`, `/ 864`, false},
		{"no coverage", rec, ` \* slo:period_coverage:ratio` + sel, ``, false},
		{"mean of shares", rec, `expr: sum\(slo:events_bad:increase30d` + sel + `\) / \(sum\(slo:events_total:increase30d` + sel + `\) > 0\)`, `expr: avg_over_time(slo:sli_error:ratio_rate5m{service="pay",slo="main"}[30d])`, false},
		{"sum to average", rec, `sum_over_time\(slo:events_bad`, `avg_over_time(slo:events_bad`, false},
		{"objective", rec, `vector\(0\.999\)`, `vector(0.99)`, false},
		{"allowed", rec, `vector\(0\.001\)`, `vector(0.01)`, false},
		{"days", rec, `vector\(30\)`, `vector(7)`, false},
		{"current burn rate", rec, `(rate5m` + sel + ` / )0\.001`, `${1}0.01`, false},
		{"burn rate of the period", rec, `(rate30d` + sel + ` / )0\.001`, `${1}0.01`, false},
		{"what remains", rec, `expr: 1 - `, `expr: 2 - `, false},
		{"the alias of what remains", rec, `expr: slo:period_error_budget_remaining:ratio`, `expr: slo:period_burn_rate:ratio`, false},
		{"another slo", rec, `slo="main"`, `slo="other"`, true},
		{"a rule removed", rec, `record: slo:sli_error:ratio_rate2h`, `record: slo:other`, false},
		{"an offset", rec, `\[6h\]`, `[6h] offset 1h`, true},
	}
}

// TestABrokenRuleFailsItsTests makes sure that the tests are worth running: each
// change is found.
func TestABrokenRuleFailsItsTests(t *testing.T) {
	s := service(t, `{objective: 99.9, window: 30d, good_query: 'sum(rate(req_total{code!~"5.."}[5m]))', total_query: 'sum(rate(req_total[5m]))'}`)
	for _, m := range mutations() {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			dir, _ := generated(t, job(s))
			mutate(t, filepath.Join(dir, m.file), m)
			out := runUntil(t, dir, func(f []report.Finding) bool { return len(f) > 0 })
			if len(out.Findings) == 0 {
				t.Errorf("all of %d tests pass", len(out.Tests))
			}
		})
	}
}

// mutate changes a file.
func mutate(t *testing.T, path string, m mutation) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	done := false
	changed := regexp.MustCompile(m.old).ReplaceAllStringFunc(string(data), func(found string) string {
		if done && !m.all {
			return found
		}
		done = true
		return regexp.MustCompile(m.old).ReplaceAllString(found, m.new)
	})
	if changed == string(data) {
		t.Fatalf("nothing matches %s in\n%s", m.old, data)
	}
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
}
