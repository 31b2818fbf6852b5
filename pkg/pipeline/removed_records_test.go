package pipeline

import (
	"context"
	"testing"

	"github.com/nthlayer/action/pkg/spec"
)

// A change that removes a recording rule is told what still reads it, also in files
// that it leaves alone, and when it removes the whole file.
func TestChangeThatRemovesARecordingRule(t *testing.T) {
	const record = "groups:\n- name: a\n  rules:\n  - {record: 'a:b', expr: up}\n"
	const reader = "groups:\n- name: r\n  rules:\n  - {alert: A, expr: 'a:b > 1', for: 5m}\n"
	for _, c := range []struct {
		name, now string
		want      int
	}{{"removed", "", 1}, {"kept", "-- rules/record.yaml --\n" + record, 0}, {"moved", "-- rules/other.yaml --\n" + record, 0}} {
		t.Run(c.name, func(t *testing.T) {
			o := options(t, "-- rules/reader.yaml --\n"+reader+c.now)
			o.Stages = []Stage{Lint}
			o.Files = []spec.Found{{Path: "rules/reader.yaml"}}
			switch c.name {
			case "kept":
				o.Files = append(o.Files, spec.Found{Path: "rules/record.yaml"})
			case "moved":
				o.Files = append(o.Files, spec.Found{Path: "rules/other.yaml"})
			}
			o.Changed = func(name string) bool { return name == "rules/record.yaml" }
			o.Base = func(context.Context) (Base, error) {
				was := map[string][]byte{"rules/record.yaml": []byte(record)}
				return Base{Workspace: o.Workspace.Over(was), Files: []spec.Found{{Path: "rules/record.yaml"}}}, nil
			}
			found := 0
			for _, f := range Run(context.Background(), o).Findings {
				if f.Rule == "rule/dependency" && f.File == "rules/reader.yaml" && f.Line == 4 {
					found++
				}
			}
			if found != c.want {
				t.Errorf("%d findings, not %d", found, c.want)
			}
		})
	}
}
