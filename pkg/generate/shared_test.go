package generate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/tech"
)

// TestWhatSeveralServicesShareIsTold makes sure that two teams hear of it before both
// are woken up for one database.
func TestWhatSeveralServicesShareIsTold(t *testing.T) {
	catalog, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	service := func(name, team, database string) string {
		return "-- " + name + ".yaml --\nservice: {name: " + name + ", team: " + team + ", tier: high, type: api}\nresources:\n" +
			"  - {kind: Dependencies, name: d, spec: {databases: [" + database + "]}}\n"
	}
	const ledger, orders = "{name: ledger, type: postgresql, selector: {job: pg, cluster: a}}", "{name: orders, type: pg, selector: {cluster: a, job: pg}}"
	const fix = "write alerts: {owner: bill} here if the alerts are to go to bill alone"
	for name, test := range map[string]struct {
		files string
		want  []string
	}{
		"two teams": {service("bill", "money", ledger) + service("shop", "web", orders), []string{
			"shop.yaml:3:54: warning: orders of shop is the same as ledger of bill by its selector, and the teams money and web are told when it is down [" + fix + "]",
		}},
		"one team": {service("bill", "money", ledger) + service("shop", "money", orders), []string{
			"shop.yaml:3:54: info: orders of shop is the same as ledger of bill by its selector, and the team money is told twice when it is down [" + fix + "]",
		}},
		"an owner":               {service("bill", "money", ledger) + service("shop", "web", "{name: orders, type: pg, selector: {cluster: a, job: pg}, alerts: {owner: bill}}"), nil},
		"the other is the owner": {service("bill", "money", "{name: ledger, type: pg, selector: {cluster: a, job: pg}, alerts: {owner: shop}}") + service("shop", "web", orders), nil},
		"a misspelt owner": {service("bill", "money", ledger) + service("shop", "web", "{name: orders, type: pg, selector: {cluster: a, job: pg}, alerts: {owner: bil}}"), []string{
			"shop.yaml:3:128: warning: the alerts on orders of shop are left to bil, which no service file describes [did you mean bill?]",
		}},
		"an owner without it": {service("bill", "money", "{name: ledger, type: mysql, selector: {job: my}}") + service("shop", "web", "{name: orders, type: pg, selector: {job: pg}, alerts: {owner: bill}}"), []string{
			"shop.yaml:3:116: warning: the alerts on orders of shop are left to bill, which has no dependency with its selector: nobody is told when it is down [add the dependency to bill, or remove alerts.owner]",
		}},
		"an owner elsewhere": {service("bill", "money", ledger) + service("shop", "web", "{name: orders, type: pg, selector: {job: pg}, alerts: {owner: warehouse}}"), []string{
			"shop.yaml:3:116: info: the alerts on orders of shop are left to warehouse, which no service file describes [add a service file for it, or leave it if others own it]",
		}},
		"one file alone":       {service("shop", "web", "{name: orders, type: pg, selector: {job: pg}, alerts: {owner: bil}}"), nil},
		"other series":         {service("bill", "money", ledger) + service("shop", "web", "{name: orders, type: pg, selector: {job: pg}}"), nil},
		"another technology":   {service("bill", "money", ledger) + service("shop", "web", "{name: orders, type: mysql, selector: {cluster: a, job: pg}}"), nil},
		"no selector":          {service("bill", "money", "postgresql") + service("shop", "web", "postgresql"), nil},
		"twice in one service": {service("bill", "money", ledger+", "+orders), nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range generate.Shared(catalog, spectest.Services(t, test.files), spectest.Services(t, test.files)) {
				got = append(got, f.Position().String()+": "+string(f.Severity)+": "+f.Message+" ["+f.Suggestion+"]")
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
