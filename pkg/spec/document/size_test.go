package document

import (
	"fmt"
	"strings"
	"testing"
)

// bomb is a file in which each list names the one before nine times.
func bomb(levels int) []byte {
	var b strings.Builder
	b.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < levels; i++ {
		name := fmt.Sprintf("*a%d", i-1)
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.Join([]string{name, name, name, name, name, name, name, name, name}, ","))
	}
	fmt.Fprintf(&b, "groups: [*a%d,*a%d]\n", levels-1, levels-1)
	return []byte(b.String())
}

// What aliases would make is counted and not made: a file of more levels takes no
// more memory than one that is only just refused.
func TestAliasesAreCountedWithoutExpandingThem(t *testing.T) {
	allocations := func(levels int) float64 {
		return testing.AllocsPerRun(1, func() {
			_, findings := Parse("a.yaml", bomb(levels), RuleLimits())
			if len(findings) != 1 || findings[0].Rule != RuleLimit {
				t.Fatalf("%d levels: findings %v", levels, findings)
			}
		})
	}
	few, many := allocations(7), allocations(40)
	if limit := float64(10 * RuleLimits().Aliased); few > limit || many > limit {
		t.Errorf("7 levels took %.0f allocations and 40 levels %.0f, want at most %.0f", few, many, limit)
	}
}

func TestSoManyAliasesAreRead(t *testing.T) {
	limits := Limits{Bytes: 1 << 10, Depth: 9, Nodes: 100, Aliased: 6}
	for _, tt := range []struct {
		text string
		ok   bool
	}{
		{"a: &a [x, y]\nb: *a\nc: *a\n", true}, // twice a list of two
		{"a: &a [x, y]\nb: *a\nc: *a\nd: *a\n", false},
		{"a: &a [x, y]\nb: &b [*a]\nc: x\n", true},
		{"a: &a [x, y]\nb: &b [*a]\nc: *b\n", false}, // three, and four
		{"a: &a {x: y}\nb: {<<: *a, z: 1}\nc: {<<: *a}\nd: {<<: *a}\n", true},
		{"a: &a {x: y}\nb: {<<: *a, z: 1}\nc: {<<: *a}\nd: {<<: *a}\ne: *a\n", false},
	} {
		_, findings := Parse("a.yaml", []byte(tt.text), limits)
		if len(findings) == 0 != tt.ok {
			t.Errorf("%q: findings %v, want some: %t", tt.text, findings, !tt.ok)
		}
	}
}
