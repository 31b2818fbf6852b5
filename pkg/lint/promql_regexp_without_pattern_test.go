package lint

import (
	"testing"

	"github.com/nthlayer/action/pkg/policy/organisation"
)

func TestRegexpsThatAskForNoPattern(t *testing.T) {
	tryExpressions(t, "promql/regexp-without-pattern", organisation.Checks{}, []exprCase{
		{`a{b=~".*"} > 1`, []string{`b=~".*"`}},
		{`a{b!~".+"} > 1`, []string{`b!~".+"`}},
		{`a{b=~""} > 1`, []string{`b=~""`}},
		{`a{b!~""} > 1`, []string{`b!~""`}},
		{`a{b=~".+"} > 1`, nil},
		{`a{b!~".*"} > 1`, nil}, // promql/impossible
	})
}
