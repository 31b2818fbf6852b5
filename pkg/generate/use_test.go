package generate

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/spec"
)

func matches(t *testing.T, pattern, name string) bool {
	t.Helper()
	re, err := regexp.Compile("^(?:" + pattern + ")$")
	if err != nil {
		t.Fatal(err)
	}
	return re.MatchString(name)
}

// TestPodsAreThoseOfTheWorkloadAlone makes sure that a service does not count the
// pods of another one whose name begins with its own.
func TestPodsAreThoseOfTheWorkloadAlone(t *testing.T) {
	for name, want := range map[string]bool{
		"web-7d4b9c6f5d-x2k4p": true, // a Deployment
		"web-6d4f5b-x2k4p":     true, // one with a short hash
		"web-0":                true, // a StatefulSet
		"web-12":               true,
		"web-x2k4p":            true, // a DaemonSet, a Job
		"web-28467120-x2k4p":   true, // a CronJob
		"web-3-x2k4p":          true, // a Job with an index

		"web-admin-7d4b9c6f5d-x2k4p": false,
		"web-cdn-7d4b9c6f5d-x2k4p":   false,
		"web-cdn-x2k4p":              false,
		"web-admin":                  false,
		"web-admin-0":                false,
		"web-2-admin-x2k4p":          false,
		"web":                        false,
		"web-":                       false,
		"myweb-0":                    false,
	} {
		if got := matches(t, Pods("web"), name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
	long := strings.Repeat("w", longWorkload+1)
	if cut := (long + "-7d4b9c6f5d-")[:58] + "x2k4p"; !matches(t, Pods(long), cut) {
		t.Errorf("%s is not one of %s", cut, long)
	}
	if matches(t, Pods("a.b"), "axb-0") {
		t.Error("a dot stands for any character")
	}
	if got := matches(t, ReplicaSets("web"), "web-7d4b9c6f5d"); !got || matches(t, ReplicaSets("web"), "web-admin-7d4b9c6f5d") {
		t.Error("the ReplicaSets are not those of the Deployment alone")
	}
}

func uid(service, environment string) string {
	return Job{Service: &spec.Service{Name: spec.Value[string]{V: service}, Environment: environment}}.DashboardUID()
}

// TestDashboardsHaveUIDsOfTheirOwn makes sure that no dashboard replaces another one
// on the same Grafana.
func TestDashboardsHaveUIDsOfTheirOwn(t *testing.T) {
	for _, x := range [][3]string{
		{"pay", "", "nthl-pay"},
		{"pay", "dev", "nthl-pay_dev"},
		{"pay-dev", "", "nthl-pay-dev"},
		{"pay_dev", "", "nthl-pay_dev-ab88a7b7"},
	} {
		if got := uid(x[0], x[1]); got != x[2] {
			t.Errorf("%s in %q: %s, want %s", x[0], x[1], got, x[2])
		}
	}
	valid := regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,3}([._-][a-z]{0,3}){0,12}\x00([a-z]{1,3}([_-][a-z]{1,3})?)?`), 2, 2, rapid.ID).Draw(t, "names")
		var got [2]string
		for i, name := range names {
			service, environment, _ := strings.Cut(name, "\x00")
			if got[i] = uid(service, environment); !valid.MatchString(got[i]) {
				t.Fatalf("%q is no uid", got[i])
			}
		}
		if got[0] == got[1] {
			t.Fatalf("%q and %q are both %s", names[0], names[1], got[0])
		}
	})
}
