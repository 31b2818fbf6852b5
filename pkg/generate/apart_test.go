package generate_test

import (
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/tech"
)

// TestEnvironmentsThatNothingTellsApartAreTold makes sure that only a service with
// several environments is told, and that it can say that they are apart.
func TestEnvironmentsThatNothingTellsApartAreTold(t *testing.T) {
	catalog, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	const two = "environments: {prod: {}, staging: {}}\n"
	for name, test := range map[string]struct{ more, environment, want string }{
		"inline":         {two, "prod", "prod, staging"},
		"other spelling": {"environments: {production: {}, prod: {}}\n", "prod", ""},
		"files":          {"-- environments/pay-prod.yaml --\ntier: high\n-- environments/pay-dev.yaml --\ntier: low\n", "dev", "dev, prod"},
		"slo alone":      {two + "slos: [{name: main, objective: 99, window: 30d, selector: {env: \"${env}\"}}]\n", "prod", "prod, staging"},
		"not applied":    {two, "", ""},
		"none of its":    {"", "prod", ""},
		"selector":       {two + "selector: {env: \"${env}\"}\n", "prod", ""},
		"override":       {"environments: {prod: {selector: {env: live}}, staging: {}}\n", "prod", ""},
		"empty selector": {two + "selector: {}\n", "prod", ""},
	} {
		s := spectest.Load(t, "\n-- pay.yaml --\nname: pay\nteam: t\ntier: high\ntype: api\n"+test.more, test.environment).Services[0]
		found := generate.Job{Service: s, Catalog: catalog}.Mixed()
		switch {
		case test.want == "" && len(found) > 0:
			t.Errorf("%s: %v", name, found)
		case test.want == "":
		case len(found) != 1 || found[0].Line != 1 || !strings.Contains(found[0].Message, "environments "+test.want+":"):
			t.Errorf("%s: %v, want %s in line 1", name, found, test.want)
		}
	}
}
