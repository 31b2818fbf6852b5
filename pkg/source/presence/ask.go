// Package presence asks a source which series there are, about many metrics in few
// queries: what differs only in the name and in the service becomes one question,
// and questions share queries as far as the source takes them.
package presence

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

// maxRefusals bounds the halving of refused queries.
const maxRefusals = 4000

// sharing is what is known of a source about queries for several pairs.
type sharing int

const (
	untried  sharing = iota // none was refused so far
	accepted                // it takes some: smaller ones may do
	rejected                // it takes none, but single ones
	hopeless                // it refuses single ones, too
)

// Asker asks branches in as few queries as fit.
type Asker struct {
	Source source.Source
	// At is the evaluation time.
	At time.Time
	// Label is the label that holds the owner of a series.
	Label string
	// Budget is how many bytes a query may have, Concurrency how many queries run
	// at once; both have to be positive.
	Budget      int
	Concurrency int
}

// Found is the answer to one branch.
type Found struct {
	Series []source.Series
	// Doubts says of which pairs the absence is not known, and why: a
	// *source.Error, or that the answer may be partial.
	Doubts map[Pair]error
}

// partialError is a warning that came with an answer: what is absent from it
// is unknown.
type partialError string

func (e partialError) Error() string { return "the answer may be partial: " + string(e) }

// Evaluate is one request: an instant query or a range query.
type Evaluate func(ctx context.Context, query string) (source.Answer, error)

// Ask returns the answer to each branch at the evaluation time.
func (a Asker) Ask(ctx context.Context, branches []Branch) []Found {
	return a.AskWith(ctx, branches, func(ctx context.Context, query string) (source.Answer, error) {
		return a.Source.Query(ctx, query, a.At)
	})
}

// AskWith is Ask with another kind of request, as a range query.
func (a Asker) AskWith(ctx context.Context, branches []Branch, do Evaluate) []Found {
	out := make([]Found, len(branches))
	var taken sharing
	refusals := 0
	pending := a.pack(branches)
	for len(pending) > 0 {
		answers := a.round(ctx, pending, do)
		var again [][]part
		for i, parts := range pending {
			if refused(answers[i].err) {
				if taken == untried {
					taken = a.probe(ctx, parts, do)
				}
				refusals++
				if smaller := smaller(parts, taken, refusals); len(smaller) > 0 {
					again = append(again, smaller...)
					continue
				}
			}
			for _, p := range answers[i].to(parts) {
				out[p.branch].add(p)
			}
		}
		pending = again
	}
	return out
}

// outcome is what became of one request.
type outcome struct {
	answer source.Answer
	err    error
}

// to gives each part its share of an outcome.
func (o outcome) to(parts []part) []answered {
	if o.err == nil {
		return distribute(parts, o.answer)
	}
	out := make([]answered, len(parts))
	for i, p := range parts {
		out[i] = answered{part: p, err: o.err}
	}
	return out
}

// round sends a query for each list of parts, with bounded concurrency.
func (a Asker) round(ctx context.Context, requests [][]part, do Evaluate) []outcome {
	out := make([]outcome, len(requests))
	var group errgroup.Group
	group.SetLimit(a.Concurrency)
	for i, parts := range requests {
		group.Go(func() error {
			branches := make([]Branch, len(parts))
			for i, p := range parts {
				branches[i] = p.piece
			}
			out[i].answer, out[i].err = do(ctx, queryOf(branches, a.Label))
			return nil
		})
	}
	_ = group.Wait() // The functions above return no error.
	return out
}

// part is a piece of a branch that fits into a query.
type part struct {
	branch int // index of the branch
	piece  Branch
}

// answered is a part with its answer.
type answered struct {
	part
	series []source.Series
	err    error
}

func (f *Found) add(p answered) {
	f.Series = append(f.Series, p.series...)
	if p.err == nil {
		return
	}
	if f.Doubts == nil {
		f.Doubts = map[Pair]error{}
	}
	for _, q := range p.piece.Pairs {
		f.Doubts[q] = p.err
	}
}

// pack puts the branches into as few requests as the budget allows.
func (a Asker) pack(branches []Branch) [][]part {
	var out [][]part
	var request []part
	size := 0
	for i, b := range branches {
		for _, piece := range b.split(a.Label, a.Budget) {
			n := len(piece.query(a.Label)) + 2*len(Tag) + 40
			if len(request) > 0 && size+n > a.Budget {
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

// smaller returns the requests to send in place of one that the source refused
// for what it is: too long, too many samples, a matcher that it does not have.
// It returns none if the refusal stands.
func smaller(parts []part, taken sharing, refusals int) [][]part {
	switch taken {
	case hopeless:
		return nil
	case rejected:
		if all := singles(parts); len(all) > 1 {
			return all
		}
		return nil
	case untried, accepted:
	}
	first, second, ok := halves(parts)
	if !ok || refusals > maxRefusals {
		return nil
	}
	return [][]part{first, second}
}

// singles returns a request for each pair.
func singles(parts []part) [][]part {
	var out [][]part
	for _, p := range parts {
		for i := range p.piece.Pairs {
			out = append(out, []part{{branch: p.branch, piece: p.piece.with(p.piece.Pairs[i : i+1])}})
		}
	}
	return out
}

// probe finds out whether a source that refused a query takes smaller ones, by
// two pairs and single ones from both ends: one bad name must not pass for a bad
// source.
func (a Asker) probe(ctx context.Context, parts []part, do Evaluate) sharing {
	single := singles(parts)
	if len(single) < 8 {
		return untried // halves of so few are few as well
	}
	var double [][]part
	for _, p := range []part{parts[0], parts[len(parts)-1]} {
		if n := len(p.piece.Pairs); n > 2 {
			double = append(double, []part{{branch: p.branch, piece: p.piece.with(p.piece.Pairs[n-2:])}})
		}
	}
	answered := func(requests [][]part) bool {
		return slices.ContainsFunc(a.round(ctx, requests, do), func(o outcome) bool { return !refused(o.err) })
	}
	switch {
	case len(double) == 0 || answered(double):
		return accepted
	case answered([][]part{single[0], single[1], single[len(single)/2], single[len(single)-1]}):
		return rejected
	}
	return hopeless
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
	n := len(p.piece.Pairs)
	if n < 2 {
		return nil, nil, false
	}
	first = []part{{branch: p.branch, piece: p.piece.with(p.piece.Pairs[:n/2])}}
	second = []part{{branch: p.branch, piece: p.piece.with(p.piece.Pairs[n/2:])}}
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
			n, err := strconv.Atoi(s.Labels.Get(Tag))
			if err != nil || n < 0 || n >= len(parts) {
				continue
			}
			i = n
		}
		out[i].series = append(out[i].series, s)
	}
	return out
}
