package dashboard

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	sdk "github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

// TestRulesOfTheField holds the dashboards of everything in the catalogue to the
// rules of Grafana's own linter for dashboards. Its rules on the variables job and
// instance do not fit: a dashboard here has many sources, and each query is about
// the labels of its own. So each selector must have a label of somebody.
func TestRulesOfTheField(t *testing.T) {
	catalog, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, technology := range catalog.All() {
		for name, presence := range map[string]intent.Presence{"assumed": {}, "missing": {Asked: true}} {
			t.Run(technology.Name+" "+name, func(t *testing.T) {
				s := serviceWith(t, technology)
				job := generate.Job{Service: s, Catalog: catalog, Options: generate.Options{Full: true}, Metrics: intent.Seen(s, map[string]intent.Presence{
					intent.Key(technology.Name, "main"): presence, intent.Key(technology.Name, ""): presence,
				})}
				d, r := generated(t, job)
				checkTemplates(t, d)
				checkPlaces(t, d)
				checkNames(t, d)
				shown := 0
				for _, p := range panelsIn(d) {
					checkPanel(t, d, p)
					if strings.HasPrefix(*p.Title, "availability") {
						continue // windows of objectives are what their numbers are about
					}
					shown++
					for _, q := range queriesIn(p) {
						checkQuery(t, p, q, parsedQuery(t, d, q))
					}
				}
				left := 0
				for _, l := range r.LeftOut {
					left += l.Count
				}
				if shown+left != len(technology.Panels) {
					t.Errorf("%d panels of %d, %d left out", shown, len(technology.Panels), left)
				}
			})
		}
	}
}

// serviceWith returns a service that uses a technology, or is of its kind.
func serviceWith(t *testing.T, technology tech.Technology) *spec.Service {
	s := load(t, rich, "")
	s.Type, s.Dependencies = value(spec.Type("none")), nil
	namespace := s.Workload.Namespace
	s.Workload = spec.Workload{}
	switch {
	case technology.Kind == tech.KindService:
		s.Type = value(spec.Type(technology.Types[0]))
	case technology.Workload:
		s.Workload.Namespace = namespace
	default:
		s.Dependencies = []spec.Dependency{{
			Name: value("main"), Kind: spec.DependencyDatabase, Type: value(technology.Name),
			Selector: []spec.Entry{{Key: "job", Value: value("main-job")}},
		}}
	}
	return s
}

func checkTemplates(t *testing.T, d classic) {
	t.Helper()
	var sources []string
	for _, v := range d.Templating.List {
		switch v.Type {
		case sdk.VariableTypeDatasource:
			sources = append(sources, v.Name+" "+*v.Label+" "+*v.Query.String)
		case sdk.VariableTypeConstant:
		default:
			t.Errorf("the variable %s is a %s", v.Name, v.Type)
		}
	}
	if !slices.Equal(sources, []string{"datasource Data source prometheus"}) {
		t.Errorf("data sources %q", sources)
	}
	if *d.Editable {
		t.Error("the dashboard may be edited, and what is edited would be lost")
	}
}

// units are those that Grafana knows, as far as somebody may want them.
func units() []string {
	return strings.Fields("none short percent percentunit locale bytes decbytes bits Bps binBps bps pps ns µs ms s m h d dtdurations " +
		"cps ops reqps rps wps iops opm cpm rpm wpm hertz bool bool_yes_no bool_on_off dateTimeAsIso dateTimeFromNow celsius")
}

func checkQuery(t *testing.T, p sdk.Panel, q prometheus.Dataquery, expr parser.Expr) {
	t.Helper()
	if unit := *p.FieldConfig.Defaults.Unit; !slices.Contains(units(), unit) {
		t.Errorf("%s has the unit %q, which Grafana does not know", *p.Title, unit)
	}
	for _, s := range promql.Selectors(expr) {
		total := strings.HasSuffix(s.Name, "_total") && !slices.Contains([]string{"rate", "irate", "increase", "absent_over_time", "changes", "resets"}, s.Func)
		if len(s.Matchers) == 0 || total {
			t.Errorf("%s: scoped %v, counter without rate %v: %s", *p.Title, len(s.Matchers) > 0, total, q.Expr)
		}
	}
	if regexp.MustCompile(`rate\([^()]*\[[^$]`).MatchString(q.Expr) {
		t.Errorf("%s has a rate over a fixed time: %s", *p.Title, q.Expr)
	}
	if *q.LegendFormat == "" {
		t.Errorf("%s has no legend", *p.Title)
	}
	sum, ok := promql.Unwrap(expr).(*parser.AggregateExpr)
	if !ok || sum.Without || sum.Op == parser.TOPK || sum.Op == parser.BOTTOMK {
		return
	}
	for _, m := range regexp.MustCompile(`\{\{(\w+)\}\}`).FindAllStringSubmatch(*q.LegendFormat, -1) {
		if !slices.Contains(sum.Grouping, m[1]) {
			t.Errorf("%s: the legend %s shows a label that %s does not keep", *p.Title, *q.LegendFormat, q.Expr)
		}
	}
}
