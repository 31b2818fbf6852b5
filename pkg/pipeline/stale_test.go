package pipeline

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/spectest"
)

// checkout is a folder with services and what was generated of them.
type checkout struct {
	t   *testing.T
	dir string
}

func newCheckout(t *testing.T, archive string, environments ...string) checkout {
	t.Helper()
	c := checkout{t, filetest.Unpack(t, archive)}
	for _, name := range append(environments, "") {
		c.run(func(o *Options) { o.Environment = name })
	}
	return c
}

// run generates into the checkout.
func (c checkout) run(change func(*Options)) *report.Report {
	c.t.Helper()
	ws := spectest.Open(c.t, c.dir)
	files, unreadable := ws.Find(context.Background(), nil)
	o := generating(c.t, Options{Workspace: ws, Files: files, Unreadable: unreadable, At: at()})
	within(c.t, c.dir)(&o)
	change(&o)
	return Run(context.Background(), o)
}

// check compares what is there with what would be generated.
func (c checkout) check(change func(*Options)) *report.Report {
	c.t.Helper()
	return c.run(func(o *Options) {
		o.Generation.Check, o.Generation.Write = true, nil
		if change != nil {
			change(o)
		}
	})
}

// replace changes a file of the checkout.
func (c checkout) replace(name, from, to string) {
	c.t.Helper()
	data, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil || !strings.Contains(string(data), from) {
		c.t.Fatalf("%s holds no %q: %v", name, from, err)
	}
	filetest.Write(c.t, c.dir, name, []byte(strings.ReplaceAll(string(data), from, to)))
}

func (c checkout) remove(name string) {
	c.t.Helper()
	if err := os.Remove(filepath.Join(c.dir, name)); err != nil {
		c.t.Fatal(err)
	}
}

func TestStaleArtefactsAreFoundAtTheLineThatMadeTheDifference(t *testing.T) {
	const file, burn, rules, alerts = "services/pay.yaml", "generated/pay/burn-rate-alerts.yaml", "generated/pay/recording-rules.yaml", "generated/pay/alerts.yaml"
	const dependency = "  - {kind: Dependencies, name: d, spec: {databases: [{name: y, type: redis, selector: {job: y}}]}}\n"
	archive := service("pay", "critical", "availability", "orders") + dependency
	for _, tt := range []struct {
		name   string
		change func(checkout)
		want   []string // the beginnings of the findings
	}{
		{"nothing", func(checkout) {}, nil},
		{"a comment", func(c checkout) { c.replace(file, "resources:", "# why\nresources:") }, nil},
		{
			"one SLO",
			func(c checkout) {
				c.replace(file, "name: orders\n    spec:\n      objective: 99.9", "name: orders\n    spec:\n      objective: 99.5")
			},
			[]string{file + ":12:5 " + burn + " is not what this file generates: ", file + ":12:5 " + rules + " is not what this file generates: "},
		},
		{
			"the team, which all rules have",
			func(c checkout) { c.replace(file, "team: core", "team: base") },
			[]string{file + ":1:10 " + alerts, file + ":1:10 " + burn, file + ":1:10 " + rules},
		},
		{
			"an SLO is gone",
			func(c checkout) {
				data, _ := os.ReadFile(filepath.Join(c.dir, file))
				text := string(data)
				from, to := strings.Index(text, "  - kind: SLO\n    name: orders"), strings.Index(text, "  - {kind: Dep")
				filetest.Write(c.t, c.dir, file, []byte(text[:from]+text[to:]))
			},
			[]string{file + ":1:10 " + burn, file + ":"},
		},
		{
			"a file is gone",
			func(c checkout) { c.remove(alerts) },
			[]string{file + ":1:10 " + alerts + " is generated from this file and is missing"},
		},
		{
			"a file is not generated any more",
			func(c checkout) {
				filetest.Write(c.t, c.dir, file, []byte("service: {name: pay, team: core, tier: critical, type: api}\nresources:\n"+dependency))
			},
			[]string{file + ":1:10 " + burn + " is not generated from this file any more"},
		},
		{
			"changed by hand",
			func(c checkout) { c.replace(alerts, "redis_up{", "redis_up {") },
			[]string{file + ":21:54 " + alerts + " was changed by hand: RedisDown and RedisExporterAbsent differ"},
		},
		{
			"everything is gone",
			func(c checkout) {
				if err := os.RemoveAll(filepath.Join(c.dir, "generated")); err != nil {
					c.t.Fatal(err)
				}
			},
			[]string{file + ":1:10 " + alerts, file + ":1:10 " + burn, file + ":1:10 " + rules},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCheckout(t, archive)
			tt.change(c)
			rep := c.check(nil)
			var got []string
			for _, f := range findings(rep, "generate/stale") {
				// Which files there are beside those of SLOs is for their generators to say.
				if !strings.Contains(f, "dashboard.json") && (!strings.Contains(f, "recording-rules.yaml") || !strings.Contains(tt.name, "any more")) {
					got = append(got, f)
				}
			}
			if len(got) != len(tt.want) || (len(got) > 0) != (rep.Verdict == report.Fail) {
				t.Fatalf("verdict %s\n%s\nwant\n%s", rep.Verdict, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
			for i, want := range tt.want {
				if !strings.HasPrefix(got[i], want) {
					t.Errorf("got  %s\nwant %s", got[i], want)
				}
			}
		})
	}
}

// TestAChangeOfArtefactsAloneIsLookedAt makes sure that a run for a change does not
// pass over a service whose generated files the change touches.
func TestAChangeOfArtefactsAloneIsLookedAt(t *testing.T) {
	c := newCheckout(t, service("pay", "critical", "availability")+service("web", "critical", "availability"), "prod")
	c.replace("generated/pay/burn-rate-alerts.yaml", "for: 2m", "for: 3m")
	c.remove("generated/prod/web/recording-rules.yaml")
	for _, tt := range []struct {
		changed string
		want    []string
	}{
		{"generated/pay/burn-rate-alerts.yaml", []string{"services/pay.yaml"}},
		{"generated/pay/.nthlayer.json", []string{"services/pay.yaml"}},
		{"generated/prod/web/recording-rules.yaml", []string{"services/web.yaml"}},
		{"services/pay.yaml", []string{"services/pay.yaml"}},
		{"README.md", nil},
	} {
		rep := c.check(func(o *Options) {
			o.Changed, o.Generation.Environments = func(file string) bool { return file == tt.changed }, []string{"prod"}
		})
		var got []string
		for _, f := range rep.Findings {
			if f.Rule == "generate/stale" {
				got = append(got, f.File)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s -want +got:\n%s", tt.changed, diff)
		}
	}
}

// TestArtefactsOfEnvironmentsLieApartAndAreChecked takes services of which one was
// never generated for the environment.
func TestArtefactsOfEnvironmentsLieApartAndAreChecked(t *testing.T) {
	archive := service("pay", "critical", "availability") + "environments: {dev: {service: {tier: standard}}}\n"
	c := newCheckout(t, archive, "dev")
	filetest.Write(t, c.dir, "services/web.yaml", []byte(strings.TrimPrefix(service("web", "low", "availability"), "-- services/web.yaml --\n")))
	c.run(func(*Options) {})
	both := func(o *Options) { o.Generation.Environments = []string{"dev", "staging"} }
	if rep := c.check(both); rep.Verdict == report.Fail {
		t.Fatalf("%v", rep.Findings)
	}
	base, dev := filepath.Join(c.dir, "generated/pay/burn-rate-alerts.yaml"), filepath.Join(c.dir, "generated/dev/pay/burn-rate-alerts.yaml")
	one, err := os.ReadFile(base)
	if err != nil {
		t.Fatal(err)
	}
	two, err := os.ReadFile(dev)
	if err != nil || string(one) == string(two) {
		t.Errorf("the environment changes nothing: %v", err)
	}
	c.replace("services/pay.yaml", "{tier: standard}", "{tier: high}")
	got := findings(c.check(both), "generate/stale")
	if len(got) == 0 {
		t.Error("nothing is stale")
	}
	for _, f := range got {
		if !strings.Contains(f, "generated/dev/pay/") {
			t.Errorf("%s", f)
		}
	}
	if got := findings(c.check(nil), "generate/stale"); len(got) > 0 {
		t.Errorf("an environment that nobody asked for was checked: %v", got)
	}
	c.replace("services/pay.yaml", "{tier: high}", "{tier: gold}")
	if got := findings(c.check(both), "generate/stale"); len(got) != 1 || !strings.Contains(got[0], "generated/dev/pay cannot be checked") {
		t.Errorf("got %v", got)
	}
}

func TestChangedLines(t *testing.T) {
	for _, tt := range []struct {
		old, wanted string
		want        []int
	}{
		{"a\nb\n", "a\nb\n", nil},
		{"a\nb\nc\n", "a\nB\nc\n", []int{2}},
		{"a\n", "x\na\ny\nz\n", []int{1, 3, 4}},
		{"a\nb\nc\n", "a\nc\n", []int{2}},
		{"", "a\nb\n", []int{1, 2}},
		{"a", "a\nb", []int{1, 2}},
		{"+a\n", "+b\n@@ -1 +9 @@\n", []int{1, 2}},
	} {
		if diff := cmp.Diff(tt.want, changedLines([]byte(tt.old), []byte(tt.wanted))); diff != "" {
			t.Errorf("%q to %q -want +got:\n%s", tt.old, tt.wanted, diff)
		}
	}
}
