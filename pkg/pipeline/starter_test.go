package pipeline

import (
	"context"
	"io/fs"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/generate/bundle"
	"github.com/nthlayer/action/pkg/generate/starter"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/tech"
)

// known is what every service file may name.
func known(t testing.TB) starter.Known {
	t.Helper()
	catalog, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	templates, findings := spec.Templates(context.Background(), spectest.Open(t, t.TempDir()), ".")
	if len(findings) > 0 || len(templates) < 5 {
		t.Fatal(len(templates), findings)
	}
	return starter.Known{Templates: templates, Catalog: catalog}
}

// TestWhatInitWritesIsSound makes sure that no answers that are taken give a service
// file with an error or a warning, nor one from which nothing can be generated.
func TestWhatInitWritesIsSound(t *testing.T) {
	k := known(t)
	try := func(t interface {
		Errorf(string, ...any)
		Fatalf(string, ...any)
	}, dir func() string, a starter.Answers,
	) {
		text, err := starter.File(a, k)
		if err != nil {
			if !strings.Contains(err.Error(), "have no metrics that everybody calls alike") && !strings.Contains(err.Error(), "has no SLO availability") && a.Availability != "1" {
				t.Fatalf("%+v: %v", a, err)
			}
			return
		}
		folder := dir()
		o := generatingFrom(k, folder, a.Name, text)
		rep := o()
		for _, f := range rep.Findings {
			// What a low objective means for alerts, people have to be told.
			if f.Severity != report.Info && f.Rule != "slo/burn-rate-unreachable" && f.Rule != "slo/burn-rate-window" {
				t.Errorf("%s: %s (%s) in\n%s", f.Position(), f.Message, f.Rule, text)
			}
		}
		if s := rep.Services; len(s) != 1 || len(s[0].Artifacts) == 0 {
			t.Errorf("nothing is generated from\n%s", text)
		}
	}
	templates := []string{""}
	for _, tm := range k.Templates {
		templates = append(templates, tm.Name)
	}
	var technologies []string
	for _, tm := range k.Technologies() {
		technologies = append(technologies, tm.Name)
	}
	n := 0
	for _, kind := range spec.Types() {
		for _, tier := range spec.Tiers() {
			for _, template := range templates {
				if template != "" && kind.Type != spec.TypeAPI {
					continue // most templates are of a type of their own, and rapid mixes them
				}
				n++
				needs := technologies[n%len(technologies):][:1]
				try(t, t.TempDir, starter.Answers{Name: "my--api", Team: "core", Tier: string(tier.Tier), Type: string(kind.Type), Template: template, Dependencies: needs})
			}
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		try(r, t.TempDir, starter.Answers{
			Name:         rapid.StringMatching(`[a-z]([a-z0-9-]{0,61}[a-z0-9])?`).Draw(r, "name"),
			Team:         rapid.StringMatching(`[ -#%-~]*[a-z:'"{}#&*!|>%@-][ -#%-~]*`).Draw(r, "team"),
			Tier:         rapid.SampledFrom([]string{"", "T1", "critical", "LOW", "2"}).Draw(r, "tier"),
			Type:         rapid.SampledFrom([]string{"", "Web", "background-job", "grpc", "ml"}).Draw(r, "type"),
			Template:     rapid.SampledFrom(templates).Draw(r, "template"),
			Dependencies: rapid.SliceOfN(rapid.SampledFrom(technologies), 0, 4).Draw(r, "dependencies"),
			Availability: rapid.SampledFrom([]string{"", "99.9", "99", "95.5", "99.95%", "1", "1.5"}).Draw(r, "availability"),
		})
	})
}

// generatingFrom returns a run that validates strictly and generates from one file.
func generatingFrom(k starter.Known, dir, name string, text []byte) func() *report.Report {
	return func() *report.Report {
		ws, err := spec.OpenWorkspace(dir)
		if err != nil {
			return &report.Report{}
		}
		defer func() { _ = ws.Close() }()
		file := name + ".yaml"
		kinds, _ := bundle.Select(nil, nil)
		return Run(context.Background(), Options{
			Command: "apply", Stages: []Stage{Generate, Lint}, Workspace: ws.Over(map[string][]byte{file: text}), Files: []spec.Found{{Path: file, Named: true}}, At: at(),
			Generation: &Generation{Catalog: k.Catalog, Kinds: kinds, Dir: "generated", Lint: true, Read: func(string) ([]byte, error) { return nil, fs.ErrNotExist }},
		})
	}
}
