package lint

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRecordsThatAChangeRemovesAndSomebodyReads(t *testing.T) {
	file := func(name, rules string) File {
		return File{Name: name, Data: []byte("groups:\n- name: a\n  rules:\n" + rules)}
	}
	const record, reader = "  - {record: 'a:b', expr: up}\n", "  - {alert: A, expr: 'a:b > 1 and a:bc > 1', for: 5m}\n"
	const service = "service: {name: checkout, team: a, tier: low, type: api}\nresources:\n  - kind: Alert\n    name: x\n    spec: {expr: 'a:b > 2', severity: warning}\n"
	services := loadServices(t, example{{Name: "checkout.yaml", Data: []byte(service)}}, "").Services
	was := []File{file("r.yaml", record)}
	for _, c := range []struct {
		name       string
		base, head []File
		want       []string
	}{
		{"gone with its file", was, []File{file("x.yaml", reader)}, []string{"checkout.yaml:5:19 a:b", "x.yaml:4:23 a:b"}},
		{"in quotes", []File{file("r.yaml", "  - {record: 'a.b', expr: up}\n")}, []File{file("x.yaml", "  - {alert: A, expr: '{\"a.b\"} > 1', for: 5m}\n")}, []string{`x.yaml:4:23 {"a.b"}`}},
		{"a part of another name", was, []File{file("x.yaml", "  - {alert: A, expr: 'a:bc > 1 and xa:b > 1', for: 5m}\n")}, []string{"checkout.yaml:5:19 a:b"}},
		{"moved", was, []File{file("x.yaml", reader+record)}, nil},
		{"renamed", was, []File{file("r.yaml", "  - {record: 'a:new', expr: up}\n")}, []string{"checkout.yaml:5:19 a:b"}},
		{"untouched", nil, []File{file("x.yaml", reader)}, nil},
		{"an alert", []File{file("r.yaml", "  - {alert: 'a:b', expr: up == 0}\n")}, []File{file("x.yaml", reader)}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, f := range (Options{}).finish(removedRecords(ReadRules(t.Context(), c.base).rules, ReadRules(t.Context(), c.head).rules, services)) {
				got = append(got, f.Position().String()+" "+markedBy(f))
				if f.Rule != "rule/dependency" || f.Severity != "warning" {
					t.Errorf("%+v", f)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if found := Removed(t.Context(), was, nil, nil, services, Options{Disabled: []string{"rule/dependency"}}); len(found) > 0 {
		t.Errorf("a disabled rule has findings: %v", found)
	}
}
