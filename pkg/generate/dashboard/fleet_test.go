package dashboard

import (
	"testing"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/tech"
)

// TestRulesOfTheFieldForTheFleet holds the dashboards of whole services to the rules
// that TestRulesOfTheField holds each technology to: everything on one page has its
// place, its name and its id.
func TestRulesOfTheFieldForTheFleet(t *testing.T) {
	t.Parallel()
	catalog, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	ws := spectest.Open(t, "../../../testdata/fleet")
	found, problems := ws.Find(t.Context(), nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	uids := map[string]string{}
	for _, environment := range []string{"", "prod"} {
		for _, s := range spec.Load(t.Context(), ws, found, spec.Options{Environment: environment}).Services {
			t.Run(environment+" "+s.Name.V, func(t *testing.T) {
				d, _ := generated(t, generate.Job{Service: s, Catalog: catalog, Metrics: intent.Offline(s)})
				checkTemplates(t, d)
				checkPlaces(t, d)
				checkNames(t, d)
				for _, p := range panelsIn(d) {
					checkPanel(t, d, p)
					for _, q := range queriesIn(p) {
						parsedQuery(t, d, q)
					}
				}
				if other, taken := uids[*d.Uid]; taken || len(*d.Uid) > 40 {
					t.Errorf("the uid %s is that of %q, too, or is too long", *d.Uid, other)
				}
				uids[*d.Uid] = s.Name.V
			})
		}
	}
	if len(uids) < 60 {
		t.Errorf("%d dashboards", len(uids))
	}
}
