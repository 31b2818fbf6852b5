package github_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/render"
)

func checkServer(t *testing.T) *hosttest.GitHub {
	g := server(t)
	g.Grant(token, hosttest.Token{User: hosttest.ActionsBot, Installation: true, Checks: true, Statuses: true})
	return g
}

func aCheck() host.Check {
	return host.Check{
		SHA: head, Name: "nthlayer", Key: "k", URL: "https://example.com/run", Title: "fail: x", Summary: "# x",
		Marks: []render.CheckMark{
			{Path: "a.yaml", Line: 1, EndLine: 1, Column: 2, EndColumn: 5, Level: "failure", Title: "a/b", Message: "m"},
			{Path: "a.yaml", Line: 1, EndLine: 4, Level: "notice", Title: "a/c", Message: "n"},
		},
	}
}

func TestCheckRunFromCreationToItsEnd(t *testing.T) {
	g := checkServer(t)
	c := client(t, at(g), token, nil)
	check := aCheck()
	id, err := c.CreateCheck(t.Context(), check)
	if err != nil {
		t.Fatal(err)
	}
	if got := g.Checks()[0]; got.Status != "in_progress" || got.Conclusion != "" {
		t.Errorf("%+v", got)
	}
	state, ok, err := c.FindCheck(t.Context(), head, "nthlayer", "k")
	if diff := cmp.Diff(host.CheckState{ID: id, Marks: 2}, state); diff != "" || !ok || err != nil {
		t.Errorf("%t %v\n%s", ok, err, diff)
	}
	check.Conclusion = host.CheckNeutral
	if err := c.UpdateCheck(t.Context(), id, check); err != nil {
		t.Fatal(err)
	}
	got := g.Checks()[0]
	if got.Status != "completed" || got.Conclusion != "neutral" || len(got.Annotations) != 4 || got.ExternalID != "k" || got.HeadSHA != head {
		t.Errorf("%+v", got)
	}
	want := hosttest.CheckAnnotation{Path: "a.yaml", StartLine: 1, EndLine: 1, StartColumn: 2, EndColumn: 5, Level: "failure", Title: "a/b", Message: "m"}
	if diff := cmp.Diff(want, got.Annotations[0]); diff != "" {
		t.Error(diff)
	}
	if state, _, _ := c.FindCheck(t.Context(), head, "nthlayer", "k"); !state.Completed {
		t.Errorf("%+v", state)
	}
}

func TestFindCheckKnowsOursByNameAndKey(t *testing.T) {
	g := checkServer(t)
	c := client(t, at(g), token, nil)
	for i := range 120 { // two pages
		check := aCheck()
		check.Key = fmt.Sprint(i)
		if _, err := c.CreateCheck(t.Context(), check); err != nil {
			t.Fatal(err)
		}
	}
	if state, ok, err := c.FindCheck(t.Context(), head, "nthlayer", "3"); err != nil || !ok || state.ID != g.Checks()[3].ID {
		t.Errorf("%+v %t %v", state, ok, err)
	}
	for _, other := range [][2]string{{"nthlayer", "120"}, {"other", "3"}} {
		if _, ok, err := c.FindCheck(t.Context(), head, other[0], other[1]); ok || err != nil {
			t.Errorf("%v: %t %v", other, ok, err)
		}
	}
}

func TestRefusedCheckRunsNameThePermission(t *testing.T) {
	for name, what := range map[string]hosttest.Token{
		"token of a person": {User: hosttest.Human, Checks: true},
		"no permission":     {User: hosttest.ActionsBot, Installation: true},
	} {
		g := server(t)
		g.Grant(token, what)
		c := client(t, at(g), token, nil)
		_, errCreate := c.CreateCheck(t.Context(), aCheck())
		errUpdate := c.UpdateCheck(t.Context(), 1, aCheck())
		for _, err := range []error{errCreate, errUpdate} {
			if e := hosttest.Classified(t, err); e.Kind != host.Permission || e.Need != "checks: write" || e.Status != 403 {
				t.Errorf("%s: %+v", name, e)
			}
		}
	}
}

// What GitHub would refuse is not sent, and marks are never sent twice by
// themselves.
func TestCheckRequestsKeepTheRules(t *testing.T) {
	g := checkServer(t)
	c := client(t, at(g), token, nil)
	many, wrong := aCheck(), aCheck()
	many.Marks = make([]render.CheckMark, host.MaxMarks+1)
	wrong.SHA = "HEAD"
	for _, check := range []host.Check{many, wrong} {
		if _, err := c.CreateCheck(t.Context(), check); err == nil {
			t.Error("a wrong check run was created")
		}
		if err := c.UpdateCheck(t.Context(), 1, check); err == nil {
			t.Error("a wrong check run was written")
		}
	}
	if n := len(g.Requests("", "")); n > 0 {
		t.Errorf("%d requests", n)
	}
	id, err := c.CreateCheck(t.Context(), aCheck())
	if err != nil {
		t.Fatal(err)
	}
	g.Break(hosttest.Fault{Method: "PATCH", Status: 502})
	end := aCheck()
	end.Marks, end.Conclusion = nil, host.CheckSuccess
	for want, check := range map[int]host.Check{1: aCheck(), 3: end} {
		before := len(g.Requests("PATCH", ""))
		if e := hosttest.Classified(t, c.UpdateCheck(t.Context(), id, check)); e.Kind != host.Transient {
			t.Errorf("%+v", e)
		}
		if got := len(g.Requests("PATCH", "")) - before; got != want {
			t.Errorf("%d requests, want %d", got, want)
		}
	}
}

func TestStatusesAreTheLastOfEachName(t *testing.T) {
	g := checkServer(t)
	c := client(t, at(g), token, nil)
	for i := range 130 {
		name := "other"
		if i == 0 {
			name = "first"
		}
		if err := c.SetStatus(t.Context(), host.Status{SHA: head, Context: name, State: host.StatePending, Description: fmt.Sprint(i), URL: "https://example.com/run"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.SetStatus(t.Context(), host.Status{SHA: head, Context: "other", State: host.StateSuccess}); err != nil {
		t.Fatal(err)
	}
	got, err := c.Statuses(t.Context(), head)
	want := []host.Status{
		{SHA: head, Context: "other", State: host.StateSuccess},
		{SHA: head, Context: "first", State: host.StatePending, Description: "0", URL: "https://example.com/run"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if _, err := c.Statuses(t.Context(), "HEAD"); err == nil {
		t.Error("a name of a branch was taken for a commit")
	}
}

func TestThousandStatusesOfANameAreAll(t *testing.T) {
	g := checkServer(t)
	for range 1000 {
		g.AddStatus(hosttest.Status{SHA: head, Context: "a", State: "success"})
	}
	c := client(t, at(g), token, nil)
	e := hosttest.Classified(t, c.SetStatus(t.Context(), host.Status{SHA: head, Context: "a", State: host.StateSuccess}))
	if e.Kind != host.Rejected || !strings.Contains(e.Message, "maximum number of statuses") {
		t.Errorf("%+v", e)
	}
	if err := c.SetStatus(t.Context(), host.Status{SHA: head, Context: "b", State: host.StateSuccess}); err != nil {
		t.Error(err)
	}
}
