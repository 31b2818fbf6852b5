package foreign_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/gate"
	"github.com/nthlayer/action/pkg/pipeline"
	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/report/foreign"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

// honest runs the stages on a fixture, with its metrics where it has some, and
// returns the file of their report.
func honest(t *testing.T, root string, advisory bool, stages ...pipeline.Stage) (*report.Report, []byte) {
	t.Helper()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ws := spectest.Open(t, root)
	found, unreadable := ws.Find(t.Context(), nil)
	o := pipeline.Options{
		Command: "ci", Tool: report.Tool{Name: "nthlayer", Version: "test"}, Stages: stages, Workspace: ws, Files: found,
		Unreadable: unreadable, At: at, GateOptions: gate.Options{BurnRateRule: true}, Advisory: advisory,
	}
	if _, err := os.Stat(filepath.Join(root, "metrics.yaml")); err == nil {
		s, err := source.Open(context.Background(), "file:metrics.yaml", source.Options{Root: root, Now: at})
		if err != nil {
			t.Fatal(err)
		}
		o.Source = s
	}
	rep := pipeline.Run(t.Context(), o)
	return rep, file(t, rep)
}

func file(t *testing.T, rep *report.Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := render.Render(&b, "json", rep, render.Options{}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A report that nobody changed is published as it is: every way of running the
// stages gives one that needs no correction.
func TestReportOfAnHonestRunStaysAsItIs(t *testing.T) {
	all := []pipeline.Stage{pipeline.Lint, pipeline.Verify, pipeline.Gate, pipeline.Portfolio}
	verdicts := map[report.Verdict]bool{}
	fixtures, err := filepath.Glob("../../../testdata/bad/*/service.yaml")
	if err != nil || len(fixtures) < 5 {
		t.Fatalf("fixtures %q: %v", fixtures, err)
	}
	for set := range 1 << len(all) {
		var stages []pipeline.Stage
		for i, s := range all {
			if set&(1<<i) != 0 {
				stages = append(stages, s)
			}
		}
		for i, fixture := range fixtures {
			advisory := (set+i)%2 == 0
			rep, data := honest(t, filepath.Dir(fixture), advisory, stages...)
			got, doubts, err := foreign.Read(data)
			if err != nil || len(doubts) > 0 {
				t.Fatalf("%s: %v advisory %v: %v %v", fixture, stages, advisory, doubts, err)
			}
			if diff := cmp.Diff(string(data), string(file(t, got))); diff != "" {
				t.Errorf("%s: %v advisory %v (-before +after):\n%s", fixture, stages, advisory, diff)
			}
			verdicts[rep.Verdict] = true
		}
	}
	if len(verdicts) != 4 {
		t.Errorf("only the verdicts %v were tried", verdicts)
	}
}

// changed returns the file of a passing report with one part replaced.
func changed(t *testing.T, change func(map[string]any)) []byte {
	t.Helper()
	rep := &report.Report{
		SchemaVersion: 1, Tool: report.Tool{Name: "nthlayer"}, Command: "ci", Verdict: report.Pass,
		EvaluatedAt: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		Stages:      []report.Stage{{Name: "gate", Verdict: report.Pass}},
		Services:    []report.Service{{Name: "api", Verdict: report.Pass, Gate: &report.Gate{Decision: report.Approved}}},
	}
	var tree map[string]any
	if err := json.Unmarshal(file(t, rep), &tree); err != nil {
		t.Fatal(err)
	}
	change(tree)
	data, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func first(tree map[string]any, list string) map[string]any {
	object, _ := tree[list].([]any)[0].(map[string]any)
	return object
}

func TestVerdictIsNeverBetterThanTheParts(t *testing.T) {
	finding := func(severity string) func(map[string]any) {
		return func(m map[string]any) {
			m["findings"] = []any{map[string]any{"rule": "a/b", "severity": severity, "message": "m", "fingerprint": "f"}}
		}
	}
	for name, c := range map[string]struct {
		change func(map[string]any)
		want   report.Verdict
	}{
		"nothing":          {func(map[string]any) {}, report.Pass},
		"its own":          {func(m map[string]any) { m["verdict"] = "fail" }, report.Fail},
		"a stage":          {func(m map[string]any) { first(m, "stages")["verdict"] = "unknown" }, report.Undecidable},
		"errors of stage":  {func(m map[string]any) { first(m, "stages")["errors"] = 1 }, report.Fail},
		"warnings of it":   {func(m map[string]any) { first(m, "stages")["warnings"] = 1 }, report.Warn},
		"an error":         {finding("error"), report.Fail},
		"a warning":        {finding("warning"), report.Warn},
		"an info":          {finding("info"), report.Pass},
		"a service":        {func(m map[string]any) { first(m, "services")["verdict"] = "fail" }, report.Fail},
		"a gate":           {func(m map[string]any) { first(m, "services")["gate"].(map[string]any)["decision"] = "blocked" }, report.Fail},
		"a gate in doubt":  {func(m map[string]any) { first(m, "services")["gate"].(map[string]any)["decision"] = "unknown" }, report.Undecidable},
		"counted errors":   {func(m map[string]any) { m["summary"].(map[string]any)["errors"] = 1 }, report.Fail},
		"unreadable files": {func(m map[string]any) { m["summary"].(map[string]any)["unreadable"] = 1 }, report.Fail},
	} {
		got, doubts, err := foreign.Read(changed(t, c.change))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		worst := report.Pass
		for _, s := range got.Stages { // the exit code follows the stages
			worst = report.Worst(worst, s.Verdict)
		}
		if got.Verdict != c.want || worst != c.want {
			t.Errorf("%s: verdict %s, stages %s, want %s", name, got.Verdict, worst, c.want)
		}
		if own := name == "its own" || c.want == report.Pass; own != (len(doubts) == 0) {
			t.Errorf("%s: doubts %q", name, doubts)
		}
	}
}

func TestCountsAreThoseOfTheLists(t *testing.T) {
	got, _, err := foreign.Read(changed(t, func(m map[string]any) {
		m["summary"].(map[string]any)["services"] = 900
		m["findings"] = []any{map[string]any{"rule": "a/b", "severity": "error", "message": "m", "fingerprint": "f"}}
		first(m, "services")["verdict"] = "unknown"
	}))
	if err != nil {
		t.Fatal(err)
	}
	if s := got.Summary; s.Services != 1 || s.Errors != 1 || s.Unknown != 1 {
		t.Errorf("summary %+v", s)
	}
}

func TestFileThatIsNoReportIsRefused(t *testing.T) {
	good := string(changed(t, func(map[string]any) {}))
	replaced := func(from, to string) string {
		if !strings.Contains(good, from) {
			t.Fatalf("the report holds no %s", from)
		}
		return strings.Replace(good, from, to, 1)
	}
	for name, c := range map[string]struct{ text, want string }{
		"empty":          {"", "no JSON"},
		"cut":            {good[:len(good)/2], "no JSON"},
		"two documents":  {good + good, "no JSON"},
		"HTML":           {"<html>", "no JSON"},
		"a list":         {"[]", "must be a JSON object"},
		"null":           {"null", "must be a JSON object"},
		"no version":     {"{}", "has no schema_version"},
		"other version":  {replaced(`"schema_version":1`, `"schema_version":2`), "its schema_version is 2, and this program reads 1"},
		"unknown key":    {replaced(`"command":`, `"commit":"x","command":`), "at /: additional properties 'commit' not allowed"},
		"key in capital": {replaced(`"verdict":"pass"}`, `"verdict":"pass","Verdict":"pass"}`), "does not follow the schema"},
		"verdict":        {replaced(`"decision":"approved"`, `"decision":"fine"`), "at /services/0/gate/decision"},
		"no time":        {replaced(`"2026-03-01T12:00:00Z"`, `"noon"`), "at /evaluated_at"},
		"negative count": {replaced(`"errors":0`, `"errors":-1`), "minimum"},
		"huge number":    {replaced(`"remaining_percent":null`, `"remaining_percent":1e300`), "holds the number 1e300"},
		"endless number": {replaced(`"remaining_percent":null`, `"remaining_percent":1e999999999`), "holds the number 1e999999999"},
		"many digits":    {replaced(`"remaining_percent":null`, `"remaining_percent":0.`+strings.Repeat("1", 90)), "holds the number 0.111"},
		"nested":         {strings.Repeat("[", 200_000), "no JSON"},
		"too large":      {good + strings.Repeat(" ", foreign.MaxBytes), "is not read"},
		"long complaint": {replaced(`"decision":"approved"`, `"decision":"`+strings.Repeat("x", 100_000)+`"`), "/decision"},
	} {
		_, _, err := foreign.Read([]byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 600 {
			t.Errorf("%s: got %v, want %q", name, report.Clip(fmt.Sprint(err), 700), c.want)
		}
	}
}

// The second of two equal keys is the one that counts, wholly: what only the
// first one holds was seen by no check.
func TestRepeatedKeysHideNothing(t *testing.T) {
	text := string(changed(t, func(m map[string]any) { delete(first(m, "services"), "gate") }))
	at := strings.Index(text, `"services":[`)
	hidden := `"services":[{"gate":{"decision":"fine"}}],`
	got, _, err := foreign.Read([]byte(text[:at] + hidden + text[at:]))
	if err != nil {
		t.Fatal(err)
	}
	if got.Services[0].Gate != nil {
		t.Errorf("the gate of a part that was not checked: %+v", got.Services[0].Gate)
	}
}

func TestLongTextsAreCut(t *testing.T) {
	got, _, err := foreign.Read(changed(t, func(m map[string]any) {
		first(m, "services")["name"] = strings.Repeat("é", 1<<20)
	}))
	if err != nil {
		t.Fatal(err)
	}
	if n := len([]rune(got.Services[0].Name)); n != 2000 {
		t.Errorf("a name of %d characters", n)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"schema_version":1}`))
	f.Add([]byte(`{"schema_version":1,"tool":{"name":"","version":""},"command":"","evaluated_at":"2026-01-01T00:00:00Z","verdict":"pass","exit_code":0,` +
		`"summary":{"services":0,"errors":0,"warnings":0,"infos":0,"unknown":0,"unreadable":0,"rule_files":0,"rules":0},"stages":[],"services":[],"findings":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		rep, _, err := foreign.Read(data)
		if err != nil {
			return
		}
		again, doubts, err := foreign.Read(file(t, rep))
		if err != nil || len(doubts) > 0 || again.Verdict != rep.Verdict {
			t.Errorf("what was read is not read again: %v %v %s", err, doubts, again.Verdict)
		}
	})
}
