package lint

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/docs/rules"
	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

// today is the time of all examples, before the dates in them.
var today = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

// example is a set of files that are linted together.
type example []File

// lintExample lints rule files as such and everything else as service files, with
// the policy that the page of a rule shows.
func lintExample(t *testing.T, id string, ex example) []report.Finding {
	t.Helper()
	return lintExampleFor(t, id, ex, "")
}

// lintExampleFor is lintExample for an environment.
func lintExampleFor(t *testing.T, id string, ex example, environment string) []report.Finding {
	t.Helper()
	o := pageOptions(t, id)
	if isRules(ex) {
		return RuleFiles(context.Background(), ex, o)
	}
	loaded := loadServices(t, ex, environment)
	found := slices.Concat(loaded.Unreadable, loaded.Findings)
	found = append(found, Services(context.Background(), loaded.Services, o)...)
	kept, _ := SuppressServices(loaded.Services, ex, found, o)
	return report.Normalise(kept)
}

var policyFence = regexp.MustCompile("(?ms)^```yaml policy\n(.*?)^```$")

// pageOptions are the options of a rule's examples: those of the policy on its
// page, if it shows one.
func pageOptions(t *testing.T, id string) Options {
	t.Helper()
	o := Options{Now: today}
	page, _ := rules.Page(id)
	if m := policyFence.FindStringSubmatch(page); m != nil {
		p, problems := organisation.Decode("policy.yaml", []byte(m[1]), rules.IDs())
		if len(problems) > 0 {
			t.Fatalf("the policy on the page of %s: %v", id, problems)
		}
		o.Checks = p.Lint.Checks
		o.Metadata = p.Metadata
	}
	return o
}

func isRules(ex example) bool {
	docs, _ := document.Parse(ex[0].Name, ex[0].Data, document.RuleLimits())
	return len(docs) > 0 && rulefile.IsRuleFile(docs[0])
}

func loadServices(t *testing.T, ex example, environment string) spec.Loaded {
	t.Helper()
	dir := t.TempDir()
	var found []spec.Found
	for _, f := range ex {
		filetest.Write(t, dir, f.Name, f.Data)
		found = append(found, spec.Found{Path: f.Name, Named: true})
	}
	return spec.Load(context.Background(), spectest.Open(t, dir), found, spec.Options{Environment: environment})
}

// describe prints a finding as golden files hold it, with the text that it
// points at.
func describe(f report.Finding) string {
	marked := ""
	if runes := []rune(f.Snippet); f.EndLine == f.Line && f.EndColumn-1 <= len(runes) && f.Column >= 1 && f.Column < f.EndColumn {
		marked = " `" + string(runes[f.Column-1:f.EndColumn-1]) + "`"
	}
	return fmt.Sprintf("%s-%d:%d %s %s%s\n\t%s\n\t%s\n", f.Position(), f.EndLine, f.EndColumn, f.Severity, f.Rule, marked, f.Message, f.Suggestion)
}

// fixture reads testdata/<rule>/<name>.yaml or all files of testdata/<rule>/<name>.
func fixture(t *testing.T, id, name string) example {
	t.Helper()
	path := filepath.Join("testdata", filepath.FromSlash(id), name)
	if data, err := os.ReadFile(path + ".yaml"); err == nil {
		return example{{Name: name + ".yaml", Data: data}}
	}
	var ex example
	err := filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(file)
		rel, _ := filepath.Rel(path, file)
		ex = append(ex, File{Name: filepath.ToSlash(rel), Data: data})
		return err
	})
	if err != nil || len(ex) == 0 {
		t.Fatalf("%s has no fixture %s: write %s.yaml or a folder %s (%v)", id, name, path, path, err)
	}
	return ex
}

func TestEveryCheckHasFixtures(t *testing.T) {
	for _, id := range ruleIDs() {
		t.Run(id, func(t *testing.T) {
			for _, f := range lintExample(t, id, fixture(t, id, "good")) {
				t.Errorf("the good fixture has a finding: %s", describe(f))
			}
			var got strings.Builder
			found := lintExample(t, id, fixture(t, id, "bad"))
			for _, f := range found {
				if f.Rule != id {
					t.Errorf("the bad fixture has a finding of another rule: %s", describe(f))
				}
				if f.Line == 0 || f.Fingerprint == "" || f.Suggestion == "" {
					t.Errorf("a finding without line, fingerprint or suggestion: %+v", f)
				}
				got.WriteString(describe(f))
			}
			if len(found) == 0 {
				t.Fatal("the bad fixture has no finding")
			}
			filetest.Golden(t, filepath.Join("testdata", filepath.FromSlash(id), "bad.golden"), got.String())
		})
	}
}

// What GitLab and code scanning know as old must not be new because somebody wrote
// a line above it.
func TestFingerprintsSurviveInsertedLines(t *testing.T) {
	prints := func(id string, ex example) (out []string) {
		for _, f := range lintExample(t, id, ex) {
			out = append(out, f.Fingerprint)
		}
		slices.Sort(out)
		return out
	}
	for _, id := range ruleIDs() {
		before := fixture(t, id, "bad")
		after := slices.Clone(before)
		for i := range after {
			after[i].Data = slices.Concat([]byte("# who owns this file\n\n"), after[i].Data)
		}
		if diff := cmp.Diff(prints(id, before), prints(id, after)); diff != "" {
			t.Errorf("%s: the fingerprints changed:\n%s", id, diff)
		}
	}
}

// ruleIDs returns the rules of this package, of the checks and of the rule file
// parser.
func ruleIDs() []string {
	ids := []string{rulefile.RuleStructure}
	for _, c := range Checks(Options{}) {
		ids = append(ids, c.Rule().ID)
	}
	slices.Sort(ids)
	return ids
}

func TestChecksAreSortedAndAgreeWithTheirPages(t *testing.T) {
	var ids []string
	for _, c := range Checks(Options{}) {
		ids = append(ids, c.Rule().ID)
	}
	if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Errorf("the table is not sorted or has a rule twice: %v", ids)
	}
	for _, c := range slices.Concat(Checks(Options{}), ChangeChecks()) {
		r := c.Rule()
		head, ok := rules.Heading(r.ID)
		if !ok {
			t.Errorf("%s has no page: write docs/rules/%s.md", r.ID, r.ID)
			continue
		}
		if diff := cmp.Diff(rules.Head{Severity: string(r.Severity), Title: r.Title}, head); diff != "" {
			t.Errorf("the head of docs/rules/%s.md (-code +page):\n%s", r.ID, diff)
		}
	}
}

var fence = regexp.MustCompile("(?ms)^```yaml (base|bad|good)(?: (\\S+))?(?: env=(\\S+))?\n(.*?)^```$")

// pageExample is the files of one kind on a page, and the environment in which
// they are an example.
type pageExample struct {
	files       example
	environment string
}

// pageExamples returns the examples of a page by kind; blocks of the same kind
// belong together.
func pageExamples(page string) map[string]pageExample {
	out := map[string]pageExample{}
	for _, m := range fence.FindAllStringSubmatch(page, -1) {
		name := m[2]
		if name == "" {
			name = "rules.yaml"
		}
		out[m[1]] = pageExample{append(out[m[1]].files, File{Name: name, Data: []byte(m[4])}), m[3]}
	}
	return out
}

// needsExamples reports whether a rule is about what stands in service files or
// rule files, so that its page can show it. Of the rules about service files,
// two are about files that are not there; one is about more text than a page holds.
func needsExamples(id string) bool {
	stage, _, _ := strings.Cut(id, "/")
	if id == "spec/unreadable" || id == "change/base-unknown" || id == "promql/too-long" || ofGeneration(id) {
		return false
	}
	return slices.Contains(ruleIDs(), id) || slices.Contains([]string{"spec", "service", "slo", "dependency", "change", "suppress"}, stage)
}

// ofGeneration reports whether a rule is one that only generating finds. The tests of
// pkg/pipeline try the examples of those.
func ofGeneration(id string) bool {
	return strings.HasPrefix(id, "generate/") || slices.Contains([]string{"slo/not-recordable", "slo/not-tested", "slo/burn-rate-unreachable", "slo/burn-rate-window", "slo/bucket-boundary"}, id)
}

// ofServer reports whether a page is about a rule that asks a server. The tests of
// pkg/lint/online try its examples.
func ofServer(page string) bool { return strings.Contains(page, "\n```yaml series\n") }

// lintPage lints an example of a page and, where the page shows what was there
// before, compares the two.
func lintPage(t *testing.T, id string, ex, base pageExample) []report.Finding {
	t.Helper()
	found := lintExampleFor(t, id, ex.files, ex.environment)
	if base.files == nil {
		return found
	}
	if isRules(base.files) {
		return append(found, Removed(t.Context(), base.files, ex.files, nil, nil, Options{})...)
	}
	was, is := loadServices(t, base.files, ex.environment), loadServices(t, ex.files, ex.environment)
	return append(found, Changes(was.Services, is.Services, Options{Now: today})...)
}

func TestExamplesOfThePagesBehaveAsSaid(t *testing.T) {
	for _, id := range rules.IDs() {
		if ofGeneration(id) || id == "rule/unread" || id == "change/policy-reach" || strings.HasPrefix(id, "policy/") || strings.HasPrefix(id, "promruval/") { // their packages try those with a policy or a configuration
			continue
		}
		page, _ := rules.Page(id)
		if ofServer(page) {
			continue
		}
		examples := pageExamples(page)
		t.Run(id, func(t *testing.T) {
			if needsExamples(id) && (examples["bad"].files == nil || examples["good"].files == nil) {
				t.Fatal("the page has no bad or no good example")
			}
			if ex := examples["bad"]; ex.files != nil {
				found := lintPage(t, id, ex, examples["base"])
				if len(found) == 0 {
					t.Error("the bad example has no finding")
				}
				for _, f := range found {
					if f.Rule != id {
						t.Errorf("the bad example has a finding of another rule: %s", describe(f))
					}
				}
			}
			if ex := examples["good"]; ex.files != nil {
				for _, f := range lintPage(t, id, ex, examples["base"]) {
					t.Errorf("the good example has a finding: %s", describe(f))
				}
			}
		})
	}
}

func TestEveryPageHasTheSameParts(t *testing.T) {
	for _, id := range rules.IDs() {
		page, ok := rules.Page(id)
		head, _ := rules.Heading(id)
		if !ok || head.Title == "" || !strings.HasPrefix(page, "# "+id+"\n") {
			t.Errorf("%s: the page does not begin with severity, title and # %s", id, id)
		}
		if !slices.Contains([]string{"error", "warning", "info"}, head.Severity) {
			t.Errorf("%s: severity %q", id, head.Severity)
		}
		for _, part := range []string{"\n## Why it matters\n", "\n## How to fix it\n"} {
			if !strings.Contains(page, part) {
				t.Errorf("%s: the page has no part %q", id, strings.TrimSpace(part))
			}
		}
	}
}

func TestRulesListsEveryPage(t *testing.T) {
	all := Rules()
	for i, r := range all {
		if r.Page() == "" || r.Title == "" || r.Severity == "" || i > 0 && all[i-1].ID >= r.ID {
			t.Errorf("incomplete or unsorted: %+v", r)
		}
	}
	if len(all) < len(Checks(Options{})) {
		t.Errorf("%d rules, but %d checks", len(all), len(Checks(Options{})))
	}
}
