package gitlab_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/hosttest"
)

func gate(state host.State) host.Status {
	return host.Status{SHA: head, Context: "nthlayer/gate", State: state, Description: "fail: blocked", URL: "https://gitlab.example/job/1"}
}

// GitLab makes a second pipeline for a status whose commit is not that of the
// pipeline, and the merge request then follows that one.
func TestStatusNeverMakesAPipeline(t *testing.T) {
	g := server(t)
	if err := client(t, at(g), token, nil).SetStatus(t.Context(), gate(host.StateError)); err != nil {
		t.Fatal(err)
	}
	if n := g.Pipelines(); n != 1 {
		t.Errorf("%d pipelines, want the one of the job", n)
	}
	got := g.Statuses()
	if len(got) != 1 || got[0].SHA != merged || got[0].PipelineID != 900 || got[0].Status != "failed" || got[0].Name != "nthlayer/gate" || got[0].TargetURL == "" {
		t.Errorf("statuses %+v", got)
	}
}

func TestStatusIsNotSetWithoutAPipeline(t *testing.T) {
	g := server(t)
	for _, change := range []func(*host.Context){
		func(c *host.Context) { c.RunID = 0 },
		func(c *host.Context) {
			c.GitLab = &host.GitLabJob{Project: 42, Target: 42, Commit: "main"}
		},
	} {
		c := at(g)
		change(&c)
		if err := client(t, c, token, nil).SetStatus(t.Context(), gate(host.StateSuccess)); err == nil {
			t.Error("no error")
		}
	}
	if len(g.Requests("", "")) > 0 {
		t.Error("a request was sent")
	}
}

func TestStatusDescriptionIsCut(t *testing.T) {
	g := server(t)
	for length, want := range map[int]int{400: 140, 140: 140, 139: 139} {
		s := gate(host.StateSuccess)
		s.Context, s.Description = fmt.Sprint(length), strings.Repeat("ä", length)
		if err := client(t, at(g), token, nil).SetStatus(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		all := g.Statuses()
		if got := []rune(all[len(all)-1].Description); len(got) != want || (length > want) != (got[want-1] == '…') {
			t.Errorf("%d characters became %d: %q", length, len(got), string(got))
		}
	}
}

func TestStatusConflicts(t *testing.T) {
	conflict := hosttest.Fault{Method: "POST", Path: "/statuses/", Status: 409, Message: "409 Conflict"}
	twice, lost := conflict, conflict
	twice.Times = 2
	lost.Times, lost.AfterEffect = 1, true
	transition := hosttest.Fault{Method: "POST", Path: "/statuses/", Status: 400, Message: "Cannot transition status via :success from :success"}
	tests := []struct {
		name  string
		fault hosttest.Fault
		seed  string // state that another run left behind
		posts int
		ok    bool
	}{
		{"two writers at once, then free", twice, "", 3, true},
		{"never free", conflict, "", 5, false},
		{"the same state is there already", conflict, "success", 1, true},
		{"another state is there", conflict, "failed", 5, false},
		{"set, and the answer is a conflict", lost, "", 1, true},
		{"cannot transition from the same state", transition, "success", 1, true},
		{"cannot transition from another state", transition, "failed", 1, false},
		{"no permission is not tried again", hosttest.Fault{Method: "POST", Status: 403, Message: "403 Forbidden"}, "", 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := server(t)
			if tt.seed != "" {
				g.AddStatus(hosttest.GitLabStatus{SHA: merged, Name: "nthlayer/gate", Status: "pending", PipelineID: 900})
				g.AddStatus(hosttest.GitLabStatus{SHA: merged, Name: "nthlayer/gate", Status: tt.seed, PipelineID: 900})
				g.AddStatus(hosttest.GitLabStatus{SHA: merged, Name: "nthlayer/gate", Status: "canceled", PipelineID: 899})
			}
			g.Break(tt.fault)
			err := client(t, at(g), token, nil).SetStatus(t.Context(), gate(host.StateSuccess))
			if (err == nil) != tt.ok {
				t.Errorf("error %v", err)
			}
			if n := len(g.Requests("POST", "/statuses/")); n != tt.posts {
				t.Errorf("sent %d times, want %d", n, tt.posts)
			}
			if err != nil && hosttest.Classified(t, err).Kind == host.Permission && !strings.Contains(hosttest.Classified(t, err).Need, "Developer") {
				t.Errorf("need %q", hosttest.Classified(t, err).Need)
			}
		})
	}
}

// Jobs that met once must not meet again: each waits for a time of its own, and
// longer after each attempt.
func TestStatusWaitsLongerAndUnevenly(t *testing.T) {
	waits := func(dice float64) []time.Duration {
		g := server(t)
		g.Break(hosttest.Fault{Method: "POST", Path: "/statuses/", Status: 409, Message: "409 Conflict"})
		var out []time.Duration
		api := clientWith(t, at(g), token, nil, func(_ context.Context, d time.Duration) error {
			out = append(out, d)
			return nil
		}, dice)
		if err := api.SetStatus(t.Context(), gate(host.StateSuccess)); err == nil {
			t.Error("no error")
		}
		return out
	}
	low, high := waits(0), waits(1)
	if len(low) != 4 || len(high) != 4 {
		t.Fatalf("%d and %d waits for five attempts", len(low), len(high))
	}
	for i := range low {
		if low[i] <= 0 || high[i] <= low[i] || i > 0 && (low[i] <= low[i-1] || high[i] > 10*time.Second) {
			t.Errorf("wait %d is from %s to %s", i+1, low[i], high[i])
		}
	}
}

// The name of a status says nothing about a status of another pipeline, and the
// newest of a name counts.
func TestStatusOfAnotherPipelineIsNotOurs(t *testing.T) {
	g := server(t)
	g.AddStatus(hosttest.GitLabStatus{SHA: merged, Name: "nthlayer/gate", Status: "success", PipelineID: 899})
	g.AddStatus(hosttest.GitLabStatus{SHA: merged, Name: "nthlayer/lint", Status: "success", PipelineID: 900})
	g.Break(hosttest.Fault{Method: "POST", Path: "/statuses/", Status: 400, Message: "Cannot transition status via :success from :success"})
	if err := client(t, at(g), token, nil).SetStatus(t.Context(), gate(host.StateSuccess)); err == nil {
		t.Error("a status that is not there was taken for set")
	}
}
