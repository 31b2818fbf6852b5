package pipeline

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/bundle"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/tech"
)

// fleetFolder holds service files that use all that there is to use.
const fleetFolder = "../../testdata/fleet"

// fleetRun returns options for the services of the fleet, which write into a folder
// whatever can be made of them.
func fleetRun(t *testing.T, dir, environment string) Options {
	t.Helper()
	ws := spectest.Open(t, fleetFolder)
	found, problems := ws.Find(t.Context(), nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	o := generating(t, Options{Workspace: ws, Files: found, Environment: environment, At: at()})
	o.Generation.Kinds, o.Generation.Lint = bundle.Kinds(), true
	within(t, dir)(&o)
	return o
}

// TestFleetUsesEverything keeps the fleet from losing what it is there for.
func TestFleetUsesEverything(t *testing.T) {
	t.Parallel()
	catalog, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	missing := map[string]bool{"calendar": true, "window 7d": true, "window 28d": true, "window 30d": true, "window 90d": true, "workload": true, "alert": true, "override": true, "selector": true, "guessed": true}
	for _, technology := range catalog.All() {
		if technology.Kind != tech.KindService {
			missing["technology "+technology.Name] = true
		}
	}
	for _, x := range spec.Tiers() {
		missing["tier "+string(x.Tier)] = true
	}
	for _, x := range spec.Types() {
		missing["type "+string(x.Type)] = true
	}
	for _, kind := range []spec.IndicatorKind{spec.IndicatorEvents, spec.IndicatorRatio, spec.IndicatorLatency, spec.IndicatorThreshold} {
		missing["indicator "+string(kind)], missing["defaulted "+string(kind)] = true, kind == spec.IndicatorEvents || kind == spec.IndicatorLatency
	}
	maps.DeleteFunc(missing, func(_ string, wanted bool) bool { return !wanted })
	o := fleetRun(t, t.TempDir(), "")
	loaded := spec.Load(t.Context(), o.Workspace, o.Files, spec.Options{})
	if len(loaded.Services) < 30 {
		t.Errorf("%d services", len(loaded.Services))
	}
	for _, s := range loaded.Services {
		for _, used := range uses(catalog, s) {
			delete(missing, used)
		}
	}
	for what := range missing {
		t.Errorf("no service of the fleet has: %s", what)
	}
}

// uses names what a service shows.
func uses(catalog *tech.Catalog, s *spec.Service) []string {
	out := []string{"tier " + string(s.Tier.V), "type " + string(s.Type.V)}
	for _, slo := range s.SLOs {
		out = append(out, "indicator "+string(slo.Indicator.Kind), "window "+slo.Window.V.Text)
		if slo.Indicator.Defaulted {
			out = append(out, "defaulted "+string(slo.Indicator.Kind))
		}
		if slo.Window.V.Calendar != spec.NoCalendar {
			out = append(out, "calendar")
		}
	}
	for _, d := range s.Dependencies {
		technology, known := catalog.Lookup(d.Type.V)
		if !known {
			continue
		}
		out = append(out, "technology "+technology.Name)
		out = append(out, map[bool]string{true: "selector", false: "guessed"}[len(d.Selector) > 0])
		if len(d.Alerts) > 0 {
			out = append(out, "override")
		}
	}
	if s.Workload.Namespace.Set() {
		out = append(out, "workload")
	}
	if len(s.Alerts) > 0 {
		out = append(out, "alert")
	}
	return out
}

// TestFleetIsSound makes sure that the fleet gives no warning, in any environment,
// and no information but those that come with what it is to show.
func TestFleetIsSound(t *testing.T) {
	t.Parallel()
	for _, environment := range []string{"", "dev", "staging", "prod"} {
		o := fleetRun(t, t.TempDir(), environment)
		o.Command, o.Stages = "validate", []Stage{Lint}
		for _, f := range Run(t.Context(), o).Findings {
			if f.Severity != report.Info || f.Rule != "slo/query-missing" && f.Rule != "slo/ceiling" {
				t.Errorf("%q %s: %s: %s (%s)", environment, f.Position(), f.Severity, f.Message, f.Rule)
			}
		}
	}
}

// told are the rules that the fleet is told about on purpose when something is
// generated for it: series that only exporters of ours have, alerts that cannot fire
// at a low objective, hosts that no file names, what other tools cannot say, and
// environments that nothing tells apart.
func told() []string {
	return []string{"generate/selector", "slo/burn-rate-unreachable", "slo/burn-rate-window", "generate/exporter", "generate/not-expressible", "generate/backstage", "generate/timezone", generate.RuleEnvironments}
}

// TestFleetGenerates makes every artefact of the fleet, twice: nothing that is made
// may be wrong, and nothing may differ the second time.
func TestFleetGenerates(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, environment := range []string{"", "prod"} {
		o := fleetRun(t, dir, environment)
		made := map[string][]byte{}
		kinds := map[generate.Kind]bool{}
		o.Generation.Take = func(g Generated) {
			for _, c := range g.Changes {
				if c.Action != "create" {
					t.Errorf("%s %s", c.Action, c.Path)
				}
				made[c.Path], kinds[c.Artefact.Kind] = c.New, true
				checkArtefact(t, c.Path, c.Artefact)
			}
		}
		for _, f := range Run(t.Context(), o).Findings {
			if !slices.Contains(told(), f.Rule) && f.Severity != report.Info {
				t.Errorf("%s: %s (%s)", f.Position(), f.Message, f.Rule)
			}
		}
		for _, kind := range bundle.Kinds() {
			if !kinds[kind] {
				t.Errorf("the fleet gives no %s", kind)
			}
		}
		checkAgain(t, dir, environment, made)
	}
}

// checkAgain generates once more. A file that is written again is another file,
// because it is put in the place of the old one.
func checkAgain(t *testing.T, dir, environment string, made map[string][]byte) {
	t.Helper()
	before := filesIn(t, dir)
	o := fleetRun(t, dir, environment)
	o.Generation.Take = func(g Generated) {
		for _, c := range g.Changes {
			if c.Action != "unchanged" || !bytes.Equal(c.New, made[c.Path]) {
				t.Errorf("the second time: %s %s", c.Action, c.Path)
			}
		}
	}
	Run(t.Context(), o)
	for name, info := range filesIn(t, dir) {
		if old, ok := before[name]; !ok || !os.SameFile(old, info) {
			t.Errorf("%s was written again", name)
		}
	}
}

// filesIn returns all files below a folder.
func filesIn(t *testing.T, dir string) map[string]os.FileInfo {
	t.Helper()
	out := map[string]os.FileInfo{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		out[name], err = d.Info()
		return err
	})
	if err != nil || len(out) == 0 {
		t.Fatalf("%d files, %v", len(out), err)
	}
	return out
}

// placeholder finds what stands where a secret belongs and is none.
var placeholder = regexp.MustCompile(`(?i)change.?me|your[_-][a-z]|example.?(key|password|token)|hunter2|x{5,}|<[a-z_ -]*(key|password|secret|token)[a-z_ -]*>|(key|pass|password|secret|token)['" ]*[:=]['" ]*REPLACE_ME`)

func checkArtefact(t *testing.T, name string, a generate.Artefact) {
	t.Helper()
	if found := placeholder.Find(a.Bytes); found != nil {
		t.Errorf("%s holds %q", name, found)
	}
	if a.Count < 1 || a.Unit == "" {
		t.Errorf("%s holds %d %q", name, a.Count, a.Unit)
	}
	lines := bytes.Count(a.Bytes, []byte("\n"))
	for _, trace := range a.Trace {
		if trace.Line < 1 || trace.EndLine < trace.Line || trace.EndLine > lines || !trace.Origin.Written() {
			t.Errorf("%s of %d lines: %+v", name, lines, trace)
		}
	}
	switch path.Ext(name) {
	case ".json":
		if !json.Valid(a.Bytes) {
			t.Errorf("%s is no JSON", name)
		}
	case ".yaml":
		checkYAML(t, name, a)
	default:
		t.Errorf("nobody knows what %s is", name)
	}
}

func checkYAML(t *testing.T, name string, a generate.Artefact) {
	t.Helper()
	documents := yaml.NewDecoder(bytes.NewReader(a.Bytes))
	for n := 1; ; n++ {
		var v any
		err := documents.Decode(&v)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || v == nil {
			t.Errorf("document %d of %s: %v, %v", n, name, v, err)
			break
		}
	}
	if a.Unit != "rules" || a.Kind == generate.Loki {
		return
	}
	file := a.Bytes
	if a.Kind == generate.PrometheusRule {
		_, file, _ = bytes.Cut(file, []byte("\nspec:\n"))
	}
	groups, problems := rulefmt.Parse(file, false, model.UTF8Validation, parser.NewParser(parser.Options{}), nil)
	for _, err := range problems {
		t.Errorf("%s: %v", name, err)
	}
	rules := 0
	if groups != nil {
		for _, g := range groups.Groups {
			rules += len(g.Rules)
		}
	}
	if rules != a.Count {
		t.Errorf("%s says that it has %d rules, and has %d", name, a.Count, rules)
	}
}

// TestFleetPassesItsTests runs the unit tests that are generated for the fleet.
func TestFleetPassesItsTests(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := fleetRun(t, dir, "")
	o.Generation.Kinds, o.Generation.Lint = []generate.Kind{generate.Recording, generate.BurnRate, generate.RuleTests}, false
	made := map[string]bool{}
	o.Generation.Take = func(g Generated) {
		for _, c := range g.Changes {
			if c.Artefact.Kind == generate.RuleTests {
				made[c.Path] = true
			}
		}
	}
	Run(t.Context(), o)
	ws := spectest.Open(t, dir)
	found, problems := ws.Find(t.Context(), []string{"generated"})
	rep := RunTests(t.Context(), Options{Workspace: ws, Files: found, Unreadable: problems, At: at()})
	for _, f := range rep.Findings {
		t.Errorf("%s: %s", f.Position(), f.Message)
	}
	if len(made) == 0 || rep.Summary.Tests < len(made) {
		t.Errorf("%d tests in %d files", rep.Summary.Tests, len(made))
	}
}
