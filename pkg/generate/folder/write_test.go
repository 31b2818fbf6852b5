package folder

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/generate"
)

// became writes artefacts and returns what became of each file.
func (p place) became(a []generate.Artefact, force, prune bool) (string, error) {
	p.t.Helper()
	changes, _ := p.compare(true, a)
	done, err := Write(p.ws, pay(), noted(), changes, force, prune)
	var all []string
	for _, c := range done {
		all = append(all, string(c.Action)+" "+strings.TrimPrefix(c.Path, "gen/pay/"))
	}
	return strings.Join(all, ", "), err
}

// TestOneFileThatFailsDoesNotKeepTheOthers makes sure that what was written is told
// from what was not, and that the list has what was written.
func TestOneFileThatFailsDoesNotKeepTheOthers(t *testing.T) {
	p := open(t)
	p.write(artefacts("b.yaml", "one"), false, false)
	p.set("gen/pay/sub", "a file where a folder would be")
	changes := []Change{
		{Path: "gen/pay/b.yaml", Action: Update, New: []byte("two"), Artefact: artefacts("b.yaml", "two")[0]},
		{Path: "gen/pay/sub/x.yaml", Action: Create, New: []byte("x"), Artefact: artefacts("sub/x.yaml", "x")[0]},
		{Path: "gen/pay/sub/y.yaml", Action: Create, New: []byte("y"), Artefact: artefacts("sub/y.yaml", "y")[0]},
		{Path: "gen/pay/z.yaml", Action: Create, New: []byte("z"), Artefact: artefacts("z.yaml", "z")[0]},
	}
	done, err := Write(p.ws, pay(), noted(), changes, false, false)
	if err == nil || !strings.HasPrefix(err.Error(), "write gen/pay/sub/x.yaml: ") || !strings.HasSuffix(err.Error(), "; and 1 more") {
		t.Errorf("error: %v", err)
	}
	var got []Action
	for _, c := range done {
		got = append(got, c.Action)
	}
	if diff := cmp.Diff([]Action{Update, Failed, Failed, Create}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if _, got := p.compare(true, artefacts("b.yaml", "three", "z.yaml", "three")); got != "update gen/pay/b.yaml\nupdate gen/pay/z.yaml\n" {
		t.Errorf("the list does not have what was written:\n%s", got)
	}
}

// TestWhatBecomesOfAFile is told as it is, and not as it was planned.
func TestWhatBecomesOfAFile(t *testing.T) {
	p := open(t)
	expect := func(a []generate.Artefact, force, prune bool, want string) {
		t.Helper()
		if got, err := p.became(a, force, prune); err != nil || got != want {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	}
	both, one := artefacts("alerts.yaml", "one", "old.yaml", "one"), artefacts("alerts.yaml", "one")
	expect(both, false, false, "create alerts.yaml, create old.yaml")
	p.set("gen/pay/alerts.yaml", "by hand")
	expect(both, true, false, "overwritten alerts.yaml, unchanged old.yaml")
	p.set("gen/pay/old.yaml", "by hand")
	expect(one, false, true, "unchanged alerts.yaml, edited old.yaml")
	p.expect("gen/pay/old.yaml", "by hand")
	expect(one, true, true, "unchanged alerts.yaml, removed old.yaml")
	expect(both, false, false, "unchanged alerts.yaml, create old.yaml")
	expect(one, false, true, "unchanged alerts.yaml, removed old.yaml")
	expect(one, false, false, "unchanged alerts.yaml")
}

// TestAFileThatIsGoneAndNotGeneratedIsForgotten makes sure that the list does not name
// files that nobody can remove any more.
func TestAFileThatIsGoneAndNotGeneratedIsForgotten(t *testing.T) {
	p := open(t)
	p.write(artefacts("alerts.yaml", "one", "old.yaml", "one"), false, false)
	if err := p.root.Remove("gen/pay/old.yaml"); err != nil {
		t.Fatal(err)
	}
	p.write(artefacts("alerts.yaml", "one"), false, false)
	names, err := Files(pay(), Reading(p.ws))
	if diff := cmp.Diff([]string{"gen/pay/.nthlayer.json", "gen/pay/alerts.yaml"}, names); diff != "" || err != nil {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
}

// TestEndsOfLinesAreNoChange makes sure that a checkout that turned them into those of
// Windows is not taken for the work of a person.
func TestEndsOfLinesAreNoChange(t *testing.T) {
	p := open(t)
	p.write(artefacts("alerts.yaml", "one\ntwo\n"), false, false)
	p.set("gen/pay/alerts.yaml", "one\r\ntwo\r\n")
	for _, test := range []struct {
		made []generate.Artefact
		want string
	}{
		{artefacts("alerts.yaml", "one\ntwo\n"), "unchanged gen/pay/alerts.yaml\n"},
		{artefacts("alerts.yaml", "one\nthree\n"), "update gen/pay/alerts.yaml\n"},
		{nil, "obsolete gen/pay/alerts.yaml\n"},
	} {
		if _, got := p.compare(true, test.made); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
	p.set("gen/pay/alerts.yaml", "one\r\n2\r\n")
	if _, got := p.compare(true, artefacts("alerts.yaml", "one\ntwo\n")); got != "edited gen/pay/alerts.yaml\n" {
		t.Errorf("a changed line: got %s", got)
	}
}
