package spec

import (
	"context"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestObjectiveIsExact(t *testing.T) {
	for text, budget := range map[string]*big.Rat{
		"99.9": big.NewRat(1, 1000), "99.95": big.NewRat(5, 10000), "99.99": big.NewRat(1, 10000), "50": big.NewRat(1, 2), "99.": big.NewRat(1, 100),
	} {
		o, err := NewObjective(text)
		if err != nil || o.Budget().Cmp(budget) != 0 {
			t.Errorf("%s: budget %v, error %v; want %v", text, o.Budget(), err, budget)
		}
	}
	if f, _ := func() (float64, bool) { o, _ := NewObjective("99.9"); return o.Budget().Float64() }(); f != 0.001 {
		t.Errorf("99.9 gives a budget of %v, want exactly 0.001", f)
	}
	for _, text := range []string{"100", "100.0", "0", "-1", "0.999", "1", "101", "99,9", "1/2", "1e2", "NaN", "", "0x10", "99.9.9", strings.Repeat("9", 50)} {
		if _, err := NewObjective(text); err == nil {
			t.Errorf("%q is taken as an objective", text)
		}
	}
}

func TestObjectiveRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := fmt.Sprintf("%d.%06d", rapid.IntRange(1, 99).Draw(t, "whole"), rapid.IntRange(1, 999_999).Draw(t, "fraction"))
		o, err := NewObjective(text)
		if err != nil {
			t.Fatal(err)
		}
		sum := new(big.Rat).Add(o.Target(), o.Budget())
		if sum.Cmp(big.NewRat(1, 1)) != 0 {
			t.Fatalf("%s: target and budget add up to %s", text, sum)
		}
	})
}

func TestParseWindow(t *testing.T) {
	day := 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"30d": 30 * day, "7d": 7 * day, "24h": day, "1h": time.Hour, "1w": 7 * day, "4w": 28 * day, "1h30m": 90 * time.Minute, "90d": 90 * day,
	} {
		if w, err := ParseWindow(text); err != nil || w.Duration != want {
			t.Errorf("%s: %v, error %v; want %v", text, w.Duration, err, want)
		}
	}
	for _, text := range []string{"30m", "1.5d", "1y", "91d", "30", "30 days", "", "-1d", "0d"} {
		if w, err := ParseWindow(text); err == nil {
			t.Errorf("%q is taken as a window of %v", text, w.Duration)
		}
	}
}

func TestCalendarBounds(t *testing.T) {
	at := time.Date(2026, 11, 22, 7, 0, 0, 0, time.FixedZone("CET", 3600)) // a Sunday
	for text, want := range map[string]string{
		"calendar-week":    "2026-11-16 2026-11-23",
		"calendar-month":   "2026-11-01 2026-12-01",
		"1M":               "2026-11-01 2026-12-01",
		"calendar-quarter": "2026-10-01 2027-01-01",
		"7d":               "2026-11-15 2026-11-22",
	} {
		w, err := ParseWindow(text)
		if err != nil {
			t.Fatal(err)
		}
		start, end := w.Bounds(at)
		if got := start.Format(time.DateOnly) + " " + end.Format(time.DateOnly); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestTierSpellings(t *testing.T) {
	for text, want := range map[string]Tier{
		"1": TierCritical, "tier-1": TierCritical, "T1": TierCritical, "Critical": TierCritical, "critical\t": TierCritical,
		"high": TierHigh, "2": TierStandard, "medium": TierStandard, "tier-2": TierStandard, "3": TierLow, "t3": TierLow,
	} {
		if got, ok := ParseTier(text); !ok || got != want {
			t.Errorf("%q: %s, %v; want %s", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "tier-x", "4", "crit"} {
		if got, ok := ParseTier(text); ok {
			t.Errorf("%q is taken as %s", text, got)
		}
	}
	if f := Tier("nonsense").Facts(); f.Tier != TierCritical {
		t.Errorf("an unknown tier gets the facts of %s, want the strictest", f.Tier)
	}
}

// TestGateDefaults pins the thresholds that block deploys: a change here changes
// every gate.
func TestGateDefaults(t *testing.T) {
	text := func(d GateDefaults) string {
		show := func(p *float64) string {
			if p == nil {
				return "none"
			}
			return fmt.Sprint(*p)
		}
		return show(d.Warning) + "/" + show(d.Blocking)
	}
	got := map[string]string{}
	for _, f := range Tiers() {
		for env, d := range f.Gates {
			got[string(f.Tier)+" "+env] = text(d)
			if d.Warning != nil && d.Blocking != nil && *d.Blocking >= *d.Warning {
				t.Errorf("%s %s blocks before it warns", f.Tier, env)
			}
		}
	}
	want := map[string]string{
		"critical dev": "10/none", "critical staging": "20/5", "critical prod": "20/10", "critical ": "20/10",
		"high dev": "none/none", "high staging": "15/none", "high prod": "20/5", "high ": "20/5",
		"standard dev": "none/none", "standard staging": "10/none", "standard prod": "20/none", "standard ": "20/none",
		"low dev": "none/none", "low staging": "none/none", "low prod": "30/none", "low ": "30/none",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTypeSpellings(t *testing.T) {
	for text, want := range map[string]Type{
		"api": TypeAPI, "service": TypeAPI, "GRPC": TypeGRPC, "http": TypeAPI, "background-job": TypeWorker, "pipeline": TypeBatch,
		"stream-processor": TypeStream, "web": TypeWeb, "ml": TypeML, "database": TypeDatabase, "ai-gate": TypeAIGate,
	} {
		if got, ok := ParseType(text); !ok || got != want {
			t.Errorf("%q: %s, %v; want %s", text, got, ok, want)
		}
	}
}

func TestDetectEnvironment(t *testing.T) {
	for _, tt := range []struct {
		env            map[string]string
		want, variable string
	}{
		{map[string]string{"NTHLAYER_ENV": "PROD"}, "prod", "NTHLAYER_ENV"},
		{map[string]string{"NTHLAYER_ENV": "staging", "GITHUB_REF_NAME": "main"}, "staging", "NTHLAYER_ENV"},
		{map[string]string{"K8S_NAMESPACE": "payments-prod"}, "prod", "K8S_NAMESPACE"},
		{map[string]string{"K8S_NAMESPACE": "devices-prod"}, "prod", "K8S_NAMESPACE"},
		{map[string]string{"K8S_NAMESPACE": "dev-stg"}, "staging", "K8S_NAMESPACE"},
		{map[string]string{"NAMESPACE": "product-catalog"}, "", ""},
		{map[string]string{"GITHUB_REF_NAME": "main"}, "prod", "GITHUB_REF_NAME"},
		{map[string]string{"GITHUB_REF_NAME": "develop"}, "dev", "GITHUB_REF_NAME"},
		{map[string]string{"GITHUB_REF_NAME": "fix-reproduction"}, "", ""},
		{map[string]string{"CI_COMMIT_BRANCH": "release/production"}, "prod", "CI_COMMIT_BRANCH"},
		{map[string]string{"NAMESPACE": "main"}, "", ""},
		{map[string]string{"ENV": "/etc/profile"}, "", ""},
		{nil, "", ""},
	} {
		got, variable := DetectEnvironment(func(name string) string { return tt.env[name] })
		if got != tt.want || variable != tt.variable {
			t.Errorf("%v: %q by %q, want %q by %q", tt.env, got, variable, tt.want, tt.variable)
		}
	}
}

func TestWorkspaceStaysInside(t *testing.T) {
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret.yaml"), []byte("name: secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for link, to := range map[string]string{"link.yaml": filepath.Join(outside, "secret.yaml"), "dir": outside, "inside.yaml": "real.yaml"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "real.yaml"), []byte("name: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ws, err := OpenWorkspace(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	for _, name := range []string{"link.yaml", "dir/secret.yaml", "../" + filepath.Base(outside) + "/secret.yaml"} {
		if data, err := ws.Read(name, 100); err == nil {
			t.Errorf("%s was read: %q", name, data)
		}
	}
	if _, err := ws.Read("inside.yaml", 100); err != nil {
		t.Errorf("a link that stays inside: %v", err)
	}
	for _, arg := range []string{"..", "../x.yaml", filepath.Join(outside, "secret.yaml")} {
		if found, problems := ws.Find(context.Background(), []string{arg}); len(found) > 0 || len(problems) != 1 {
			t.Errorf("%s was found: %v, %v", arg, found, problems)
		}
	}
}

// TestFindFollowsLinksInside makes sure that a linked folder of services is not
// passed over, and that files are found by the names that version control knows.
func TestFindFollowsLinksInside(t *testing.T) {
	ws := workspace(t, "-- real/a.yaml --\n-- real/b/c.yaml --\n-- z/service.yaml --\n")
	for link, to := range map[string]string{"services": "real", "real/b/circle": "..", "alias.yaml": "real/a.yaml"} {
		if err := os.Symlink(to, filepath.Join(ws.dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	for args, want := range map[string]string{
		"":                "[{real/a.yaml false} {real/b/c.yaml false} {z/service.yaml false}]",
		"services":        "[{real/a.yaml false} {real/b/c.yaml false}]",
		"services/*.yaml": "[{real/a.yaml false}]",
		"alias.yaml":      "[{real/a.yaml true}]",
	} {
		found, problems := ws.Find(context.Background(), strings.Fields(args))
		if got := fmt.Sprint(found); problems != nil || got != want {
			t.Errorf("%q: %s, %v; want %s", args, got, problems, want)
		}
	}
	if err := os.Remove(filepath.Join(ws.dir, "services")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(t.TempDir(), filepath.Join(ws.dir, "services")); err != nil {
		t.Fatal(err)
	}
	if found, problems := ws.Find(context.Background(), nil); len(problems) != 1 || problems[0].File != "services" {
		t.Errorf("a link out of the workspace is passed over without a word: %v", found)
	}
}

func TestReadDoesNotWaitForAPipe(t *testing.T) {
	ws := workspace(t, "")
	if err := syscall.Mkfifo(filepath.Join(ws.dir, "pipe.yaml"), 0o600); err != nil {
		t.Skip("no named pipes here:", err)
	}
	if _, err := ws.Read("pipe.yaml", 10); err == nil {
		t.Error("a pipe was read")
	}
}

func TestFind(t *testing.T) {
	ws := workspace(t, `
-- services/b.yaml --
-- services/deep/a.yml --
-- services/.hidden/x.yaml --
-- services/CAPITALS.YAML --
-- apps/x/service.yaml --
-- apps/x/other.yaml --
-- y.reliability.yaml --
-- vendor/service.yaml --
-- notes.md --
`)
	for _, tt := range []struct {
		args []string
		want string
	}{
		{nil, "apps/x/service.yaml services/b.yaml services/deep/a.yml y.reliability.yaml"},
		{[]string{"apps"}, "apps/x/other.yaml apps/x/service.yaml"},
		{[]string{"apps/x/other.yaml", "apps/x"}, "apps/x/other.yaml! apps/x/service.yaml"},
		{[]string{"**/*.yml"}, "services/deep/a.yml"},
		{[]string{"services/*.YAML"}, "services/CAPITALS.YAML"}, // as it is written, on every system
		{[]string{"services/.hidden"}, "services/.hidden/x.yaml"},
		{[]string{"notes.md"}, "notes.md!"},
	} {
		found, problems := ws.Find(context.Background(), tt.args)
		if problems != nil {
			t.Errorf("%v: %v", tt.args, problems)
		}
		var got []string
		for _, f := range found {
			name := f.Path
			if f.Named {
				name += "!"
			}
			got = append(got, name)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%v: %v, want %s", tt.args, got, tt.want)
		}
	}
}

func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"service: {name: a, team: b, tier: 1, type: api, template: critical-api}\nresources: [{kind: SLO, name: x, spec: {indicators: [{}]}}]",
		"name: a\nslos: [{}]\ndependencies: {databases: {}}\nenvironments: {dev: {slos: {availability: x}}}",
		"apiVersion: srm/v1\nkind: ServiceReliabilityManifest\nmetadata: {name: a}\nspec: {slos: {a: 1, b: {target: .9, type: latency}}, dependencies: [a, {type: b}], deployment: {gates: {error_budget: {policy: {thresholds: {warning: x}}}}}}",
		"service: {name: a}\nresources: [{kind: DeploymentGate, name: x, spec: {thresholds: 1, conditions: [1], exceptions: [[]], on_exhausted: {}}}, {kind: Observability, name: o, spec: {metrics: [[], {labels: 1}]}}]",
	} {
		f.Add(seed)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(filepath.Join(dir, "a.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		ws, err := OpenWorkspace(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer ws.Close()
		l := Load(context.Background(), ws, []Found{{Path: "a.yaml", Named: true}}, Options{Environment: "dev"})
		for _, finding := range append(l.Findings, l.Unreadable...) {
			if finding.Line < 1 || finding.Message == "" || finding.Rule == "" {
				t.Fatalf("a finding without a place or words: %+v", finding)
			}
		}
		if len(l.Services)+len(l.Findings)+len(l.Unreadable) == 0 {
			t.Fatal("a named file gave neither a service nor a finding")
		}
	})
}
