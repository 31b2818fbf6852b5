package pipeline

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/report"
)

// ownAlert is a file with an alert that only fires for very few connections.
const ownAlert = `technology: redis
alerts:
  - name: RedisCrowded
    expr: sum by (instance) (redis_connected_clients) > 9
    for: 5m
    severity: warning
    threshold: 9
    summary: "{{ $labels.instance }} is crowded"
    description: "{{ $value }} clients are connected."
`

const usesRedis = "service: {name: NAME, team: core, tier: critical, type: api}\nresources:\n" +
	"  - {kind: Dependencies, name: d, spec: {caches: [{name: sessions, type: redis, selector: {job: sessions}}]}}\n"

// using is a service file in a folder, with a dependency on Redis.
func using(file, name string) string {
	return "-- " + file + " --\n" + strings.ReplaceAll(usesRedis, "NAME", name)
}

// TestOwnAlertsCountForTheServicesBelowTheirFolder makes sure that the nearest folder
// counts, and that it is read once for the services that share it.
func TestOwnAlertsCountForTheServicesBelowTheirFolder(t *testing.T) {
	near := strings.ReplaceAll(ownAlert, "RedisCrowded", "RedisBusy")
	archive := "-- services/.nthlayer/alerts/redis.yaml --\n" + ownAlert + "-- services/near/.nthlayer/alerts/redis.yml --\n" + near +
		using("services/a.yaml", "a") + using("services/b.yaml", "b") + using("services/near/c.yaml", "c") + using("other/service.yaml", "d")
	has := map[string][]string{}
	rep := generated(t, archive, func(o *Options) {
		o.Generation.Take = func(m Generated) {
			for _, c := range m.Changes {
				for _, name := range []string{"RedisCrowded", "RedisBusy"} {
					if strings.Contains(string(c.New), "alert: "+name+"\n") {
						has[m.Service.Name.V] = append(has[m.Service.Name.V], name)
					}
				}
			}
		}
	})
	want := map[string][]string{"a": {"RedisCrowded"}, "b": {"RedisCrowded"}, "c": {"RedisBusy"}}
	if diff := cmp.Diff(want, has); diff != "" || rep.Verdict != report.Pass {
		t.Errorf("%s, -want +got:\n%s", rep.Verdict, diff)
	}
}

// TestOwnAlertsThatAreWrongAreToldOnce also makes sure that the services are still
// generated without them.
func TestOwnAlertsThatAreWrongAreToldOnce(t *testing.T) {
	archive := "-- .nthlayer/alerts/redis.yaml --\n" + strings.Replace(ownAlert, "> 9", "> > 9", 1) + using("services/a.yaml", "a") + using("services/sub/b.yaml", "b")
	rep := generated(t, archive, func(*Options) {})
	got := findings(rep, "tech/alert")
	if len(got) != 1 || !strings.HasPrefix(got[0], ".nthlayer/alerts/redis.yaml:4:11 ") || rep.Verdict != report.Fail || len(artifacts(rep)) < 2 {
		t.Errorf("%s %v %v", rep.Verdict, got, artifacts(rep))
	}
}

// TestAChangeOfOwnAlertsTouchesTheServicesThatHaveThem also makes sure that what is
// stale is told at the alert.
func TestAChangeOfOwnAlertsTouchesTheServicesThatHaveThem(t *testing.T) {
	const file = "services/.nthlayer/alerts/redis.yaml"
	c := newCheckout(t, "-- "+file+" --\n"+ownAlert+using("services/a.yaml", "a")+using("other/service.yaml", "b"))
	filetest.Write(t, c.dir, file, []byte(strings.ReplaceAll(ownAlert, "for: 5m", "for: 6m")))
	rep := c.check(func(o *Options) { o.Changed = func(name string) bool { return name == file } })
	got := findings(rep, "generate/stale")
	if len(rep.Services) != 1 || !slices.ContainsFunc(got, func(f string) bool { return strings.HasPrefix(f, file+":3:5 generated/a/alerts.yaml") }) {
		t.Errorf("%d services, %v", len(rep.Services), got)
	}
}
