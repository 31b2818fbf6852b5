package sticky_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/sticky"
)

// In this file several runs write at once. Each stops before every call to the
// host until the test lets it go on, so that the test chooses the order of all
// calls and at which of them a run dies.

// model is the host that all runs share.
type model struct {
	*store
	revisions map[int64][]host.Comment
	noHead    bool
}

func newModel() *model { return &model{store: newStore(), revisions: map[int64][]host.Comment{}} }

func (m *model) kept(c host.Comment) { m.revisions[c.ID] = append(m.revisions[c.ID], c) }

// runner is one run, with the call that it waits to make and the one it made.
type runner struct {
	*model
	marker     sticky.Marker
	text       string // textOf(marker) when empty
	ready      chan string
	proceed    chan bool // true kills the run behind the call
	next, last string
	dead       bool
	err        error
}

// step waits for its turn, does the call and dies after it when told so.
func (r *runner) step(name string, do func()) error {
	stopped := &host.Error{Kind: host.Stopped, Message: "killed"}
	if r.dead {
		return stopped
	}
	r.ready <- name
	r.dead = <-r.proceed
	do()
	if r.dead {
		return stopped
	}
	return nil
}

func (r *runner) List(ctx context.Context) (out []host.Comment, err error) {
	dead := r.step("list", func() { out, err = r.model.List(ctx) })
	return out, cmp.Or(dead, err)
}

func (r *runner) Create(ctx context.Context, body string) (c host.Comment, err error) {
	dead := r.step("create", func() {
		c, err = r.model.Create(ctx, body)
		r.kept(c)
	})
	return c, cmp.Or(dead, err)
}

func (r *runner) Update(ctx context.Context, id int64, body string) (c host.Comment, err error) {
	dead := r.step("update", func() {
		if c, err = r.model.Update(ctx, id, body); err == nil {
			c.Author = us
			r.kept(c)
		}
	})
	return c, cmp.Or(dead, err)
}

func (r *runner) Delete(ctx context.Context, id int64) (err error) {
	dead := r.step("delete", func() { err = r.model.Delete(ctx, id) })
	return cmp.Or(dead, err)
}

func (r *runner) CurrentHead(ctx context.Context) (sha string, err error) {
	dead := r.step("head", func() { sha, err = r.model.CurrentHead(ctx) })
	if r.noHead {
		return "", cmp.Or[error](dead, &host.Error{Kind: host.Transient, Message: "502"})
	}
	return sha, cmp.Or(dead, err)
}

// Self needs no turn: it is the same for all runs, and changes nothing.
func (*runner) Self(context.Context) (host.Author, error) { return us, nil }

// archivist is a runner on a host that keeps revisions.
type archivist struct{ *runner }

func (a archivist) Revisions(_ context.Context, c host.Comment) (out []host.Comment, err error) {
	err = a.step("revisions", func() { out = slices.Clone(a.revisions[c.ID]) })
	return out, err
}

func textOf(m sticky.Marker) string {
	return fmt.Sprintf("run %d.%d about %s", m.Run, m.Attempt, m.SHA[:4])
}

// remembering puts a line above a text that says which commit it is about and with
// which other one it is compared, as our comments do.
func remembering(text, sha string, earlier sticky.Earlier) string {
	line, _, _ := strings.Cut(earlier.Text, "\n")
	var now, since string
	if n, err := fmt.Sscanf(line, "now=%s since=%s", &now, &since); n == 2 && err == nil && now != sha[:4] {
		since = now
	}
	return "now=" + sha[:4] + " since=" + cmp.Or(since, "none") + "\n" + text
}

// start begins a run.
func (r *runner) start(archive bool) {
	text := cmp.Or(r.text, textOf(r.marker))
	w := sticky.Want{
		Marker: r.marker, MaxBytes: 1000, Create: true, Says: text,
		Body: func(_ int, earlier sticky.Earlier) string { return remembering(text, r.marker.SHA, earlier) },
	}
	go func() {
		var h sticky.Host = r
		if archive {
			h = archivist{r}
		}
		_, r.err = sticky.Upsert(context.Background(), h, w)
		close(r.ready)
	}()
}

// play lets the runs go on in the order that pick says, until all have ended.
// kill says whether a run dies behind the call that it is about to make.
func play(runs []*runner, archive bool, pick func(live []*runner) *runner, kill func() bool) {
	for _, r := range runs {
		r.ready, r.proceed = make(chan string), make(chan bool)
		r.start(archive)
	}
	for live := slices.Clone(runs); ; {
		live = slices.DeleteFunc(live, func(r *runner) bool {
			if r.next == "" {
				r.next = <-r.ready
			}
			return r.next == "" // it has ended
		})
		if len(live) == 0 {
			return
		}
		r := pick(live)
		r.last, r.next = r.next, ""
		r.proceed <- kill()
	}
}

func anyOrder(t *rapid.T) func([]*runner) *runner {
	return func(live []*runner) *runner { return live[rapid.IntRange(0, len(live)-1).Draw(t, "turn")] }
}

// newest is the marker that has to stand in the end.
func newest(markers []sticky.Marker, head string) sticky.Marker {
	return slices.MaxFunc(markers, func(a, b sticky.Marker) int {
		isHead := func(m sticky.Marker) int { return strings.Count(m.SHA, head) }
		return cmp.Or(cmp.Compare(isHead(a), isHead(b)), cmp.Compare(a.Run, b.Run), cmp.Compare(a.Attempt, b.Attempt))
	})
}

// scene draws a host with foreign comments, perhaps one of ours, and two to four
// runs, whose markers all differ.
func scene(t *rapid.T) (*model, []*runner, []sticky.Marker) {
	m := newModel()
	shas := []string{strings.Repeat("a", 40), strings.Repeat("b", 40), strings.Repeat("c", 40)}
	m.head = rapid.SampledFrom(shas).Draw(t, "head")
	m.noHead = rapid.IntRange(0, 4).Draw(t, "no head") == 0
	m.add(human, marker(head, 1).String()+"\nnow=ffff since=ffff\na person")
	m.add(host.Author{Login: "other[bot]", Bot: true}, marker(head, 1).String()+"\nnow=ffff since=ffff\nanother app")
	m.add(us, sticky.Marker{Key: "other", SHA: head, Run: 1, Attempt: 1}.String()+"\nnow=ffff since=ffff\nanother key")
	var markers []sticky.Marker
	if rapid.Bool().Draw(t, "a comment exists") {
		first := sticky.Marker{Key: "default", SHA: shas[0], Run: 0, Attempt: 1}
		body := first.String() + "\n" + remembering(textOf(first), first.SHA, sticky.Earlier{})
		m.kept(host.Comment{ID: m.add(us, body), Author: us, Body: body})
		markers = append(markers, first)
	}
	var runs []*runner
	for i := range rapid.IntRange(2, 4).Draw(t, "runs") {
		mark := sticky.Marker{
			Key: "default", SHA: rapid.SampledFrom(shas).Draw(t, "commit"),
			Run: int64(rapid.IntRange(1, 3).Draw(t, "run")), Attempt: i + 1,
		}
		markers = append(markers, mark)
		runs = append(runs, &runner{model: m, marker: mark})
	}
	return m, runs, markers
}

// check wants the foreign comments as they were, and one of ours with the text of
// a run.
func check(t *rapid.T, m *model, foreign []host.Comment, want sticky.Marker) {
	t.Helper()
	if diff := gocmp.Diff(foreign, m.comments[:3]); diff != "" {
		t.Fatalf("a foreign comment changed:\n%s", diff)
	}
	if len(m.comments) != 4 || !strings.HasSuffix(m.comments[3].Body, "\n"+textOf(want)) {
		t.Fatalf("comments %+v, want one with %q", m.comments[3:], textOf(want))
	}
	_, text, _ := sticky.Parse(m.comments[3].Body)
	memory, _, _ := strings.Cut(text, "\n")
	compared := []string{"aaaa", "bbbb", "cccc", "none"}
	if now, since, _ := strings.Cut(memory, " since="); now != "now="+want.SHA[:4] || since == want.SHA[:4] || !slices.Contains(compared, since) {
		t.Fatalf("the comment about %s remembers %q", want.SHA[:4], memory)
	}
}

// again lets one more run for the same commit say the same, which nobody has to
// write, whatever it would compare with. Only the comment of a scene has no digest.
func again(t *rapid.T, m *model, last sticky.Marker) {
	t.Helper()
	if last.Run == 0 {
		return
	}
	before := len(m.writes())
	next := &runner{model: m, marker: last, text: textOf(last)}
	next.marker.Run = 9
	play([]*runner{next}, false, anyOrder(t), never)
	if next.err != nil || len(m.writes()) > before {
		t.Fatalf("it was written again: %v, error %v", m.writes()[before:], next.err)
	}
}

func never() bool { return false }

func (m *model) expectedHead() string {
	if m.noHead {
		return "none"
	}
	return m.head
}

// Whatever the order of the calls of all runs, in the end there is one comment,
// that of the newest run.
func TestRunsThatWriteAtOnceConverge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, runs, markers := scene(t)
		foreign := slices.Clone(m.comments[:3])
		play(runs, true, anyOrder(t), never)
		for _, r := range runs {
			if r.err != nil {
				t.Fatalf("%s: %v", textOf(r.marker), r.err)
			}
		}
		check(t, m, foreign, newest(markers, m.expectedHead()))
		again(t, m, newest(markers, m.expectedHead()))
	})
}

// A host without revisions cannot tell what an edit hit. There it takes that
// nobody writes between the last look of a run and its edit.
func TestRunsConvergeWithoutRevisionsWhenEditsFollowLooks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, runs, markers := scene(t)
		foreign := slices.Clone(m.comments[:3])
		play(runs, false, func(live []*runner) *runner {
			for _, r := range live {
				if r.next == "update" || r.next == "head" {
					return r
				}
			}
			return anyOrder(t)(live)
		}, never)
		check(t, m, foreign, newest(markers, m.expectedHead()))
	})
}

// Runs may die behind any call. What they leave is put right by the next run, and
// no comment of others is ever touched.
func TestWhatDeadRunsLeaveIsPutRight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, runs, _ := scene(t)
		m.noHead = false
		foreign := slices.Clone(m.comments[:3])
		archive := rapid.Bool().Draw(t, "revisions")
		play(runs, archive, anyOrder(t), func() bool { return rapid.IntRange(0, 3).Draw(t, "dies") == 0 })
		if diff := gocmp.Diff(foreign, m.comments[:3]); diff != "" {
			t.Fatalf("a foreign comment changed:\n%s", diff)
		}
		next := &runner{model: m, marker: sticky.Marker{Key: "default", SHA: m.head, Run: 9, Attempt: 1}}
		play([]*runner{next}, archive, anyOrder(t), never)
		check(t, m, foreign, next.marker)
	})
}

// Two jobs of one workflow that share a key are a mistake that nobody is told of
// by endless writing.
func TestJobsThatShareAKeyDoNotWriteForEver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel()
		mark := sticky.Marker{Key: "default", SHA: head, Run: 1, Attempt: 1}
		runs := []*runner{{model: m, marker: mark, text: "job one"}, {model: m, marker: mark, text: "job two"}}
		play(runs, true, anyOrder(t), never)
		if len(m.comments) != 1 || len(m.writes()) > 6 {
			t.Fatalf("comments %+v after %v", m.comments, m.writes())
		}
	})
}
