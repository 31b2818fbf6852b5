package lint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/policy/organisation"
)

func TestSeverities(t *testing.T) {
	for _, c := range []struct {
		severities string
		want       []string
	}{
		{"critical warning info page ticket none high low sev1 p1", nil},
		{"critcal warnin Warnng tickt eror inof pgae", []string{"critcal", "warnin", "Warnng", "tickt", "eror", "inof", "pgae"}},
		{"pager paged pages infos criticals warnings tickets warn crit inform", nil},
		{"critical critical Critical", []string{"Critical"}},
		{"CRITICAL CRITICAL critical Warning info", []string{"critical"}},
		{"critical Critical", nil},
		{"Critical WARNING", nil},
		{"'{{$labels.a}}' '{{$labels.A}}' '{{$labels.A}}'", nil},
	} {
		var text strings.Builder
		text.WriteString("groups:\n- name: a\n  rules:\n  - {record: b:c:d, expr: c, labels: {severity: CRITICAL}}\n")
		for i, s := range strings.Fields(c.severities) {
			fmt.Fprintf(&text, "  - {alert: A%d, expr: x%d > 1, for: 5m, labels: {severity: %s}}\n", i, i, s)
		}
		tryRules(t, "alert/severity", organisation.Checks{}, text.String(), c.want)
	}
}
