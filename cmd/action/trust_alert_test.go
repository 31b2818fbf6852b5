package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A pull request that takes a rule file away, or moves it to where nobody looks, says
// which alerts go with it. Nothing else in the run would.
func TestAPullRequestThatRemovesAlertsSaysWhich(t *testing.T) {
	rules := func(alerts ...string) string {
		text := "groups:\n  - name: checkout\n    rules:\n"
		for _, a := range alerts {
			text += "      - alert: " + a + "\n        expr: up{job=\"" + a + "\"} == 0\n        for: 5m\n"
		}
		return text
	}
	const file = "rules/checkout.yaml"
	base := map[string]string{file: rules("CheckoutDown", "CheckoutSlow"), "rules/other.yaml": rules("OtherDown")}
	const gone = file + " is none of the rule files any more, and with it go 2 alerts: CheckoutDown, CheckoutSlow"
	for name, c := range map[string]struct {
		head map[string]string
		says string
	}{
		"the file deleted":            {map[string]string{file: ""}, file + ": warning: " + gone},
		"moved to where nobody looks": {map[string]string{file: "", "old/checkout.yaml": base[file]}, "old/checkout.yaml: warning: " + gone},
		"emptied":                     {map[string]string{file: "groups: []\n"}, "this change removes 2 alerts: CheckoutDown, CheckoutSlow"},
		"one alert taken out":         {map[string]string{file: rules("CheckoutSlow")}, "this change removes the alert CheckoutDown"},
		"moved inside":                {map[string]string{file: "", "rules/pay/checkout.yaml": base[file]}, ""},
		"put together":                {map[string]string{file: "", "rules/other.yaml": rules("OtherDown", "CheckoutDown", "CheckoutSlow")}, ""},
	} {
		for _, api := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, by the API: %t", name, api), func(t *testing.T) {
				r := newPull(t, base, c.head, nil).run(api, "INPUT_SERVICES", "rules", "INPUT_STAGES", "lint", "INPUT_PROMETHEUS-URL", "", "INPUT_COMMENT", "off", "INPUT_STATUSES", "false")
				var want []string
				if c.says != "" {
					want = []string{"warning change/alert-removed"}
				}
				if got := r.rules(); !slices.Equal(got, want) || r.code != 0 || !strings.Contains(r.stdout, c.says) {
					t.Errorf("exit code %d, %q, want %q\n%s", r.code, got, want, r.stdout)
				}
			})
		}
	}
}
