package pipeline

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/folder"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

// listed makes a run look for what was generated, and remove what is of nobody.
func (c checkout) listed(o *Options, lists ...string) {
	c.t.Helper()
	ws := spectest.Open(c.t, c.dir)
	o.Generation.Lists = func() ([]string, error) { return lists, nil }
	o.Generation.Remove = func(at folder.Place) ([]string, error) { return folder.Remove(ws, at) }
}

const goneList, goneDev = "generated/pay/.nthlayer.json", "generated/dev/pay/.nthlayer.json"

// TestWhatIsLeftOfAServiceThatIsGoneIsTold looks at it in a check, in a run that
// writes, and in one that prunes.
func TestWhatIsLeftOfAServiceThatIsGoneIsTold(t *testing.T) {
	c := newCheckout(t, service("pay", "critical", "availability")+service("cart", "critical", "availability"), "dev")
	lists := []string{goneList, goneDev, "generated/cart/.nthlayer.json", "generated/cart/other.json"}
	looking := func(o *Options) { c.listed(o, lists...) }
	if rep := c.check(looking); len(rep.Findings) > 0 {
		t.Fatalf("findings although nothing is gone: %v", rep.Findings)
	}
	c.remove("services/pay.yaml")
	rep := c.check(looking)
	what := " lists files of the service pay, which services/pay.yaml does not define any more"
	if diff := cmp.Diff([]string{goneDev + " " + goneDev + what, goneList + " " + goneList + what}, findings(rep, "generate/stale")); diff != "" || rep.Verdict != report.Fail {
		t.Errorf("%s -want +got:\n%s", rep.Verdict, diff)
	}
	if fix := rep.Findings[0].Suggestion; fix != "run nthlayer apply --prune --env dev, or remove the files, and commit the result" {
		t.Errorf("the fix is %q", fix)
	}
	// A run for one environment has nothing to do with another.
	rep = c.run(looking)
	if got := findings(rep, "generate/obsolete"); len(got) != 1 || !strings.HasPrefix(got[0], goneList) || rep.Verdict != report.Warn {
		t.Errorf("%s %v", rep.Verdict, got)
	}
	rep = c.run(func(o *Options) { looking(o); o.Generation.Prune = true })
	if _, err := os.Stat(c.dir + "/generated/pay"); err == nil || rep.Verdict != report.Pass {
		t.Errorf("%s: the folder is still there: %v", rep.Verdict, err)
	}
	if _, err := os.Stat(c.dir + "/generated/dev/pay"); err != nil {
		t.Errorf("the folder of another environment is gone: %v", err)
	}
}

// TestWhatIsOfOthersIsNotTakenForGone makes sure that nothing is told, or removed, of
// services that this run only has not looked at.
func TestWhatIsOfOthersIsNotTakenForGone(t *testing.T) {
	archive := service("pay", "critical", "availability") + service("cart", "critical", "availability")
	for name, change := range map[string]func(checkout, *Options){
		"one file was named": func(c checkout, o *Options) {
			c.remove("services/pay.yaml")
			o.Files = []spec.Found{{Path: "services/cart.yaml", Named: true}}
		},
		"the file was not read": func(_ checkout, o *Options) { o.Files = []spec.Found{{Path: "services/cart.yaml"}} },
		"the file has errors": func(c checkout, _ *Options) {
			filetest.Write(c.t, c.dir, "services/pay.yaml", []byte("service: {name: pay"))
		},
		"the list is not believed": func(c checkout, _ *Options) {
			c.remove("services/pay.yaml")
			c.replace(goneList, `"sha256": "`, `"sha256": "00`)
		},
	} {
		c := newCheckout(t, archive)
		rep := c.run(func(o *Options) {
			o.Generation.Prune = true
			c.listed(o, goneList)
			change(c, o)
		})
		if _, err := os.Stat(c.dir + "/" + goneList); err != nil || len(findings(rep, "generate/obsolete")) > 0 {
			t.Errorf("%s: %v %v", name, err, findings(rep, "generate/obsolete"))
		}
	}
}

// TestARenamedServiceLeavesItsFilesBehind has a file that is still there and holds
// another service, and a change that touches nothing else.
func TestARenamedServiceLeavesItsFilesBehind(t *testing.T) {
	c := newCheckout(t, service("pay", "critical", "availability")+service("cart", "critical", "availability"))
	c.replace("services/pay.yaml", "name: pay", "name: payments")
	for file, want := range map[string]int{"services/pay.yaml": 1, goneList: 1, "services/cart.yaml": 0} {
		rep := c.check(func(o *Options) {
			c.listed(o, goneList)
			o.Changed = func(name string) bool { return name == file }
		})
		got := slices.DeleteFunc(findings(rep, "generate/stale"), func(f string) bool { return !strings.HasPrefix(f, goneList) })
		if len(got) != want {
			t.Errorf("a change of %s: %v", file, got)
		}
	}
}

// TestTheLastServiceIsGone has no service left that could be looked at.
func TestTheLastServiceIsGone(t *testing.T) {
	c := newCheckout(t, service("pay", "critical", "availability"))
	c.remove("services/pay.yaml")
	if rep := c.check(func(o *Options) { c.listed(o, goneList) }); len(findings(rep, "generate/stale")) != 1 || rep.Verdict != report.Fail {
		t.Errorf("%s %v", rep.Verdict, rep.Findings)
	}
}

// TestAChangedFileStays makes sure that nobody's work is removed with a service.
func TestAChangedFileStays(t *testing.T) {
	const file = "generated/pay/burn-rate-alerts.yaml"
	c := newCheckout(t, service("pay", "critical", "availability")+service("cart", "critical", "availability"))
	c.remove("services/pay.yaml")
	c.replace(file, "for: 2m", "for: 3m")
	rep := c.run(func(o *Options) { c.listed(o, goneList); o.Generation.Prune = true })
	got := findings(rep, "generate/obsolete")
	if _, err := os.Stat(c.dir + "/" + file); err != nil || len(got) != 1 || !strings.HasSuffix(got[0], "changed by hand, and left as they are: "+file) {
		t.Errorf("%v %v", err, got)
	}
}

// TestACheckMakesWhatTheRunMade has options and kinds that are none of the default
// ones, in both layouts.
func TestACheckMakesWhatTheRunMade(t *testing.T) {
	for _, layout := range layouts() {
		c := newCheckout(t, service("pay", "critical", "availability")+"  - {kind: Dependencies, name: d, spec: {databases: [{name: y, type: redis, selector: {job: y}}]}}\n")
		list := folder.At("generated", "", "pay", layout).List
		if layout == generate.ByType {
			for _, name := range []string{"alerts.yaml", "burn-rate-alerts.yaml", "dashboard.json", "recording-rules.yaml", ".nthlayer.json"} {
				c.remove("generated/pay/" + name)
			}
		}
		c.run(func(o *Options) {
			o.Generation.Options = generate.Options{Full: true, RunbookURL: "https://runbooks.example.com", GrafanaURL: "https://grafana.example.com", RawDashboard: true, Layout: layout}
			o.Generation.Kinds = append(o.Generation.Kinds, generate.Sloth)
		})
		if rep := c.check(nil); len(rep.Findings) > 0 {
			t.Fatalf("%s: %v", layout, rep.Findings)
		}
		if rep := c.check(func(o *Options) { o.ServiceLabel = "app" }); !slices.ContainsFunc(findings(rep, "generate/stale"), func(f string) bool {
			return strings.Contains(f, "were generated with the service label service, and this run has app")
		}) {
			t.Errorf("%s: another service label: %v", layout, rep.Findings)
		}
		c.replace("services/pay.yaml", "objective: 99.9", "objective: 99.5")
		rep := c.check(nil)
		want := "run nthlayer apply --only sloth,recording-rules,burn-rate-alerts,alerts,dashboard --full --grafana-url https://grafana.example.com --raw-dashboard --runbook-url https://runbooks.example.com"
		if layout == generate.ByType {
			want += " --layout type"
		}
		if got := rep.Findings[0].Suggestion; got != want+" and commit the result" {
			t.Errorf("%s: the fix is %q", layout, got)
		}
		c.replace("services/pay.yaml", "objective: 99.5", "objective: 99.9")
		c.replace(list, `"full": true`, `"full": false, "skip": ["alerts"]`)
		rep = c.check(nil)
		if got := findings(rep, "generate/manifest"); len(got) != 1 || !strings.HasPrefix(got[0], list+" the list of generated files was changed by hand: unknown field \"skip\"") || rep.Verdict != report.Fail {
			t.Errorf("%s: %s %v", layout, rep.Verdict, rep.Findings)
		}
	}
}
