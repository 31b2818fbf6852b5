package source

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"golang.org/x/sync/errgroup"

	"github.com/nthlayer/action/pkg/promql"
)

// Question is one expression to evaluate.
type Question struct {
	// ID names the question, uniquely among those asked together.
	ID   string
	Expr string
	// Value is the value of the service label that the expression asks for. A
	// question without one is never asked together with others.
	Value string
	// Long says that the server has to read much for the answer.
	Long bool
}

// Reply is the answer to one Question.
type Reply struct {
	// Series are exactly the series that the expression alone gives. They may be
	// shared with other replies: do not change them.
	Series []Series
	// Warnings are the server's words on the query in Asked. With warnings,
	// absent series are unknown.
	Warnings []string
	// Histograms is how many native histogram samples were left out of the
	// answer to Asked, which other questions may share.
	Histograms int
	// Err is an *Error, nil if there is an answer.
	Err error
	// Query is the question's own expression, for people to run again.
	Query string
	// Asked is the query that was sent, "" if none was.
	Asked string
}

// AskOptions bounds the work of Ask.
type AskOptions struct {
	// Concurrency is how many queries run at once, 8 if it is not positive.
	Concurrency int
	// QueryBytes is how long a shared query may be. The source's own limit
	// counts as well; if neither says anything it is 15000, since the shortest
	// limit that servers come with is 16 KiB (VictoriaMetrics).
	QueryBytes int
}

const (
	defaultConcurrency = 8
	defaultQueryBytes  = 15_000
)

// splitLimit is how many refused queries Ask splits if the server refused even
// single ones: a server that refuses everything gets half as many requests as
// there are questions, not twice.
func splitLimit(questions int) int { return 16 + questions/4 }

// spread is from how many on long questions that became one query are asked in two, so
// that the server works on both at once: it gives one query no more than one processor.
const spread = 200

// sharing is what is known of a server about queries for several services.
type sharing int

const (
	untried  sharing = iota // none was refused so far
	accepted                // it takes some: smaller ones may do
	rejected                // it takes none, but single ones
	hopeless                // it refused single ones, too
)

// Ask evaluates all questions at one time and returns the replies by ID. Equal
// expressions are asked once, and expressions that differ only in the value of
// the label are asked together where the answer can be split exactly. If a
// server refuses a shared query, or its answer cannot be told apart, the query
// is split in halves. A server that takes no shared query at all is found out by
// a few small ones and asked one by one; one that refuses those too is given up.
// An unreachable, overloaded or slow server is not asked
// again. An expression that is not valid PromQL is not sent: its reply has the
// error.
func Ask(ctx context.Context, src Source, questions []Question, label string, at time.Time, o AskOptions) map[string]Reply {
	info := src.Info()
	a := asker{src: src, at: at, options: o, splits: splitLimit(len(questions)), replies: make(map[string]Reply, len(questions))}
	if !info.TargetLabels {
		// The source ignores matchers on the label, and no series has it.
		label = ""
	}
	pending := halved(promql.Merge(a.members(questions), label, queryBytes(o, info)), questions)
	for len(pending) > 0 {
		answers := a.round(ctx, pending)
		var again []promql.Merged
		for i, m := range pending {
			if parts := a.instead(ctx, m, answers[i]); len(parts) > 0 {
				again = append(again, parts...)
				continue
			}
			a.settle(m, answers[i])
		}
		pending = again
	}
	return a.replies
}

// asker is the state of one Ask. Only round works concurrently, and it writes
// nothing here.
type asker struct {
	src     Source
	at      time.Time
	options AskOptions
	// sharing decides what becomes of a refused query, splits is how many may
	// still be split if that is hopeless.
	sharing sharing
	splits  int
	replies map[string]Reply
}

type outcome struct {
	answer Answer
	err    error
}

// halved splits the queries of many long questions.
func halved(queries []promql.Merged, questions []Question) []promql.Merged {
	long := map[string]bool{}
	for _, q := range questions {
		if q.Long {
			long[q.ID] = true
		}
	}
	var out []promql.Merged
	for _, m := range queries {
		if m.Label != "" && len(m.Parts) >= spread && long[m.Parts[0].ID] {
			out = append(out, m.Split()...)
		} else {
			out = append(out, m)
		}
	}
	return out
}

// members parses the questions, each expression once, and answers those that cannot be
// asked.
func (a *asker) members(questions []Question) []promql.Member {
	members := make([]promql.Member, 0, len(questions))
	parsed := make(map[string]parser.Expr, len(questions))
	for _, q := range questions {
		reply := Reply{Query: q.Expr}
		expr, known := parsed[q.Expr]
		var err error
		if !known {
			expr, err = promql.Parse(q.Expr)
		}
		if err != nil {
			reply.Err = &Error{Kind: Rejected, Message: "the expression is not valid PromQL: " + err.Error(), Err: err}
		} else {
			parsed[q.Expr] = expr
			members = append(members, promql.Member{ID: q.ID, Expr: expr, LabelValue: q.Value})
		}
		a.replies[q.ID] = reply
	}
	return members
}

// round asks the queries with bounded concurrency.
func (a *asker) round(ctx context.Context, queries []promql.Merged) []outcome {
	outcomes := make([]outcome, len(queries))
	group := new(errgroup.Group)
	group.SetLimit(concurrency(a.options))
	for i, m := range queries {
		group.Go(func() error {
			outcomes[i].answer, outcomes[i].err = a.src.Query(ctx, m.Query, a.at)
			return nil
		})
	}
	_ = group.Wait() // No query returns an error here: each has its own.
	return outcomes
}

// refuses reports whether the outcome of a query may be better for less.
func refuses(m promql.Merged, o outcome) bool {
	_, separable := separate(m, o.answer.Series)
	return isRefusal(o.err) || o.err == nil && !separable
}

// instead returns the queries to ask in place of one that was refused, and
// nothing if its outcome stands.
func (a *asker) instead(ctx context.Context, m promql.Merged, o outcome) []promql.Merged {
	if !refuses(m, o) || m.Label == "" {
		return nil
	}
	if a.sharing == untried {
		a.sharing = a.probe(ctx, m)
	}
	switch a.sharing {
	case rejected:
		return m.Alone()
	case hopeless:
		if a.splits == 0 {
			return nil
		}
		a.splits--
	case untried, accepted:
	}
	return m.Split()
}

// probe finds out whether a server that refused a query takes smaller ones, by
// pairs and single ones from both ends: one bad service must not pass for a bad
// server.
func (a *asker) probe(ctx context.Context, m promql.Merged) sharing {
	ends := m.Ends()
	if len(ends) == 0 {
		return untried // halves of so few are few as well
	}
	answered := func(queries []promql.Merged) bool {
		for i, o := range a.round(ctx, queries) {
			if !refuses(queries[i], o) {
				return true
			}
		}
		return false
	}
	var single []promql.Merged
	for _, pair := range ends {
		single = append(single, pair.Alone()[0])
	}
	switch {
	case answered(ends):
		return accepted
	case answered(single):
		return rejected
	}
	return hopeless
}

// settle writes the replies to a query.
func (a *asker) settle(m promql.Merged, o outcome) {
	byValue, separable := separate(m, o.answer.Series)
	if o.err == nil && !separable {
		o.err = &Error{Kind: Malformed, Message: "the answer to a query for several services has series of none of them"}
	}
	for _, part := range m.Parts {
		reply := a.replies[part.ID]
		reply.Asked, reply.Warnings, reply.Histograms, reply.Err = m.Query, o.answer.Warnings, o.answer.Histograms, o.err
		if o.err == nil {
			reply.Series = partSeries(m, part, byValue)
		}
		a.replies[part.ID] = reply
	}
}

// separate sorts the series by the value of the label. It reports false if a
// series belongs to no part, as from a server that does not group as PromQL
// does. Without a label all series stand under "".
func separate(m promql.Merged, series []Series) (map[string][]Series, bool) {
	byValue := make(map[string][]Series)
	if m.Label == "" {
		byValue[""] = series
		return byValue, true
	}
	known := make(map[string]bool, len(m.Parts))
	for _, part := range m.Parts {
		known[part.Value] = true
	}
	for _, s := range series {
		value := s.Labels.Get(m.Label)
		if !known[value] {
			return nil, false
		}
		byValue[value] = append(byValue[value], s)
	}
	return byValue, true
}

func partSeries(m promql.Merged, part promql.Part, byValue map[string][]Series) []Series {
	if m.Label == "" {
		return byValue[""]
	}
	if part.Keeps {
		return byValue[part.Value]
	}
	var out []Series
	for _, s := range byValue[part.Value] {
		s.Labels = labels.NewBuilder(s.Labels).Del(m.Label).Labels()
		out = append(out, s)
	}
	return out
}

// isRefusal reports whether asking for less may help: the query was too long,
// read too many samples, or failed for one of its members. Too many requests
// are made worse by more.
func isRefusal(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	return e.Kind == Rejected || e.Kind == Limited && e.Status != http.StatusTooManyRequests
}

func concurrency(o AskOptions) int {
	if o.Concurrency <= 0 {
		return defaultConcurrency
	}
	return o.Concurrency
}

func queryBytes(o AskOptions, info Info) int {
	switch {
	case o.QueryBytes <= 0 && info.QueryBytes <= 0:
		return defaultQueryBytes
	case o.QueryBytes <= 0:
		return info.QueryBytes
	case info.QueryBytes <= 0:
		return o.QueryBytes
	default:
		return min(o.QueryBytes, info.QueryBytes)
	}
}
