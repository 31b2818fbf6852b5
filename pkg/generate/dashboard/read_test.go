package dashboard

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	sdk "github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/gauge"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/text"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/promql"
)

// tb is what testing.T and rapid.T have in common.
type tb interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// readBack reads a generated file as strictly as the SDK can: unknown fields,
// missing ones and wrong types are errors.
func readBack(t tb, data []byte) classic {
	t.Helper()
	runtime := cog.NewRuntime()
	runtime.RegisterDataqueryVariant(prometheus.VariantConfig())
	runtime.RegisterPanelcfgVariant(timeseries.VariantConfig())
	runtime.RegisterPanelcfgVariant(stat.VariantConfig())
	runtime.RegisterPanelcfgVariant(gauge.VariantConfig())
	runtime.RegisterPanelcfgVariant(text.VariantConfig())
	var wrapped struct {
		Dashboard json.RawMessage `json:"dashboard"`
	}
	if err := json.Unmarshal(data, &wrapped); err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	if wrapped.Dashboard == nil {
		wrapped.Dashboard = data
	}
	var strict, d classic
	// The strict reader returns a list of errors, which is empty where there are
	// none, and stops to fill in values at it. So it says what is wrong, and the
	// other reads.
	var problems cog.BuildErrors
	if err := strict.UnmarshalJSONStrict(wrapped.Dashboard); !errors.As(err, &problems) || len(problems) > 0 {
		t.Fatalf("%v in\n%s", err, data)
	}
	if err := json.Unmarshal(wrapped.Dashboard, &d); err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	if err := d.Validate(); err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	return d
}

// generated returns the dashboard of a job.
func generated(t tb, job generate.Job) (classic, generate.Result) {
	t.Helper()
	r := Dashboard{}.Generate(job)
	for _, f := range r.Findings {
		if f.Severity == "error" {
			t.Fatalf("%s: %s", f.Position(), f.Message)
		}
	}
	if len(r.Artefacts) != 1 {
		t.Fatalf("%d artefacts: %+v", len(r.Artefacts), r.Findings)
	}
	return readBack(t, r.Artefacts[0].Bytes), r
}

// panelsIn returns all panels but rows, also those of closed rows.
func panelsIn(d classic) []sdk.Panel {
	var out []sdk.Panel
	for _, p := range d.Panels {
		if p.RowPanel != nil {
			out = append(out, p.RowPanel.Panels...)
		} else {
			out = append(out, *p.Panel)
		}
	}
	return out
}

// queriesIn returns the queries of a panel.
func queriesIn(p sdk.Panel) []prometheus.Dataquery {
	var out []prometheus.Dataquery
	for _, q := range p.Targets {
		switch q := q.(type) {
		case prometheus.Dataquery:
			out = append(out, q)
		case *prometheus.Dataquery:
			out = append(out, *q)
		}
	}
	return out
}

// interpolated puts the values of a dashboard's variables into a text in all of
// Grafana's notations, and what its macros may stand for.
func interpolated(d classic, s string) string {
	values := map[string]string{"__rate_interval": "5m", "__interval": "1m", "__range": "6h"}
	for _, v := range d.Templating.List {
		values[v.Name] = "a-datasource"
		if v.Current != nil && v.Current.Value.String != nil {
			values[v.Name] = *v.Current.Value.String
		}
	}
	return regexp.MustCompile(`\$(\w+)|\[\[(\w+?)(?::\w+)?\]\]|\$\{(\w+)(?:[.:][^}]*)?\}`).ReplaceAllStringFunc(s, func(found string) string {
		name := strings.Trim(strings.TrimLeft(found, "$"), "{}[]")
		name, _, _ = strings.Cut(name, ":")
		if value, ok := values[name]; ok {
			return value
		}
		return found
	})
}

// parsedQuery parses a query as Prometheus gets it from Grafana.
func parsedQuery(t tb, d classic, q prometheus.Dataquery) parser.Expr {
	t.Helper()
	expr, err := promql.Parse(interpolated(d, q.Expr))
	if err != nil {
		t.Fatalf("%v in %s", err, q.Expr)
	}
	return expr
}

// titled returns the panel with a title.
func titled(t testing.TB, d classic, title string) sdk.Panel {
	t.Helper()
	var all []string
	for _, p := range panelsIn(d) {
		if *p.Title == title {
			return p
		}
		all = append(all, *p.Title)
	}
	t.Fatalf("no panel %q in %q", title, all)
	return sdk.Panel{}
}

// rowsOf returns the rows with their panels, in one line each.
func rowsOf(d classic) []string {
	var out []string
	for _, p := range d.Panels {
		switch {
		case p.RowPanel == nil:
			out[len(out)-1] += " | " + *p.Panel.Title
		case p.RowPanel.Collapsed:
			out = append(out, *p.RowPanel.Title+fmt.Sprintf(" (closed, %d)", len(p.RowPanel.Panels)))
		default:
			out = append(out, *p.RowPanel.Title)
		}
	}
	return out
}
