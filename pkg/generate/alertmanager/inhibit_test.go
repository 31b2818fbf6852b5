package alertmanager

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	common "github.com/prometheus/alertmanager/config/common"
	"github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"

	"github.com/nthlayer/action/pkg/tech"
)

// TestInhibition makes sure that an alert keeps those quiet that say the same no more
// urgently, and no others. Labels that both lack are equal to Alertmanager.
func TestInhibition(t *testing.T) {
	rules := merged(t, shop).InhibitRules
	tests := []struct {
		source, target string
		quiet          bool
	}{
		{"alertname=SLOErrorBudgetBurnFast severity=critical service=pay slo=a", "alertname=SLOErrorBudgetBurnHigh severity=critical service=pay slo=a", true},
		{"alertname=SLOErrorBudgetBurnFast severity=critical service=pay slo=a", "alertname=SLOErrorBudgetBurnSlow severity=warning service=pay slo=a", true},
		{"alertname=SLOErrorBudgetBurnFast severity=warning service=pay slo=a", "alertname=SLOErrorBudgetBurnSlow severity=warning service=pay slo=a", true},
		{"alertname=SLOErrorBudgetBurnFast severity=warning service=pay slo=a", "alertname=SLOErrorBudgetBurnHigh severity=critical service=pay slo=a", false},
		{"alertname=SLOErrorBudgetBurnFast severity=critical service=pay slo=a env=staging", "alertname=SLOErrorBudgetBurnHigh severity=critical service=pay slo=a env=prod", false},
		{"alertname=SLOErrorBudgetBurnFast severity=critical service=pay slo=a env=prod", "alertname=SLOErrorBudgetBurnHigh severity=critical service=pay slo=a env=prod", true},
		{"alertname=SLOErrorBudgetBurnFast severity=critical service=pay slo=a", "alertname=SLOErrorBudgetBurnSlow severity=warning service=pay slo=b", false},
		{"alertname=SLOErrorBudgetBurnFast severity=critical service=pay slo=a", "alertname=SLOErrorBudgetBurnSlow severity=warning service=cart slo=a", false},
		{"alertname=SLOErrorBudgetBurnSlow severity=warning service=pay slo=a", "alertname=SLOErrorBudgetBurnFast severity=critical service=pay slo=a", false},

		{"alertname=PostgresqlDown severity=critical service=pay dependency=db instance=1", "alertname=PostgresqlSlow severity=warning service=pay dependency=db instance=1", true},
		{"alertname=PostgresqlDown severity=critical service=pay dependency=db instance=1", "alertname=PostgresqlSlow severity=critical service=pay dependency=db instance=1", true},
		{"alertname=PostgresqlDown severity=critical service=pay dependency=db instance=1", "alertname=PostgresqlSlow severity=warning service=pay dependency=db instance=2", false},
		{"alertname=PostgresqlDown severity=critical service=pay dependency=db instance=1 env=dev", "alertname=PostgresqlSlow severity=warning service=pay dependency=db instance=1 env=prod", false},
		{"alertname=PostgresqlDown severity=critical service=pay dependency=db instance=1", "alertname=RedisDown severity=critical service=pay dependency=db instance=1", false},
		{"alertname=PodDown severity=critical service=pay", "alertname=SLOErrorBudgetBurnFast severity=critical service=pay", false},

		{"alertname=DepsServerDown severity=warning service=pay dependency=lb", "alertname=HaproxyBackendErrorRatioHigh severity=critical service=pay dependency=lb", false},
		{"alertname=DepsBackendDown severity=critical service=pay dependency=lb", "alertname=HaproxyBackendErrorRatioHigh severity=critical service=pay dependency=lb", false},
		{"alertname=TraefikServerDown severity=warning service=pay dependency=lb", "alertname=TraefikServiceErrorRatioHigh severity=critical service=pay dependency=lb", false},
		{"alertname=HaproxyServerDown severity=warning service=pay dependency=lb instance=1 proxy=a", "alertname=HaproxyFull severity=critical service=pay dependency=lb instance=1 proxy=a", false},
		{"alertname=HaproxyBackendDown severity=critical service=pay dependency=lb instance=1 proxy=a", "alertname=HaproxyFull severity=critical service=pay dependency=lb instance=1 proxy=a", true},
		{"alertname=HaproxyBackendDown severity=critical service=pay dependency=lb instance=1 proxy=a", "alertname=HaproxyFull severity=critical service=pay dependency=lb instance=1 proxy=b", false},
	}
	for _, test := range tests {
		source, target := labelSet(test.source+" managed_by=nthlayer"), labelSet(test.target+" managed_by=nthlayer")
		if quiet := inhibits(rules, source, target); quiet != test.quiet {
			t.Errorf("%s keeps %s quiet: %v, want %v", test.source, test.target, quiet, test.quiet)
		}
		if inhibits(rules, labelSet(test.source), target) {
			t.Errorf("an alert that is not ours keeps others quiet: %s", test.source)
		}
	}
}

// inhibits reports whether an alert keeps another quiet.
func inhibits(rules []common.InhibitRule, source, target model.LabelSet) bool {
	return slices.ContainsFunc(rules, func(r common.InhibitRule) bool {
		equal := !slices.ContainsFunc(r.Equal, func(name string) bool { return source[model.LabelName(name)] != target[model.LabelName(name)] })
		return equal && labels.Matchers(r.SourceMatchers).Matches(source) && labels.Matchers(r.TargetMatchers).Matches(target)
	})
}

// TestNoCriticalAlertIsKeptQuietByLess asks for all alerts of the catalogue at once,
// with the labels that their expressions keep at least.
func TestNoCriticalAlertIsKeptQuietByLess(t *testing.T) {
	catalog, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	rules := merged(t, shop).InhibitRules
	by := regexp.MustCompile(`by \(([^)]*)\)`)
	quiet := 0
	for _, technology := range catalog.All() {
		var all []model.LabelSet
		for _, a := range technology.Alerts {
			set := labelSet("managed_by=nthlayer service=pay dependency=x alertname=" + a.Name + " severity=" + string(a.Severity))
			if kept := by.FindStringSubmatch(a.Expr); kept != nil {
				for name := range strings.SplitSeq(kept[1], ",") {
					set[model.LabelName(strings.TrimSpace(name))] = "1"
				}
			} else {
				set["instance"] = "1"
			}
			all = append(all, set)
		}
		for _, l := range technology.Logs {
			all = append(all, labelSet("managed_by=nthlayer service=pay dependency=x alertname=Deps"+l.Name+" severity="+string(l.Severity)))
		}
		for _, source := range all {
			for _, target := range all {
				if !inhibits(rules, source, target) {
					continue
				}
				quiet++
				for name := range source { // else it is about one part of the instance
					if _, ok := target[name]; !ok {
						t.Errorf("%s keeps %s quiet, which is not about one %s", source["alertname"], target["alertname"], name)
					}
				}
				if source["severity"] != "critical" {
					t.Errorf("%s, which is a %s, keeps %s quiet", source["alertname"], source["severity"], target["alertname"])
				}
			}
		}
	}
	if quiet < 10 {
		t.Errorf("only %d alerts are kept quiet", quiet)
	}
}
