package lint

import (
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/lint/rulefile"
)

func TestFixesOfBrokenExpressions(t *testing.T) {
	for expr, want := range map[string]string{
		`holt_winters(x[5m], 0.1, 0.1) > 1`: renamed,
		`raet(x[5m]) > 1`:                   "did you mean rate?",
		`later_function(x[5m]) > 1`:         "use a function that Prometheus has",
		`foo > 0x1p-2`:                      "write the number in decimal",
		`rate(foo[5x]) > 1`:                 "write durations as",
	} {
		e := newExpr(rulefile.Text{V: expr})
		found := promqlSyntax{}.CheckBrokenExpr(e)
		if len(found) != 1 || !strings.HasPrefix(found[0].Suggestion, want) {
			t.Errorf("%s: got %+v, want %s", expr, found, want)
		}
	}
}
