package host_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/host"
)

var (
	headCommit, baseCommit = strings.Repeat("a", 40), strings.Repeat("b", 40)
	mergeCommit, newerBase = strings.Repeat("c", 40), strings.Repeat("d", 40)
	forkPoint              = strings.Repeat("e", 40)
)

// history answers every file with the commit that was asked for.
type history struct {
	parents []string
	fails   bool
	asked   int
}

func (h *history) Parents(context.Context, string) ([]string, error) {
	h.asked++
	if h.parents == nil {
		return nil, errors.New("no such commit")
	}
	return h.parents, nil
}

func (h *history) MergeBase(context.Context, string, string) (string, error) {
	h.asked++
	return forkPoint, nil
}

func (h *history) ReadFile(_ context.Context, commit, path string) ([]byte, error) {
	if h.fails {
		return nil, errors.New(path + " cannot be read")
	}
	return []byte(commit), nil
}

func pullRequest() host.Context {
	return host.Context{Event: host.PullRequest, PR: 7, Head: headCommit, Base: baseCommit}
}

func TestWhatAChangeIsComparedWith(t *testing.T) {
	group := pullRequest()
	group.Event, group.PR = host.MergeGroup, 0
	for _, c := range []struct {
		name       string
		at         host.Context
		checkedOut string
		parents    []string
		want       string
	}{
		{"merge of the event's base", pullRequest(), mergeCommit, []string{baseCommit, headCommit}, baseCommit},
		{"merge into a base that moved on", pullRequest(), mergeCommit, []string{newerBase, headCommit}, newerBase},
		{"merge of an older head", pullRequest(), mergeCommit, []string{newerBase, forkPoint}, baseCommit},
		{"merge that the host does not know", pullRequest(), mergeCommit, nil, baseCommit},
		{"head itself", pullRequest(), headCommit, nil, forkPoint},
		{"no checkout", pullRequest(), "", nil, baseCommit},
		{"merge group", group, headCommit, nil, baseCommit},
	} {
		t.Run(c.name, func(t *testing.T) {
			base, err := host.NewBase(c.at, c.checkedOut, &history{parents: c.parents})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := base.ReadBase(t.Context(), "a.yaml"); err != nil || string(got) != c.want {
				t.Errorf("read from %s, %v; want %s", got, err, c.want)
			}
		})
	}
}

func TestTheBaseIsFoundOnceAndReadFromWhoeverCan(t *testing.T) {
	first, second := &history{fails: true, parents: []string{newerBase, headCommit}}, &history{parents: []string{newerBase, headCommit}}
	base, err := host.NewBase(pullRequest(), mergeCommit, first, second)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got, err := base.ReadBase(t.Context(), "a.yaml"); err != nil || string(got) != newerBase {
			t.Errorf("%s, %v", got, err)
		}
	}
	if first.asked != 1 || second.asked != 1 {
		t.Errorf("asked %d and %d times", first.asked, second.asked)
	}
	second.fails = true
	if got, err := base.ReadBase(t.Context(), "a.yaml"); err == nil || !strings.Contains(err.Error(), "a.yaml cannot be read; a.yaml cannot be read") {
		t.Errorf("%s, %v", got, err)
	}
}

func TestOnlyPathsInsideTheRepositoryAreRead(t *testing.T) {
	base, err := host.NewBase(pullRequest(), "", &history{})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", ".", "/etc/passwd", "../a", "a/../../b", "a//b", "a\x00b", "a\nb", `a\b`} {
		if got, err := base.ReadBase(t.Context(), path); err == nil {
			t.Errorf("%q: read %q", path, got)
		}
	}
}

func TestABaseNeedsSomebodyToAskAndACommit(t *testing.T) {
	if _, err := host.NewBase(pullRequest(), ""); err == nil {
		t.Error("no history, no error")
	}
	at := pullRequest()
	at.Base = ""
	if _, err := host.NewBase(at, "", &history{}); err == nil {
		t.Error("no base, no error")
	}
}

func TestOnlyAProposedChangeIsCompared(t *testing.T) {
	for event, want := range map[host.Event]bool{
		host.PullRequest: true, host.MergeGroup: true, host.PullRequestTarget: false, host.Push: false,
		"pull_request_review": true, host.Schedule: false, host.Dispatch: false, host.Deployment: false, host.WorkflowRun: false,
	} {
		at := pullRequest()
		at.Event = event
		if at.Proposed() != want {
			t.Errorf("%s: %t", event, !want)
		}
	}
}
