package dashboard

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/spec"
)

func TestGolden(t *testing.T) {
	job := jobOf(t, load(t, rich, ""), nil)
	_, r := generated(t, job)
	filetest.Golden(t, "testdata/dashboard.json", string(r.Artefacts[0].Bytes))
	if again := (Dashboard{}).Generate(job); !cmp.Equal(again.Artefacts[0].Bytes, r.Artefacts[0].Bytes) {
		t.Error("the file differs from run to run")
	}
}

// TestRows makes sure that rows stand in their order, and that titles name the
// dependency where two panels would have the same.
func TestRows(t *testing.T) {
	d, r := generated(t, jobOf(t, load(t, rich, ""), nil))
	want := []string{
		"SLO Overview | availability over 30d | availability error budget | availability by the hour | availability burn rate",
		"Service Health | Requests | Error Ratio | Latency",
		"PostgreSQL (orders) | Connections (orders) | Cache Hit Ratio | Query Time",
		"Redis (sessions) | Connections (sessions) | State",
		"foodb (ledger) | Nothing is known of foodb",
		"Kubernetes | Ready Pods",
	}
	if diff := cmp.Diff(want, rowsOf(d)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]generate.LeftOut{{Why: "not part of the overview", Count: 1}}, r.LeftOut); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestFullShowsAllPanels(t *testing.T) {
	job := jobOf(t, load(t, rich, ""), nil)
	job.Options.Full = true
	d, r := generated(t, job)
	titled(t, d, "Replication Lag")
	if len(r.LeftOut) > 0 {
		t.Errorf("left out: %+v", r.LeftOut)
	}
}

// TestManyDependenciesAreClosed makes sure that a dashboard with many rows does not
// ask for all of them at once, and that closed rows hold their panels.
func TestManyDependenciesAreClosed(t *testing.T) {
	for more, want := range map[string]bool{"": false, "{name: carts, type: redis},": true} {
		archive := strings.Replace(rich, "caches: [", "caches: ["+more, 1)
		d, _ := generated(t, jobOf(t, load(t, archive, ""), nil))
		rows := rowsOf(d)
		if got := strings.Contains(rows[2], "(closed, 3)") && strings.Contains(rows[len(rows)-1], "Kubernetes (closed, 1)"); got != want {
			t.Errorf("with %q: %q", more, rows)
		}
		if strings.Contains(rows[0]+rows[1], "closed") {
			t.Errorf("objectives and requests are closed: %q", rows)
		}
	}
}

// TestWhatIsKnownOfTheService makes sure that the frame of the dashboard says whose
// it is.
func TestWhatIsKnownOfTheService(t *testing.T) {
	archive := strings.Replace(rich, "resources:", "environments: {staging: {tier: standard}}\nresources:", 1)
	var wrapper struct {
		Overwrite          bool
		Message, FolderUID string
	}
	d, r := generated(t, jobOf(t, load(t, archive, "staging"), nil))
	if err := json.Unmarshal(r.Artefacts[0].Bytes, &wrapper); err != nil {
		t.Fatal(err)
	}
	if !wrapper.Overwrite || wrapper.FolderUID != "nthl-money" || !strings.Contains(wrapper.Message, "pay") {
		t.Errorf("wrapper %+v", wrapper)
	}
	got := []string{*d.Title, *d.Uid, *d.Refresh}
	for _, v := range d.Templating.List {
		got = append(got, v.Name+"="+*v.Query.String)
	}
	for _, l := range d.Links {
		got = append(got, *l.Url)
	}
	want := []string{
		"pay - Service Dashboard (staging)", "nthl-pay_staging", "1m", "datasource=prometheus", "service=pay", "environment=staging", "namespace=shop",
		"https://runbooks.example.com/pay", "https://git.example.com/money/pay",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"nthlayer", "service:pay", "team:money", "tier:standard", "env:staging"}, d.Tags); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	burn := queriesIn(titled(t, d, "availability burn rate"))[0].Expr
	if want := `slo:sli_error:ratio_rate1h{env="$environment",service="$service",slo="availability"}`; !strings.Contains(burn, want) {
		t.Errorf("not the series of the environment, %s: %s", want, burn)
	}
}

func TestRawIsTheModelAlone(t *testing.T) {
	job := jobOf(t, load(t, rich, ""), nil)
	wrapped, _ := generated(t, job)
	job.Options.RawDashboard = true
	raw, r := generated(t, job)
	var top map[string]any
	if err := json.Unmarshal(r.Artefacts[0].Bytes, &top); err != nil {
		t.Fatal(err)
	}
	if top["uid"] != "nthl-pay" || top["dashboard"] != nil {
		t.Errorf("not the model: uid %v", top["uid"])
	}
	if diff := cmp.Diff(wrapped, raw); diff != "" {
		t.Errorf("-wrapped +raw:\n%s", diff)
	}
}

// TestTrace makes sure that each panel leads to the line that it is there for.
func TestTrace(t *testing.T) {
	for _, raw := range []bool{false, true} {
		job := jobOf(t, load(t, rich, ""), nil)
		job.Options.RawDashboard = raw
		job.Service.Type.At = spec.Origin{} // as in a file that leaves it to a template of ours
		d, r := generated(t, job)
		a := r.Artefacts[0]
		lines := strings.Split(string(a.Bytes), "\n")
		if len(a.Trace) != len(panelsIn(d)) || a.Count != len(a.Trace) {
			t.Errorf("%d panels, %d traced, %d counted", len(panelsIn(d)), len(a.Trace), a.Count)
		}
		for _, tr := range a.Trace {
			part := strings.Join(lines[tr.Line-1:tr.EndLine], "\n")
			var p struct{ Title string }
			if err := json.Unmarshal([]byte(strings.TrimSuffix(part, ",")), &p); err != nil || "panel "+p.Title != tr.What {
				t.Errorf("%s is not at %d to %d: %v %q", tr.What, tr.Line, tr.EndLine, err, p.Title)
			}
			if !tr.Origin.Written() {
				t.Errorf("%s came from nowhere", tr.What)
			}
		}
		line := 1 + slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, "pg_stat_activity_count") })
		if tr, ok := a.At(line); !ok || tr.Origin.Line() != 11 || tr.What != "panel Connections (orders)" {
			t.Errorf("line %d came from %+v", line, tr)
		}
	}
}

// TestNothingToShow makes sure that a service without objectives, dependencies and
// a type that somebody described gives no file.
func TestNothingToShow(t *testing.T) {
	r := Dashboard{}.Generate(jobOf(t, load(t, "-- pay.yaml --\nservice: {name: pay, team: t, tier: low, type: worker}\n", ""), nil))
	if diff := cmp.Diff(generate.Result{}, r); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestExplain(t *testing.T) {
	s := load(t, strings.Replace(rich, "name: sessions", "name: carts", 1), "")
	got := Explain(jobOf(t, s, map[string]intent.Presence{
		intent.Key("postgresql", "orders"): {Asked: true, Names: map[string]bool{"pg_up": true, "pg_blks_hit": true, "pg_blks_read": true}},
	}))
	var lines []string
	for _, e := range got {
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(line))
	}
	filetest.Golden(t, "testdata/explain.txt", strings.Join(lines, "\n")+"\n")
}
