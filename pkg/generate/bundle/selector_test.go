package bundle

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/tech"
)

// TestSelectorOfTheServiceIsInEveryQueryOnIt makes sure that what is generated for one
// environment does not read the service's series of another one in the same Prometheus.
func TestSelectorOfTheServiceIsInEveryQueryOnIt(t *testing.T) {
	catalog, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	selector := regexp.MustCompile(`([a-zA-Z_:][a-zA-Z0-9_:]*)\{([^{}]*\bservice=[^{}]*)\}`)
	up := false // runs of a batch are not told by it
	for _, kind := range spec.Types() {
		s := spectest.Services(t, fmt.Sprintf(`
-- pay.yaml --
service: {name: pay, team: t, tier: critical, type: %s, selector: {region: eu-1}}
resources:
  - {kind: SLO, name: availability, spec: {objective: 99.9, window: 30d, metric: paid_total, success_filter: 'ok="1"'}}
`, kind.Type))[0]
		job := generate.Job{Service: s, Catalog: catalog, Metrics: intent.Offline(s)}
		own := 0
		for _, a := range Generate(job, []generate.Kind{generate.Recording, generate.BurnRate, generate.Alerts, generate.Dashboard}).Artefacts {
			text := strings.ReplaceAll(string(a.Bytes), `\"`, `"`)
			for _, m := range selector.FindAllStringSubmatch(text, -1) {
				if strings.Contains(m[1], ":") {
					continue // what is recorded of this environment has its name
				}
				own, up = own+1, up || m[1] == "up"
				if !strings.Contains(m[2], `region="eu-1"`) {
					t.Errorf("%s of the type %s reads %s", a.Path, kind.Type, m[0])
				}
			}
		}
		if own < 5 {
			t.Errorf("the type %s has %d queries of its own", kind.Type, own)
		}
	}
	if !up {
		t.Error("no query on up was looked at")
	}
}
