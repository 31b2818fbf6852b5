package lint

import (
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"weak"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

// inMemory is a check that knows which rules are in memory once all files were read.
type inMemory struct {
	mu    *sync.Mutex
	seen  map[string]weak.Pointer[rulefile.Rule]
	still *[]string
}

func (inMemory) Rule() Rule { return Rule{ID: "test/in-memory"} }

func (c inMemory) CheckRule(r *rulefile.Rule, _ *Expr) []report.Finding {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[r.Name.V] = weak.Make(r)
	return nil
}

func (inMemory) Keep(*rulefile.File, *Kept) {}

func (c inMemory) CheckFiles(kept []*Kept) []report.Finding {
	runtime.GC()
	for name, rule := range c.seen {
		if rule.Value() != nil {
			*c.still = append(*c.still, name)
		}
	}
	slices.Sort(*c.still)
	runtime.KeepAlive(kept)
	return nil
}

func TestOnlyRulesThatRecordOrReadRecordsStayInMemory(t *testing.T) {
	const rules = `groups:
- name: a
  rules:
  - {record: 'job:up:sum', expr: sum by (job) (up), labels: {team: a}}
  - {alert: Reads, expr: 'job:up:sum == 0', for: 5m, labels: {severity: page}, annotations: {summary: down}}
  - {alert: Alone, expr: up == 0, for: 5m, labels: {severity: page}, annotations: {summary: down}}
  - {alert: Again, expr: up == 0, for: 5m, labels: {severity: Page}, annotations: {summary: down}}
  - {alert: Broken, expr: up ==}
- name: b
  rules:
  - {alert: Other, expr: down == 0, for: 5m}
`
	c := inMemory{&sync.Mutex{}, map[string]weak.Pointer[rulefile.Rule]{}, new([]string)}
	Files{{Name: "a.yaml", Data: []byte(rules)}}.Lint(t.Context(), Options{More: []Check{c}})
	if diff := cmp.Diff([]string{"Reads", "job:up:sum"}, *c.still); diff != "" || len(c.seen) != 6 {
		t.Errorf("of %d rules (-want +got):\n%s", len(c.seen), diff)
	}
}

// TestRecordedNamesMayBeSpeltInAnyWay has the reader of a series in a file in front of
// the one that records it, so that only the text tells that it is recorded.
func TestRecordedNamesMayBeSpeltInAnyWay(t *testing.T) {
	const reader = "groups:\n- name: a\n  interval: 10s\n  rules:\n  - {alert: A, expr: 'NAME > 1', for: 5m}\n"
	for _, c := range []struct{ name, record string }{
		{"a:b", "record: a:b"},
		{"a:b", "'record': 'a:b'"},
		{"a:b", "record:\n      a:b"},
		{"a:b", "record: >-\n      a:b"},
		{"a:b", `record: "a\x3ab"`},
		{"a:b", `"rec\u006frd": a:b`},
		{"a:b", "record: !!str a:b"},
		{"a:b", "labels: {x: &name a:b}\n    record: *name"},
		{"ab", "record: ab"},
		{`{"a.b"}`, "record: a.b"},
	} {
		files := []File{
			{Name: "a.yaml", Data: []byte(strings.Replace(reader, "NAME", c.name, 1))},
			{Name: "b.yaml", Data: []byte("groups:\n- name: b\n  interval: 1m\n  rules:\n  - expr: sum(up)\n    " + c.record + "\n")},
		}
		found := RuleFiles(t.Context(), files, Options{})
		if !slices.ContainsFunc(found, func(f report.Finding) bool { return f.Rule == "rule/dependency" && f.File == "a.yaml" }) {
			t.Errorf("%s: %v", c.record, rulesFound(found))
		}
	}
}
