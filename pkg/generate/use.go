package generate

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

// DependencyLabel is the label that generated scrape configurations put on the
// series of a dependency's exporter, beside the service label.
const DependencyLabel = "dependency"

// maxUID is how long a uid may be for Grafana.
const maxUID = 40

// DashboardUID is the uid of the service's dashboard. Each environment has its own,
// so that they do not replace each other on one Grafana: nthl-pay_dev is pay in dev,
// and nthl-pay-dev is the service pay-dev. A name that would not be unique in that
// form, or is too long for Grafana, has a digest of what it stands for at its end.
func (j Job) DashboardUID() string {
	name, environment := j.Service.Name.V, j.Service.Environment
	wanted := "nthl-" + name
	if environment != "" {
		wanted += "_" + environment
	}
	uid := notForUID().ReplaceAllString(wanted, "-")
	if uid == wanted && len(uid) <= maxUID && !strings.Contains(name+environment, "_") {
		return uid
	}
	sum := sha256.Sum256([]byte(name + "\x00" + environment))
	return uid[:min(len(uid), maxUID-9)] + "-" + hex.EncodeToString(sum[:4])
}

// notForUID matches what Grafana refuses in a uid.
func notForUID() *regexp.Regexp { return regexp.MustCompile(`[^A-Za-z0-9_-]`) }

// DashboardURL is the address of the service's dashboard; empty when it is not
// known where Grafana is.
func (j Job) DashboardURL() string {
	if j.Options.GrafanaURL == "" {
		return ""
	}
	return strings.TrimRight(j.Options.GrafanaURL, "/") + "/d/" + url.PathEscape(j.DashboardUID())
}

// Use is a technology as one service uses it.
type Use struct {
	Technology tech.Technology
	// Dependency is the zero value for the service itself and for the platform that
	// it runs on.
	Dependency spec.Dependency
	// Scope is whose series are meant.
	Scope intent.Scope
	// Guessed is set when the file does not say which series are the dependency's:
	// the scope is then the labels that generated exporters have.
	Guessed bool
	Origin  spec.Origin
}

// Name is the name of the dependency, empty for the service itself.
func (u Use) Name() string { return u.Dependency.Name.V }

// Elsewhere is the service whose file alone gives alerts on the dependency; empty for
// this one.
func (j Job) Elsewhere(u Use) string {
	if u.Dependency.AlertOwner.V == j.Service.Name.V {
		return ""
	}
	return u.Dependency.AlertOwner.V
}

// OwnerLabel is the label by which generated scrape configurations name the service
// that depends on something. It is the service label, unless the series have one by
// that name themselves, as those of Traefik: Prometheus would call theirs
// exported_service, and all of them would be those of one service.
func (j Job) OwnerLabel(t tech.Technology) string {
	label := j.Options.Label()
	if slices.ContainsFunc(t.Metrics, func(m tech.Metric) bool { return slices.Contains(m.Labels, label) }) {
		return "owner_" + label
	}
	return label
}

// Guess tells that the file does not say which series are those of a dependency. It is
// no warning: where the exporter was generated, all is well.
func (j Job) Guess(u Use) report.Finding {
	return u.Origin.Finding("generate/selector", report.Info, j.Service.Name.V,
		"the alerts and panels of "+u.Name()+" look for series with the labels "+DependencyLabel+" and "+j.OwnerLabel(u.Technology)+", which only generated exporters have",
		"add selector: with the labels that its series have, as selector: {job: "+u.Name()+"}")
}

// Own returns how the service measures itself; false for a type that the
// catalogue does not describe.
func (j Job) Own() (Use, bool) {
	t, ok := j.Catalog.Service(string(j.Service.Type.V))
	scope := intent.Scope{Matchers: []*labels.Matcher{equal(j.Options.Label(), j.Service.Name.V)}}
	for _, e := range j.Service.Selector {
		scope.Matchers = append(scope.Matchers, equal(e.Key, e.Value.V))
	}
	// What the service is called is no label of a dependency; what its file says about
	// the alerts on it counts as there.
	return Use{Technology: t, Dependency: spec.Dependency{Alerts: j.Service.AlertOverrides}, Scope: scope, Origin: j.Service.Type.At}, ok
}

// Dependencies returns the technologies that the service depends on, in the order
// of the file, with Kubernetes last where the file says that the service runs
// there. A technology that nobody knows is a finding.
func (j Job) Dependencies() ([]Use, []report.Finding) {
	var uses []Use
	var findings []report.Finding
	for _, d := range j.Service.Dependencies {
		spelling := cmp.Or(d.Type.V, technologyIn(j.Catalog, d))
		t, ok := j.Catalog.Lookup(spelling)
		switch {
		case spelling == "", d.Kind == spec.DependencyService && (!ok || !d.Type.Set()):
			// Another service has a file of its own. One that says that it is a proxy, or
			// a cache, is none.
		case !ok && d.Kind == spec.DependencyExternal:
		case !ok:
			findings = append(findings, d.At.Finding("generate/technology", report.Info, j.Service.Name.V,
				fmt.Sprintf("nothing is known of %s, so that nothing is generated for %s", spelling, d.Name.V), j.Catalog.Suggest(spelling)))
		case t.Workload:
			// The platform has one place, below.
		default:
			uses = append(uses, j.dependency(t, d))
		}
	}
	platform, found := j.platform()
	return append(uses, platform...), append(findings, found...)
}

// technologyIn reads the technology from the name of a dependency without a type:
// postgres-main is one. Only a whole word counts.
func technologyIn(c *tech.Catalog, d spec.Dependency) string {
	for _, word := range strings.Split(d.Name.V, "-") {
		if _, ok := c.Lookup(word); ok {
			return word
		}
	}
	return ""
}

func (j Job) dependency(t tech.Technology, d spec.Dependency) Use {
	u := Use{Technology: t, Dependency: d, Scope: intent.Scope{Dependency: d.Name.V}, Origin: d.At}
	for _, e := range d.Selector {
		u.Scope.Matchers = append(u.Scope.Matchers, equal(e.Key, e.Value.V))
	}
	if len(u.Scope.Matchers) == 0 {
		u.Guessed = true
		u.Scope.Matchers = []*labels.Matcher{equal(DependencyLabel, d.Name.V), equal(j.OwnerLabel(t), j.Service.Name.V)}
	}
	return u
}

// platform returns the platform that the service runs on, once its namespace is
// known: whatever is generated without it would be about the whole cluster.
func (j Job) platform() ([]Use, []report.Finding) {
	i := slices.IndexFunc(j.Service.Dependencies, func(d spec.Dependency) bool {
		t, ok := j.Catalog.Lookup(d.Type.V)
		return ok && t.Workload
	})
	w := j.Service.Workload
	switch {
	case i < 0 && !w.Namespace.Set():
		return nil, nil
	case !w.Namespace.Set():
		d := j.Service.Dependencies[i]
		return nil, []report.Finding{d.At.Finding("generate/namespace", report.Info, j.Service.Name.V,
			"nothing is generated for "+d.Name.V+", because the file does not say where on it the service runs", "add kubernetes: {namespace: NAME} to the service")}
	}
	t, ok := j.Catalog.Lookup("kubernetes")
	if !ok {
		return nil, nil
	}
	u := Use{Technology: t, Origin: w.Namespace.At, Scope: intent.Scope{
		Matchers:  []*labels.Matcher{equal("namespace", w.Namespace.V)},
		PerMetric: workloadMatchers(t, cmp.Or(w.Name.V, j.Service.Name.V)),
	}}
	if i >= 0 {
		d := j.Service.Dependencies[i]
		// What the platform is called is no label of its series.
		u.Origin, u.Dependency.Alerts, u.Dependency.Exporter = d.At, d.Alerts, d.Exporter
	}
	return []Use{u}, nil
}

// workloadMatchers pick the series of one workload among those of its namespace,
// by the labels that each metric has.
func workloadMatchers(t tech.Technology, name string) map[string][]*labels.Matcher {
	out := map[string][]*labels.Matcher{}
	for _, m := range t.Metrics {
		switch {
		case slices.Contains(m.Labels, "pod"):
			out[m.Name] = []*labels.Matcher{labels.MustNewMatcher(labels.MatchRegexp, "pod", Pods(name))}
		case slices.Contains(m.Labels, "deployment"):
			out[m.Name] = []*labels.Matcher{equal("deployment", name)}
		case slices.Contains(m.Labels, "horizontalpodautoscaler"):
			out[m.Name] = []*labels.Matcher{equal("horizontalpodautoscaler", name)}
		}
	}
	return out
}

// random are the characters that Kubernetes makes names of: no vowels, so that no
// word comes out, and nothing that looks like them.
const random = "[b-df-hj-np-tv-xz24-9]"

// longWorkload is from how many characters on the name of a workload makes Kubernetes
// cut the names of its pods, which have 63 at most: behind it come 10 of a hash, 5
// random ones, and two hyphens.
const longWorkload = 63 - 10 - 5 - 2

// Pods is a regular expression for the names of a workload's pods, and of no pods of
// one whose name goes on: web-7d4b9c6f5d-x2k4p is one of the Deployment web,
// web-admin-7d4b9c6f5d-x2k4p is none. It takes those of a StatefulSet (web-0), of a
// DaemonSet or a Job (web-x2k4p), and of a CronJob or a Job with an index
// (web-28467120-x2k4p), too.
func Pods(workload string) string {
	name := regexp.QuoteMeta(workload)
	if len(workload) > longWorkload {
		return name + "-[b-df-hj-np-tv-xz0-9-]+" // what was cut has no shape
	}
	return name + "-([0-9]+|((" + random + "{6,10}|[0-9]+)-)?" + random + "{5})"
}

// ReplicaSets is a regular expression for the names of a Deployment's ReplicaSets.
func ReplicaSets(deployment string) string {
	return regexp.QuoteMeta(deployment) + "-" + random + "{6,10}"
}

func equal(name, value string) *labels.Matcher {
	return labels.MustNewMatcher(labels.MatchEqual, name, value)
}
