package main

import (
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/tsdb"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/lint/dashboard"
	"github.com/nthlayer/action/pkg/spec"
)

func TestGeneratedRulesAreValidAndAsManyAsAsked(t *testing.T) {
	folder := t.TempDir()
	if err := writeRules(folder, 330); err != nil {
		t.Fatal(err)
	}
	files, err := ruleFiles(folder)
	if err != nil || len(files) != 7 {
		t.Fatalf("%d files, %v; want 7", len(files), err)
	}
	rules := 0
	for _, f := range files {
		groups, errs := rulefmt.ParseFile(filepath.Join(folder, f), false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
		if len(errs) > 0 {
			t.Fatalf("%s: %v", f, errs)
		}
		for _, g := range groups.Groups {
			rules += len(g.Rules)
		}
	}
	if rules != 330 {
		t.Errorf("%d rules, want 330", rules)
	}
}

func TestGeneratedDashboardsAreRead(t *testing.T) {
	file := lint.File{Name: "d/a.json", Data: []byte(dashboardFile(1))}
	if !dashboard.Is(file.Data) {
		t.Fatal("it is no dashboard")
	}
	set := dashboard.Read(t.Context(), []lint.File{file}, func(string) ([]byte, bool) { return nil, false })
	found := map[string]int{}
	for _, f := range set.Lint(t.Context(), dashboard.Options{Written: true}).Written {
		found[f.Rule]++
	}
	if diff := cmp.Diff(map[string]int{"dashboard/panel-units": 5, "dashboard/target-rate-interval": 10}, found); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCopiesOfRulesDoNotRepeatAlerts(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(from, "a.yml"), []byte("- alert: Down\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := multiplyRules(from, to, 3); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	files, err := ruleFiles(to)
	if err != nil || len(files) != 3 {
		t.Fatalf("%v, %v; want three files", files, err)
	}
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(to, f))
		if err != nil || seen[string(data)] || !strings.Contains(string(data), "Down") {
			t.Errorf("%s: %q, %v", f, data, err)
		}
		seen[string(data)] = true
	}
}

func TestGeneratedServicesAreSound(t *testing.T) {
	folder := t.TempDir()
	if err := writeServices(filepath.Join(folder, "services"), 3); err != nil {
		t.Fatal(err)
	}
	ws, err := spec.OpenWorkspace(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ws.Close() }()
	found, problems := ws.Find(t.Context(), nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	loaded := spec.Load(t.Context(), ws, found, spec.Options{})
	if len(loaded.Services) != 3 || len(loaded.Findings)+len(loaded.Unreadable) > 0 {
		t.Fatalf("%d services, %v %v", len(loaded.Services), loaded.Findings, loaded.Unreadable)
	}
	for _, s := range loaded.Services {
		if len(s.SLOs) != 3 || len(s.Metrics) != 6 {
			t.Errorf("%s has %d SLOs and %d metrics", s.Name.V, len(s.SLOs), len(s.Metrics))
		}
	}
}

func TestBlocksHoldTheHistoryUpToItsEnd(t *testing.T) {
	folder := t.TempDir()
	if err := blocks(t.Context(), folder, recorded, "2"); err != nil {
		t.Fatal(err)
	}
	db, err := tsdb.Open(folder, nil, nil, tsdb.DefaultOptions(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	q, err := db.Querier(end().UnixMilli(), end().UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = q.Close() }()
	names, _, err := q.LabelValues(t.Context(), "service", nil)
	if err != nil || len(names) != 2 {
		t.Errorf("services at the end: %v, %v", names, err)
	}
	meta := db.Blocks()[0].Meta()
	if got := time.Duration(meta.MaxTime-meta.MinTime) * time.Millisecond; (got - month).Abs() > 10*time.Minute {
		t.Errorf("the block spans %s, want a month", got)
	}
}

// TestMeterCountsOverlapOnce sends one request from within another: both are
// under way at once, and the time counts once.
func TestMeterCountsOverlapOnce(t *testing.T) {
	clock := time.Unix(0, 0)
	m := &meter{now: func() time.Time { return clock }}
	m.next = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		clock = clock.Add(time.Second)
		if r.URL.Path == "/outer" {
			m.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/inner?query=up", nil))
		}
	})
	m.reset()
	m.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/outer", strings.NewReader("query=1")))
	clock = clock.Add(time.Hour)
	requests, busy := m.reset()
	if len(requests) != 2 || busy != 2*time.Second {
		t.Fatalf("%d requests, busy %s; want 2 and 2s", len(requests), busy)
	}
	if requests[0] != (passed{"/inner", "up", time.Second, time.Second}) || requests[1] != (passed{"/outer", "1", 0, 2 * time.Second}) {
		t.Errorf("requests %+v", requests)
	}
	if again, busy := m.reset(); len(again) != 0 || busy != 0 {
		t.Errorf("after a reset: %v, %s", again, busy)
	}
}

func TestMissedBudgetsAreMarked(t *testing.T) {
	var out strings.Builder
	b := &bench{out: &out}
	b.budget("fine", 3, 3, "s")
	b.budget("late", 3.1, 3, "s")
	b.budget("lost", math.Inf(1), 3, "s")
	b.sumUp()
	if strings.Count(out.String(), "MISSED") != 2 || !strings.HasSuffix(out.String(), "budgets missed:\n  late\n  lost\n") {
		t.Errorf("printed:\n%s", out.String())
	}
}

// TestRulesOfOthersAreNeverCommitted asks git about the folder that they are fetched
// into.
func TestRulesOfOthersAreNeverCommitted(t *testing.T) {
	git := func(args ...string) (string, error) {
		out, err := exec.CommandContext(t.Context(), "git", append([]string{"-C", filepath.Join("..", "..")}, args...)...).Output()
		return string(out), err
	}
	if _, err := git("rev-parse", "--git-dir"); err != nil {
		t.Skip("skipped: this is no checkout")
	}
	const file = ".cache/foreign/mixins/assets/kubernetes/alerts.yaml"
	if ignored, err := git("check-ignore", file); err != nil || strings.TrimSpace(ignored) != file {
		t.Errorf("%s is not ignored: %q, %v", file, ignored, err)
	}
	if held, err := git("ls-files", ".cache"); err != nil || held != "" {
		t.Errorf("the repository holds %s, %v", held, err)
	}
}

// TestOneSLOOfEachKindInTurn holds that the rules which sloth makes differ.
func TestOneSLOOfEachKindInTurn(t *testing.T) {
	names := map[string]bool{}
	for i := range 3 {
		text := oneSLO(i)
		if strings.Count(text, "- name: ") != 1 || !strings.Contains(text, serviceName(i)) {
			t.Errorf("not one SLO of %s:\n%s", serviceName(i), text)
		}
		_, name, _ := strings.Cut(text, "- name: ")
		names[strings.Fields(name)[0]] = true
	}
	if len(names) != 3 {
		t.Errorf("kinds: %v", names)
	}
}

func TestGrowthOfWhatWasEndedEarly(t *testing.T) {
	small, large := figures{wall: time.Second, cpu: time.Second, rss: 1e6}, figures{wall: 10 * time.Second, cpu: 9 * time.Second, rss: 2e6}
	late := large
	late.late = true
	for _, c := range []struct {
		from, to figures
		want     string
	}{
		{small, large, "  10.00 wall    9.00 CPU    2.00 memory"},
		{small, late, "> 10.00 wall >  9.00 CPU >  2.00 memory"},
		{late, large, "not known: it was too slow at the step before"},
		{small, figures{}, "not present"},
	} {
		if got := growth(c.from, c.to); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestAReportIsCountedLineByLine(t *testing.T) {
	name := filepath.Join(t.TempDir(), "report.json")
	report := "{\n  \"summary\": {\n    \"rules\": 12\n  },\n  \"findings\": [\n    {\n      \"message\": \"\\\"rules\\\": 3\",\n      \"fingerprint\": \"a\"\n    },\n    {\n      \"fingerprint\": \"b\"\n    }\n  ]\n}\n"
	if err := os.WriteFile(name, []byte(report), 0o600); err != nil {
		t.Fatal(err)
	}
	if rules, findings, err := readAnswer(name); rules != 12 || findings != 2 || err != nil {
		t.Errorf("%d rules, %d findings, %v", rules, findings, err)
	}
}
