package lint

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// endsAfter is a context that ends when it was looked at so many times, which is
// how a test cancels a run from within.
type endsAfter struct {
	context.Context
	looks atomic.Int64
}

func newEndsAfter(t *testing.T, looks int64) *endsAfter {
	c := &endsAfter{Context: t.Context()}
	c.looks.Store(looks)
	return c
}

func (c *endsAfter) Err() error {
	if c.looks.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

func manyRules(rules int) []File {
	var b strings.Builder
	b.WriteString("groups:\n")
	for i := range rules {
		fmt.Fprintf(&b, "- name: g%d\n  rules:\n  - alert: A%d\n    expr: up{job=~\"api\"}\n", i, i)
	}
	return []File{{Name: "a.yaml", Data: []byte(b.String())}}
}

// A single file may be large enough to outlast the seconds that a cancelled job
// has left.
func TestReadingALargeFileEndsInTheMiddleOfIt(t *testing.T) {
	const rules = 5000
	files := manyRules(rules)
	if n := len(slices.Collect(Files(files).Exprs(t.Context()))); n != rules {
		t.Fatalf("%d rules", n)
	}
	all := newEndsAfter(t, 1<<40)
	parseRules(all, files[0])
	needed := 1<<40 - all.looks.Load()
	for _, looks := range []int64{10, needed / 2, needed - 10} { // while the text, and while its values are read
		ctx := newEndsAfter(t, looks)
		file, _, problems := parseRules(ctx, files[0])
		if n := len(rulesOfFile(file)); n > 0 || len(problems) > 0 {
			t.Errorf("%d rules and the problems %v of a file that was not read to its end", n, problems)
		}
		if more := -ctx.looks.Load(); more > 10 {
			t.Errorf("the context was asked %d times more after its end", more)
		}
	}
}

func TestLintEndsBetweenTheRulesOfAFile(t *testing.T) {
	set := Files(manyRules(1000))
	whole := newEndsAfter(t, 1<<40)
	all, _ := set.Lint(whole, Options{})
	needed := 1<<40 - whole.looks.Load()
	for _, looks := range []int64{0, 10, needed / 2, needed - 200} {
		if found, _ := set.Lint(newEndsAfter(t, looks), Options{}); len(found) >= len(all) || looks == 0 && len(found) > 0 {
			t.Errorf("%d findings of %d after %d looks at the context", len(found), len(all), looks)
		}
	}
}

func TestChecksOfAllFilesEndWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	ran := 0
	inTurn(ctx, []int{1, 2, 3}, func(int) []report.Finding {
		ran++
		cancel()
		return nil
	})
	if ran != 1 {
		t.Errorf("%d checks ran although the first ended the context", ran)
	}
}

// ends is a check that ends the context when it looks at an expression.
type ends struct {
	cancel context.CancelFunc
	looks  *int
}

func (ends) Rule() Rule { return Rule{ID: "promql/ends"} }

func (c ends) CheckExpr(*Expr) []report.Finding {
	*c.looks++
	c.cancel()
	return nil
}

func (c ends) CheckRule(*rulefile.Rule, *Expr) []report.Finding { return c.CheckExpr(nil) }

// One expression alone may take long.
func TestLintEndsBetweenTheChecksOfARule(t *testing.T) {
	const service = "service: {name: a, team: b, tier: low, type: api}\nresources:\n- kind: Alert\n  name: A\n  spec: {expr: up == 0, severity: critical}\n- kind: RecordingRule\n  name: r\n  spec: {record: a:b:c, expr: up}\n"
	services := loadServices(t, example{{Name: "a.yaml", Data: []byte(service)}}, "").Services
	for name, lint := range map[string]func(context.Context, Options){
		"rule files": func(ctx context.Context, o Options) { Files(manyRules(1)).Lint(ctx, o) },
		"services":   func(ctx context.Context, o Options) { Services(ctx, services, o) },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		looks := 0
		check := ends{cancel, &looks}
		lint(ctx, Options{More: []Check{check, check}})
		if looks != 1 {
			t.Errorf("%s: %d looks at expressions although the first ended the context", name, looks)
		}
	}
}
