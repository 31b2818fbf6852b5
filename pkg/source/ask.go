package source

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/prometheus/prometheus/model/labels"
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

// splitLimit is how many refused queries Ask splits. A few bad services and
// chunks that read too many samples need far fewer; a server that refuses
// everything gets half as many requests as there are questions, not twice.
func splitLimit(questions int) int { return 16 + questions/4 }

// Ask evaluates all questions at one time and returns the replies by ID. Equal
// expressions are asked once, and expressions that differ only in the value of
// the label are asked together where the answer can be split exactly. If a
// server refuses a shared query, or its answer cannot be told apart, the query
// is split in halves, as long as refusals are few; after that its questions get
// the server's error. An unreachable, overloaded or slow server is not asked
// again. An expression that is not valid PromQL is not sent: its reply has the
// error.
func Ask(ctx context.Context, src Source, questions []Question, label string, at time.Time, o AskOptions) map[string]Reply {
	info := src.Info()
	a := asker{src: src, at: at, options: o, splits: splitLimit(len(questions)), replies: make(map[string]Reply, len(questions))}
	if !info.TargetLabels {
		// The source ignores matchers on the label, and no series has it.
		label = ""
	}
	pending := promql.Merge(a.members(questions), label, queryBytes(o, info))
	for len(pending) > 0 {
		answers := a.round(ctx, pending)
		var again []promql.Merged
		for i, m := range pending {
			again = append(again, a.settle(m, answers[i])...)
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
	// splits is how many shared queries may still be split.
	splits  int
	replies map[string]Reply
}

type outcome struct {
	answer Answer
	err    error
}

// members parses the questions and answers those that cannot be asked.
func (a *asker) members(questions []Question) []promql.Member {
	members := make([]promql.Member, 0, len(questions))
	for _, q := range questions {
		reply := Reply{Query: q.Expr}
		expr, err := promql.Parse(q.Expr)
		if err != nil {
			reply.Err = &Error{Kind: Rejected, Message: "the expression is not valid PromQL: " + err.Error(), Err: err}
		} else {
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

// settle writes the replies to a query, or returns the queries to ask instead.
func (a *asker) settle(m promql.Merged, o outcome) []promql.Merged {
	byValue, separable := separate(m, o.answer.Series)
	if isRefusal(o.err) || o.err == nil && !separable {
		if halves := m.Split(); len(halves) > 0 && a.splits > 0 {
			a.splits--
			return halves
		}
	}
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
	return nil
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
