package verify

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nthlayer/action/pkg/source"
)

// Halving a refused query ends after maxRefusals refusals, or once maxSingles
// queries for a single pair were refused and none was answered: a source that
// refuses even those has not been sent too much at once.
const (
	maxRefusals = 1000
	maxSingles  = 8
)

// tally counts what became of one request and its halves.
type tally struct{ refused, singles, answered int }

func (t tally) hopeless() bool {
	return t.refused >= maxRefusals || t.answered == 0 && t.singles >= maxSingles
}

// asker asks branches in as few queries as fit.
type asker struct {
	src         source.Source
	at          time.Time
	label       string
	budget      int
	concurrency int
}

// found is the answer to one branch.
type found struct {
	series []source.Series
	// doubts says of which pairs the absence is not known, and why: a
	// *source.Error or a partialError.
	doubts map[pair]error
}

// partialError is a warning that came with an answer: what is absent from it
// is unknown.
type partialError string

func (e partialError) Error() string { return "the answer may be partial: " + string(e) }

// evaluate is one request: an instant query or a range query.
type evaluate func(ctx context.Context, query string) (source.Answer, error)

// ask returns the answer to each branch at the evaluation time.
func (a asker) ask(ctx context.Context, branches []branch) []found {
	return a.askWith(ctx, branches, func(ctx context.Context, query string) (source.Answer, error) {
		return a.src.Query(ctx, query, a.at)
	})
}

func (a asker) askWith(ctx context.Context, branches []branch, do evaluate) []found {
	requests := a.pack(branches)
	answers := make([][]answered, len(requests))
	var group errgroup.Group
	group.SetLimit(a.concurrency)
	for i, parts := range requests {
		group.Go(func() error {
			answers[i] = a.request(ctx, parts, do, &tally{})
			return nil
		})
	}
	_ = group.Wait() // The functions above return no error.
	out := make([]found, len(branches))
	for _, request := range answers {
		for _, p := range request {
			out[p.branch].add(p)
		}
	}
	return out
}

// part is a piece of a branch that fits into a query.
type part struct {
	branch int // index of the branch
	piece  branch
}

// answered is a part with its answer.
type answered struct {
	part
	series []source.Series
	err    error
}

func (f *found) add(p answered) {
	f.series = append(f.series, p.series...)
	if p.err == nil {
		return
	}
	if f.doubts == nil {
		f.doubts = map[pair]error{}
	}
	for _, q := range p.piece.pairs {
		f.doubts[q] = p.err
	}
}

// pack puts the branches into as few requests as the budget allows.
func (a asker) pack(branches []branch) [][]part {
	var out [][]part
	var request []part
	size := 0
	for i, b := range branches {
		for _, piece := range b.split(a.label, a.budget) {
			n := len(piece.query(a.label)) + 2*len(tag) + 40
			if len(request) > 0 && size+n > a.budget {
				out = append(out, request)
				request, size = nil, 0
			}
			request = append(request, part{branch: i, piece: piece})
			size += n
		}
	}
	if len(request) > 0 {
		out = append(out, request)
	}
	return out
}

// request sends one query for the parts. A query that the source refuses for
// what it is (too long, too many samples, a matcher that it does not have) is
// asked again in halves, down to single pairs.
func (a asker) request(ctx context.Context, parts []part, do evaluate, t *tally) []answered {
	branches := make([]branch, len(parts))
	for i, p := range parts {
		branches[i] = p.piece
	}
	answer, err := do(ctx, queryOf(branches, a.label))
	if err == nil {
		t.answered++
		return distribute(parts, answer)
	}
	if refused(err) {
		t.refused++
		first, second, ok := halves(parts)
		if !ok {
			t.singles++
		}
		if ok && !t.hopeless() {
			return append(a.request(ctx, first, do, t), a.request(ctx, second, do, t)...)
		}
	}
	out := make([]answered, len(parts))
	for i, p := range parts {
		out[i] = answered{part: p, err: err}
	}
	return out
}

// refused reports whether a shorter query may have better luck.
func refused(err error) bool {
	var e *source.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Kind == source.Rejected || e.Kind == source.Limited && e.Status != http.StatusTooManyRequests
}

func halves(parts []part) (first, second []part, ok bool) {
	if len(parts) > 1 {
		return parts[:len(parts)/2], parts[len(parts)/2:], true
	}
	p := parts[0]
	n := len(p.piece.pairs)
	if n < 2 {
		return nil, nil, false
	}
	first = []part{{branch: p.branch, piece: p.piece.with(p.piece.pairs[:n/2])}}
	second = []part{{branch: p.branch, piece: p.piece.with(p.piece.pairs[n/2:])}}
	return first, second, true
}

// distribute gives each part the series that carry its tag.
func distribute(parts []part, answer source.Answer) []answered {
	out := make([]answered, len(parts))
	for i, p := range parts {
		out[i].part = p
		if len(answer.Warnings) > 0 {
			out[i].err = partialError(slices.Min(answer.Warnings))
		}
	}
	for _, s := range answer.Series {
		i := 0
		if len(parts) > 1 {
			n, err := strconv.Atoi(s.Labels.Get(tag))
			if err != nil || n < 0 || n >= len(parts) {
				continue
			}
			i = n
		}
		out[i].series = append(out[i].series, s)
	}
	return out
}
