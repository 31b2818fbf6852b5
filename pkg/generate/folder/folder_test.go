package folder

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

func artefacts(pairs ...string) []generate.Artefact {
	var out []generate.Artefact
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, generate.Artefact{Kind: generate.Alerts, Path: pairs[i], Bytes: []byte(pairs[i+1])})
	}
	return out
}

type place struct {
	t    *testing.T
	root *os.Root
	ws   *spec.Workspace
}

// pay is where the files of the tests lie, and noted what is noted of them.
func pay() Place { return At("gen", "", "pay", generate.ByService) }

func noted() Record {
	return Record{Source: "services/pay.yaml", Kinds: []generate.Kind{generate.Alerts}}
}

func open(t *testing.T) place {
	t.Helper()
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return place{t, root, spectest.Open(t, dir)}
}

// compare returns action and path of each file.
func (p place) compare(all bool, a []generate.Artefact) ([]Change, string) {
	p.t.Helper()
	kinds := []generate.Kind{generate.Recording}
	if all {
		kinds = append(kinds, generate.Alerts)
	}
	changes, err := Compare(pay(), a, kinds, Reading(p.ws))
	if err != nil {
		p.t.Fatal(err)
	}
	var b strings.Builder
	for _, c := range changes {
		b.WriteString(string(c.Action) + " " + c.Path + "\n")
	}
	return changes, b.String()
}

func (p place) write(a []generate.Artefact, force, prune bool) string {
	p.t.Helper()
	changes, _ := p.compare(true, a)
	done, err := Write(p.ws, pay(), noted(), changes, force, prune)
	if err != nil {
		p.t.Fatal(err)
	}
	var edited []string
	for _, c := range done {
		if c.Action == Edited {
			edited = append(edited, c.Path)
		}
	}
	return strings.Join(edited, " ")
}

func (p place) set(name, text string) {
	p.t.Helper()
	if err := p.root.WriteFile(filepath.FromSlash(name), []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

func (p place) expect(name, want string) {
	p.t.Helper()
	got, err := p.root.ReadFile(filepath.FromSlash(name))
	if err != nil || string(got) != want {
		p.t.Errorf("%s is %q, %v; want %q", name, got, err, want)
	}
}

func TestLifeOfAFolder(t *testing.T) {
	p := open(t)
	first := artefacts("alerts.yaml", "one", "sub/x.yaml", "two")
	if _, got := p.compare(true, first); got != "create gen/pay/alerts.yaml\ncreate gen/pay/sub/x.yaml\n" {
		t.Errorf("got\n%s", got)
	}
	p.write(first, false, false)
	p.expect("gen/pay/sub/x.yaml", "two")
	if _, got := p.compare(true, first); got != "unchanged gen/pay/alerts.yaml\nunchanged gen/pay/sub/x.yaml\n" {
		t.Errorf("got\n%s", got)
	}
	before, err := p.root.Stat("gen/pay/.nthlayer.json")
	if err != nil {
		t.Fatal(err)
	}
	p.write(first, false, false)
	if after, err := p.root.Stat("gen/pay/.nthlayer.json"); err != nil || !os.SameFile(before, after) {
		t.Errorf("the list was written although nothing changed, %v", err)
	}

	second := artefacts("alerts.yaml", "three")
	if _, got := p.compare(true, second); got != "update gen/pay/alerts.yaml\nobsolete gen/pay/sub/x.yaml\n" {
		t.Errorf("got\n%s", got)
	}
	if _, got := p.compare(false, second); got != "update gen/pay/alerts.yaml\n" {
		t.Errorf("artefacts of one kind make those of others obsolete:\n%s", got)
	}
	p.write(second, false, false)
	p.expect("gen/pay/sub/x.yaml", "two")
	p.write(second, false, true)
	if _, err := p.root.Stat("gen/pay/sub/x.yaml"); err == nil {
		t.Error("the obsolete file is still there")
	}
}

// TestHandEditedFilesAreLeftAlone makes sure that nobody's work is lost without a
// word, be the file ours once or not.
func TestHandEditedFilesAreLeftAlone(t *testing.T) {
	p := open(t)
	p.write(artefacts("alerts.yaml", "one"), false, false)
	p.set("gen/pay/alerts.yaml", "by hand")
	p.set("gen/pay/other.yaml", "never ours")
	next := artefacts("alerts.yaml", "two", "other.yaml", "two")
	if _, got := p.compare(true, next); got != "edited gen/pay/alerts.yaml\nedited gen/pay/other.yaml\n" {
		t.Errorf("got\n%s", got)
	}
	if skipped := p.write(next, false, true); skipped != "gen/pay/alerts.yaml gen/pay/other.yaml" {
		t.Errorf("skipped %q", skipped)
	}
	p.expect("gen/pay/alerts.yaml", "by hand")
	p.expect("gen/pay/other.yaml", "never ours")
	p.write(next, true, false)
	p.expect("gen/pay/alerts.yaml", "two")
	if _, got := p.compare(true, next); strings.Contains(got, "edited") {
		t.Errorf("still edited after it was forced:\n%s", got)
	}
}

// TestAnEmptyFileIsWritten makes sure that what a power failure left of a file does not
// count as changed by hand: nothing waits for the disk.
func TestAnEmptyFileIsWritten(t *testing.T) {
	p := open(t)
	p.write(artefacts("alerts.yaml", "one"), false, false)
	p.set("gen/pay/alerts.yaml", "")
	if _, got := p.compare(true, artefacts("alerts.yaml", "one")); got != "update gen/pay/alerts.yaml\n" {
		t.Errorf("got\n%s", got)
	}
	p.write(artefacts("alerts.yaml", "one"), false, false)
	p.expect("gen/pay/alerts.yaml", "one")
}

// TestAForeignListIsNotBelieved makes sure that a list of digests cannot have files
// removed that lie elsewhere, nor files that are not what it says.
func TestAForeignListIsNotBelieved(t *testing.T) {
	p := open(t)
	p.write(artefacts("alerts.yaml", "one"), false, false)
	p.set("secret", "s")
	for i, list := range []string{
		`{"version":1,"files":{"../../secret":{"kind":"alerts","sha256":"` + digest([]byte("s")) + `"},"/etc/passwd":{"kind":"alerts"},"alerts.yaml":{"kind":"alerts","sha256":"0"}}}`,
		`{"version":2,"files":{"alerts.yaml":{"kind":"alerts","sha256":"` + digest([]byte("one")) + `"}}}`, `{"version":1,"files":{"alerts.yaml":"x"}}`, `[1]`, "", "{",
	} {
		p.set("gen/pay/.nthlayer.json", list)
		if _, got := p.compare(true, nil); got != "" && (i > 0 || got != "edited gen/pay/alerts.yaml\n") {
			t.Errorf("%s: got\n%s", list, got)
		}
		p.write(nil, false, true)
		p.expect("secret", "s")
		p.expect("gen/pay/alerts.yaml", "one")
	}
}

// TestLinksInTheWayAreNotFollowed makes sure that a link with the name of the file
// beside cannot have another file of the workspace replaced.
func TestLinksInTheWayAreNotFollowed(t *testing.T) {
	p := open(t)
	p.set("service.yaml", "s")
	if err := p.root.MkdirAll("gen/pay", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := p.root.Symlink("../../service.yaml", "gen/pay/alerts.yaml.nthlayer-tmp"); err != nil {
		t.Fatal(err)
	}
	p.write(artefacts("alerts.yaml", "one"), false, false)
	p.expect("service.yaml", "s")
	p.expect("gen/pay/alerts.yaml", "one")
}

// TestLinksDoNotLeadOut makes sure that a link in the repository cannot have a file
// outside of the workspace replaced.
func TestLinksDoNotLeadOut(t *testing.T) {
	p, outside := open(t), t.TempDir()
	if err := p.root.Mkdir("gen", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(p.root.Name(), "gen", "pay")); err != nil {
		t.Fatal(err)
	}
	changes := []Change{{Path: "gen/pay/alerts.yaml", Action: Create, New: []byte("x")}}
	if _, err := Write(p.ws, pay(), noted(), changes, false, false); err == nil {
		t.Error("written through a link that leads out")
	}
	if left, err := os.ReadDir(outside); err != nil || len(left) > 0 {
		t.Error(cmp.Diff([]os.DirEntry{}, left))
	}
}
