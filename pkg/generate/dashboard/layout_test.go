package dashboard

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	sdk "github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

func value[T any](v T) spec.Value[T] { return spec.Value[T]{V: v} }

// anyName draws what a service file may be made to say: names of Grafana's
// variables, ends of strings, markup.
func anyName() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`[a-z][a-z0-9-]{0,50}`),
		rapid.StringOfN(rapid.OneOf(rapid.RuneFrom([]rune("\"'\\$`{}[]()<>|*_#!&\n\x00 ,=~")), rapid.Rune()), 0, 20, -1),
		rapid.SampledFrom([]string{
			"$service", "${service}", "[[service]]", "[[service:raw]]", "$__rate_interval", "{{ $labels.x }}", `"} or up{x="`, `\"} or up{x="`,
			"<script>alert(1)</script>", "**x** [x](javascript:x)", "\x00service", "3d3h30m28s183ms", "a [3d3h30m28s183ms] b", "$$service", "[[[service]]]",
		}),
	)
}

// anyJob draws a service that nobody has checked.
func anyJob(t *testing.T) *rapid.Generator[generate.Job] {
	catalog := small(t)
	return rapid.Custom(func(rt *rapid.T) generate.Job {
		s := &spec.Service{
			File: anyName().Draw(rt, "file"), Name: value(anyName().Draw(rt, "service")), Team: value(anyName().Draw(rt, "team")),
			Tier: value(spec.TierHigh), Type: value(spec.TypeAPI), Environment: anyName().Draw(rt, "environment"),
			Runbook: value(anyName().Draw(rt, "runbook")), SLOs: rapid.SliceOfN(anySLO(), 0, 4).Draw(rt, "slos"),
			Dependencies: rapid.SliceOfN(anyDependency(), 0, 8).Draw(rt, "dependencies"),
		}
		if rapid.Bool().Draw(rt, "on kubernetes") {
			s.Workload.Namespace = spec.Value[string]{V: anyName().Draw(rt, "namespace"), At: spec.OriginAt(report.Position{File: "pay.yaml", Line: 1}, "kubernetes")}
		}
		seen := map[string]intent.Presence{}
		if rapid.Bool().Draw(rt, "asked") {
			seen[intent.Key("http", "")] = intent.Presence{Asked: true, Names: map[string]bool{"http_requests_total": true}}
			for _, d := range s.Dependencies {
				seen[intent.Key("postgresql", d.Name.V)] = intent.Presence{Asked: true}
			}
		}
		return generate.Job{Service: s, Catalog: catalog, Metrics: intent.Seen(s, seen), Options: generate.Options{Full: rapid.Bool().Draw(rt, "full")}}
	})
}

func anySLO() *rapid.Generator[spec.SLO] {
	return rapid.Custom(func(rt *rapid.T) spec.SLO {
		o, err := spec.NewObjective(rapid.SampledFrom([]string{"99.9", "99", "50", "99.9995"}).Draw(rt, "objective"))
		if err != nil {
			rt.Fatal(err)
		}
		matcher := labels.MustNewMatcher(labels.MatchEqual, "path", strings.ToValidUTF8(anyName().Draw(rt, "path"), "")).String()
		window := rapid.SampledFrom([]spec.Window{{Text: "30d", Duration: 720 * time.Hour}, {Text: "1h", Duration: time.Hour}, {Text: "7d", Duration: 168 * time.Hour}, {}}).Draw(rt, "window")
		return spec.SLO{
			Name: value(anyName().Draw(rt, "slo")), Objective: value(o), Window: value(window),
			Broken: rapid.SampledFrom([]string{"", "", "", anyName().Draw(rt, "broken")}).Draw(rt, "is broken"),
			Indicator: spec.Indicator{
				Kind: spec.IndicatorEvents, Good: value("sum(rate(good{" + matcher + "}[5m]))"), Total: value("sum(rate(total{" + matcher + "}[5m]))"),
			},
		}
	})
}

func anyDependency() *rapid.Generator[spec.Dependency] {
	return rapid.Custom(func(rt *rapid.T) spec.Dependency {
		d := spec.Dependency{
			Name: value(anyName().Draw(rt, "dependency")), Kind: spec.DependencyDatabase,
			Type: value(rapid.SampledFrom([]string{"postgresql", "redis", "postgresql", anyName().Draw(rt, "unknown")}).Draw(rt, "technology")),
		}
		if rapid.Bool().Draw(rt, "has selector") {
			d.Selector = []spec.Entry{{Key: "job", Value: value(strings.ToValidUTF8(anyName().Draw(rt, "job"), ""))}}
		}
		return d
	})
}

// TestAnyService makes sure that no service file can make a dashboard that Grafana
// or Prometheus would refuse, or that shows something else than it says.
func TestAnyService(t *testing.T) {
	jobs := anyJob(t)
	rapid.Check(t, func(rt *rapid.T) {
		job := jobs.Draw(rt, "job")
		d, r := generated(rt, job)
		if uid := *d.Uid; len(uid) > 40 || strings.Trim(uid, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
			rt.Errorf("uid %q", uid)
		}
		checkPlaces(rt, d)
		checkNames(rt, d)
		for _, p := range panelsIn(d) {
			checkPanel(rt, d, p)
			for _, q := range queriesIn(p) {
				checkOwner(rt, job, parsedQuery(rt, d, q), q.Expr)
			}
		}
		if len(r.Artefacts[0].Trace) != len(panelsIn(d)) {
			rt.Errorf("%d panels, %d traced", len(panelsIn(d)), len(r.Artefacts[0].Trace))
		}
	})
}

// checkPlaces looks for panels that overlap or stand outside of the grid. The panels
// of a closed row lie below it, over those of other rows, until it is opened.
func checkPlaces(t tb, d classic) {
	taken, bottom := map[[2]uint32]uint32{}, uint32(0)
	put := func(taken map[[2]uint32]uint32, g *sdk.GridPos, id uint32) {
		if g.W == 0 || g.H == 0 || g.X+g.W > 24 {
			t.Errorf("panel %d lies at %+v", id, *g)
		}
		for x := g.X; x < g.X+g.W; x++ {
			for y := g.Y; y < g.Y+g.H; y++ {
				if other, ok := taken[[2]uint32{x, y}]; ok {
					t.Errorf("panels %d and %d overlap at %d, %d", id, other, x, y)
				}
				taken[[2]uint32{x, y}] = id
			}
		}
	}
	// lower takes note of how far down the rows before have come.
	lower := func(g *sdk.GridPos) { bottom = max(bottom, g.Y+g.H) }
	for _, p := range d.Panels {
		if p.Panel != nil {
			put(taken, p.Panel.GridPos, *p.Panel.Id)
			lower(p.Panel.GridPos)
			continue
		}
		put(taken, p.RowPanel.GridPos, p.RowPanel.Id)
		if y := p.RowPanel.GridPos.Y; y != bottom {
			t.Errorf("the row %s is at %d and not at %d", *p.RowPanel.Title, y, bottom)
		}
		lower(p.RowPanel.GridPos)
		inside := map[[2]uint32]uint32{}
		for _, q := range p.RowPanel.Panels {
			put(inside, q.GridPos, *q.Id)
			if q.GridPos.Y <= p.RowPanel.GridPos.Y {
				t.Errorf("%s stands above its row", *q.Title)
			}
		}
		if p.RowPanel.Collapsed != (len(p.RowPanel.Panels) > 0) {
			t.Errorf("the row %s holds %d panels, closed %v", *p.RowPanel.Title, len(p.RowPanel.Panels), p.RowPanel.Collapsed)
		}
	}
}

// checkNames looks for ids and titles that are there twice.
func checkNames(t tb, d classic) {
	ids, titles := map[uint32]bool{}, map[string]bool{}
	see := func(id uint32, title string) {
		if id == 0 || id > math.MaxInt32 || ids[id] {
			t.Errorf("the id %d of %q is taken or out of range", id, title)
		}
		if titles[title] {
			t.Errorf("two panels have the title %q", title)
		}
		if shown := interpolated(d, title); shown != title || strings.ContainsAny(title, "\n\x00") {
			t.Errorf("the title %q is shown as %q", title, shown)
		}
		ids[id], titles[title] = true, true
	}
	for _, p := range panelsIn(d) {
		see(*p.Id, *p.Title)
	}
	for _, p := range d.Panels {
		if p.RowPanel != nil {
			see(p.RowPanel.Id, *p.RowPanel.Title)
		}
	}
}

// checkPanel looks for what every panel must have, and for markup that came from a
// name.
func checkPanel(t tb, d classic, p sdk.Panel) {
	if p.Type == "text" {
		content := fmt.Sprintf("%+v", p.Options)
		if shown := interpolated(d, content); shown != content || strings.Contains(content, "<script") || strings.Contains(content, "](") {
			t.Errorf("a text is shown as %s", shown)
		}
		return
	}
	if p.Datasource == nil || *p.Datasource.Uid != "${datasource}" || *p.Datasource.Type != "prometheus" {
		t.Errorf("%s asks %+v", *p.Title, p.Datasource)
	}
	if shown := interpolated(d, *p.Description); shown != *p.Description {
		t.Errorf("a description is shown as %s", shown)
	}
	refs := map[string]bool{}
	for _, q := range queriesIn(p) {
		if q.Datasource == nil || *q.Datasource.Uid != "${datasource}" || refs[*q.RefId] {
			t.Errorf("%s asks %+v as %s", *p.Title, q.Datasource, *q.RefId)
		}
		refs[*q.RefId] = true
	}
	if len(refs) == 0 || len(refs) != len(p.Targets) {
		t.Errorf("%s has %d queries of %d", *p.Title, len(refs), len(p.Targets))
	}
	defaults := p.FieldConfig.Defaults
	if *p.Title == "" || *p.Description == "" || *defaults.Unit == "" || defaults.Decimals == nil || len(defaults.Thresholds.Steps) == 0 {
		t.Errorf("%s lacks something: %+v", *p.Title, defaults)
	}
	if p.Type == kindGauge && (defaults.Min == nil || defaults.Max == nil) {
		t.Errorf("the gauge %s has no scale", *p.Title)
	}
}

// checkOwner looks for series of somebody else, and for values that changed on
// their way through Grafana.
func checkOwner(t tb, job generate.Job, expr parser.Expr, text string) {
	given := map[string]bool{job.Service.Name.V: true, job.Service.Environment: true, job.Service.Workload.Namespace.V: true}
	for _, s := range job.Service.SLOs {
		given[s.Name.V] = true
		for _, e := range s.Indicator.Expressions() {
			for _, m := range matchersIn(e.Text.V) {
				given[m.Value] = true
			}
		}
	}
	for _, d := range job.Service.Dependencies {
		given[d.Name.V] = true
		for _, e := range d.Selector {
			given[e.Value.V] = true
		}
	}
	for _, m := range matchersIn(expr.String()) {
		if m.Type == labels.MatchEqual && m.Name != model.MetricNameLabel && !given[m.Value] {
			t.Errorf("a query looks for %s: %s", m, text)
		}
		if m.Name == model.MetricNameLabel && m.Value == "up" {
			t.Errorf("a query was broken out of: %s", text)
		}
	}
	for _, selectors := range parser.ExtractSelectors(expr) {
		if len(selectors) < 2 {
			t.Errorf("a query reads %v of everybody: %s", selectors, text)
		}
	}
}

func matchersIn(text string) []*labels.Matcher {
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		return nil
	}
	var out []*labels.Matcher
	for _, selectors := range parser.ExtractSelectors(expr) {
		out = append(out, selectors...)
	}
	return out
}

// TestIDsStay makes sure that links to a panel survive panels that come and go
// elsewhere.
func TestIDsStay(t *testing.T) {
	before, _ := generated(t, jobOf(t, load(t, rich, ""), nil))
	archive := strings.Replace(rich, "databases:", "databases:\n        - {name: archive, type: postgres, selector: {job: archive}}", 1)
	archive = strings.Replace(archive, "  - kind: SLO", "  - {kind: SLO, name: a-first, spec: {objective: 99}}\n  - kind: SLO", 1)
	job := jobOf(t, load(t, archive, ""), nil)
	job.Options.Full = true
	after, _ := generated(t, job)
	ids := map[uint32]string{}
	for _, p := range panelsIn(after) {
		ids[*p.Id], _, _ = strings.Cut(*p.Title, " (")
	}
	for _, p := range panelsIn(before) {
		if title, _, _ := strings.Cut(*p.Title, " ("); ids[*p.Id] != title {
			t.Errorf("%s had the id %d, which is %q now", *p.Title, *p.Id, ids[*p.Id])
		}
	}
	if len(ids) <= len(panelsIn(before)) {
		t.Errorf("nothing was added: %d panels", len(ids))
	}
}

// TestLines makes sure that charts share what is left of a line, that numbers stay
// small, and that a row with a few panels is one line.
func TestLines(t *testing.T) {
	tests := map[string]string{
		"chart":                         "0,0 24x8",
		"stat":                          "0,0 4x8",
		"text":                          "0,0 24x4",
		"chart gauge gauge chart":       "0,0 8x8 | 8,0 4x8 | 12,0 4x8 | 16,0 8x8",
		"chart gauge chart chart":       "0,0 7x8 | 7,0 4x8 | 11,0 7x8 | 18,0 6x8",
		"chart chart chart chart chart": "0,0 8x8 | 8,0 8x8 | 16,0 8x8 | 0,8 12x8 | 12,8 12x8",
		"chart chart gauge text stat":   "0,0 10x8 | 10,0 10x8 | 20,0 4x8 | 0,8 24x4 | 0,12 4x8",
		"guide stat":                    "0,0 20x8 | 20,0 4x8",
	}
	for kinds, want := range tests {
		var panels []panel
		for kind := range strings.FieldsSeq(kinds) {
			p := panel{wide: kind == "guide"}
			p.model.Type = map[string]string{"chart": kindTimeseries, "guide": kindStat}[kind]
			if p.model.Type == "" {
				p.model.Type = kind
			}
			panels = append(panels, p)
		}
		flow(panels, 0)
		var got []string
		for _, p := range panels {
			g := p.model.GridPos
			got = append(got, fmt.Sprintf("%d,%d %dx%d", g.X, g.Y, g.W, g.H))
		}
		if got := strings.Join(got, " | "); got != want {
			t.Errorf("%s\n got %s\nwant %s", kinds, got, want)
		}
	}
}
