package source

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nthlayer/action/pkg/promql"
)

// Question is one expression to evaluate.
type Question struct {
	// ID names the question among those asked together.
	ID   string
	Expr string
	// Value is the value of the service label that the expression asks for. A
	// question without one is never asked together with others.
	Value string
}

// Reply is the answer to one Question.
type Reply struct {
	// Series are exactly the series that the expression alone gives.
	Series []Series
	// Warnings are the server's. With warnings, absent series are unknown.
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
	// QueryBytes is how long a shared query may be. If it is not positive the
	// source's own limit counts.
	QueryBytes int
}

const defaultConcurrency = 8

// Ask evaluates all questions at one time and returns the replies by ID.
func Ask(ctx context.Context, src Source, questions []Question, label string, at time.Time, o AskOptions) map[string]Reply {
	_ = label
	replies := make([]Reply, len(questions))
	group := new(errgroup.Group)
	group.SetLimit(concurrency(o))
	for i, q := range questions {
		group.Go(func() error {
			replies[i] = askOne(ctx, src, q, at)
			return nil
		})
	}
	_ = group.Wait()
	byID := make(map[string]Reply, len(questions))
	for i, q := range questions {
		byID[q.ID] = replies[i]
	}
	return byID
}

func askOne(ctx context.Context, src Source, q Question, at time.Time) Reply {
	reply := Reply{Query: q.Expr}
	if _, err := promql.Parse(q.Expr); err != nil {
		reply.Err = &Error{Kind: Rejected, Message: "the expression is not valid PromQL: " + err.Error(), Err: err}
		return reply
	}
	answer, err := src.Query(ctx, q.Expr, at)
	reply.Asked = q.Expr
	reply.Series, reply.Warnings, reply.Histograms, reply.Err = answer.Series, answer.Warnings, answer.Histograms, err
	return reply
}

func concurrency(o AskOptions) int {
	if o.Concurrency <= 0 {
		return defaultConcurrency
	}
	return o.Concurrency
}
