package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/host/hosttest"
)

// A pull request that takes the service away does not take its gate away.
func TestAPullRequestCannotRemoveItsGate(t *testing.T) {
	const file = "services/api.yaml"
	other := apiOf("other")
	for name, head := range map[string]map[string]string{
		"the only file deleted":       {file: ""},
		"one of two files deleted":    {file: "", "services/other.yaml": other},
		"emptied":                     {file: "# nothing\n"},
		"replaced by rules":           {file: "groups: []\n"},
		"moved to where nobody looks": {file: "", "old/api.txt": apiService},
	} {
		for _, api := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, by the API: %t", name, api), func(t *testing.T) {
				r := newPull(t, map[string]string{file: apiService}, head, nil).run(api, "INPUT_STAGES", "lint,gate", "INPUT_COMMENT", "off", "INPUT_STATUSES", "false")
				if got := r.rules(); !slices.Equal(got, []string{"error change/service-removed", "error gate/weakened"}) || r.code != 2 {
					t.Errorf("exit code %d, %q\n%s", r.code, got, r.stdout)
				}
			})
		}
	}
}

// apiOf is a low service of another name with the same objective, which its tier
// does not block.
func apiOf(name string) string {
	return "name: " + name + "\nteam: core\ntier: low\ntype: api\n"
}

// Where the host does not hand out what was before, a change that weakens the gate
// is no pass.
func TestAGateIsUnknownWhenTheHostDoesNotSayWhatWasBefore(t *testing.T) {
	const file = "services/api.yaml"
	for name, faults := range map[string][]hosttest.Fault{
		"lists refused":   {{Path: "/pulls/7/files", Status: http.StatusForbidden}, {Path: "/compare/", Status: http.StatusForbidden}},
		"files refused":   {{Path: "/contents/", Status: http.StatusForbidden}},
		"files not found": {{Path: "/contents/", Status: http.StatusNotFound}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPull(t, map[string]string{file: apiService}, map[string]string{file: replaced("critical", "low")}, nil)
			p.faults = faults
			r := p.run(true, "INPUT_COMMENT", "off", "INPUT_STATUSES", "false")
			if r.code != 4 || r.rep.Services[0].Gate.Decision != "unknown" {
				t.Errorf("exit code %d, %+v\n%s", r.code, r.rep.Services[0].Gate, r.stdout)
			}
		})
	}
}

// Of two files with one name the first counts, and nobody notices which. A change that
// brings a second one, or takes the first away, decides about both.
func TestASecondFileOfTheNameDoesNotOpenTheGate(t *testing.T) {
	const file = "services/api.yaml"
	mild := apiOf("api")
	wrong := strings.Replace(mild, "tier: low", "tier: lowww", 1)
	both := func(other string) map[string]string { return map[string]string{file: apiService, other: mild} }
	for _, c := range []struct {
		name       string
		base, head map[string]string
		rules      []string
		message    string
	}{
		{"brought before it", map[string]string{file: apiService}, map[string]string{"services/aaa.yaml": mild}, []string{"error change/slo-removed", "error change/tier-lowered", "error gate/weakened"}, "(service/duplicate-name)"},
		{"brought behind it", map[string]string{file: apiService}, map[string]string{"services/zzz.yaml": mild}, nil, "(service/duplicate-name)"},
		{"brought with a mistake", map[string]string{file: apiService}, map[string]string{"services/zzz.yaml": wrong}, nil, "lowww"},
		{"left behind it", both("services/zzz.yaml"), map[string]string{file: ""}, []string{"error change/slo-removed", "error change/tier-lowered", "error gate/weakened"}, "deploy blocked"},
		{"edited behind it", both("services/zzz.yaml"), map[string]string{"services/zzz.yaml": mild + "owner: Ada\n"}, nil, "(service/duplicate-name)"},
		{"removed behind it", both("services/zzz.yaml"), map[string]string{"services/zzz.yaml": "", file: apiService + "owner: Ada\n"}, nil, "deploy blocked"},
		{"removed before it", both("services/aaa.yaml"), map[string]string{"services/aaa.yaml": ""}, nil, "deploy blocked"},
	} {
		for _, changedOnly := range []string{"false", "true"} {
			t.Run(c.name+", changed-only: "+changedOnly, func(t *testing.T) {
				t.Parallel()
				r := newPull(t, c.base, c.head, nil).run(false, "INPUT_CHANGED-ONLY", changedOnly)
				if got := r.rules(); !slices.Equal(got, c.rules) || r.code != 2 || !strings.Contains(r.stdout, c.message) {
					t.Errorf("exit code %d, %q\n%s", r.code, got, r.stdout)
				}
				if len(r.rep.Services) != 1 || r.rep.Services[0].Gate == nil || r.rep.Services[0].Gate.Decision != "blocked" {
					t.Errorf("services %+v", r.rep.Services)
				}
			})
		}
	}
}
