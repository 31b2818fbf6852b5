package online

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/presence"
	"github.com/nthlayer/action/pkg/transport"
)

const (
	// evaluatedBytes is how long a query of many expressions may be: each of them may
	// be heavy, so there are fewer in one than of names.
	evaluatedBytes = 40_000
	// patience is how many shared queries may run out of time before the source is
	// taken for too slow.
	patience = 8
)

// Evaluated is what became of one expression.
type Evaluated struct {
	// Series is how many series its result has.
	Series int
	// Over is what it took where that is above a limit, else nil.
	Over *source.Cost
	// Err says why the expression has no result, Untold why it is not known what it
	// took.
	Err, Untold error
}

// Evaluate counts the series of instant vectors and holds what they take to limits,
// by the text of the expression. Many are evaluated in one query: together they are
// never cheaper than each of them, so only a query above a limit is taken apart.
func (a *Asking) Evaluate(ctx context.Context, exprs []string, limits organisation.Cost) map[string]Evaluated {
	limits.Series = 0 // the caller compares the number
	m := &meter{source: a.source, at: a.At, limits: limits, over: map[string]*source.Cost{}}
	out := map[string]Evaluated{}
	a.each(ctx, exprs, func(expr string) string { return "count(" + expr + "\n)" }, m.query, func(expr, query string, found []source.Series, err error) {
		out[expr] = Evaluated{Series: int(most(found)), Over: m.over[query], Err: err, Untold: m.untold}
	})
	return out
}

// Refused reports whether a source understood a query and does not evaluate it, which
// it will not do the next time either. An answer that is too large to be read is none.
func Refused(err error) bool {
	var (
		e     *source.Error
		large *transport.TooLargeError
	)
	if !errors.As(err, &e) || errors.As(err, &large) {
		return false
	}
	return e.Kind == source.Rejected || e.Kind == source.Limited && e.Status != http.StatusTooManyRequests
}

// each asks a query for each text, many in one request. Each query has few series,
// and take is called once for each text that differs.
func (a *Asking) each(ctx context.Context, texts []string, queryOf func(string) string, do presence.Evaluate, take func(text, query string, found []source.Series, err error)) {
	asked := map[string]bool{}
	var questions []presence.Question
	for _, text := range texts {
		if asked[text] {
			continue
		}
		asked[text] = true
		query := queryOf(text)
		questions = append(questions, presence.Question{
			Branch: presence.Branch{Expr: query, Pairs: []presence.Pair{{}}},
			Take:   func(found []source.Series, doubt error) { take(text, query, found, doubt) },
		})
	}
	asker := a.Asker
	asker.Budget = min(asker.Budget, evaluatedBytes)
	asker.PutWith(ctx, questions, do)
}

// meter evaluates queries, shared ones among them.
type meter struct {
	source *watched
	at     time.Time
	limits organisation.Cost

	mu       sync.Mutex
	timeouts int
	// over is what queries took that are above a limit.
	over map[string]*source.Cost
	// untold says why it is not known what queries take.
	untold error
}

// costs is what a source has to offer for limits.
type costs interface {
	// QueryCost evaluates an instant query and says what it took; nil where the source
	// does not know.
	QueryCost(ctx context.Context, query string, at time.Time) (source.Answer, *source.Cost, error)
}

// errTogether is why a shared query is taken apart: what is refused is asked again in
// halves.
var errTogether = &source.Error{Kind: source.Limited, Message: "several expressions together are above a limit"}

func (m *meter) query(ctx context.Context, query string) (source.Answer, error) {
	answer, cost, err := m.evaluate(ctx, query)
	shared := strings.Contains(query, presence.Tag)
	switch {
	case err != nil && shared && m.mayBeQuicker(err):
		return answer, errTogether
	case err != nil || cost == nil || !above(*cost, m.limits):
		return answer, err
	case shared:
		return answer, errTogether
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.over[query] = cost
	return answer, nil
}

// evaluate asks what a query takes only where there is a limit.
func (m *meter) evaluate(ctx context.Context, query string) (source.Answer, *source.Cost, error) {
	if m.limits == (organisation.Cost{}) {
		answer, err := m.source.Query(ctx, query, m.at)
		return answer, nil, err
	}
	answer, cost, err := m.source.QueryCost(ctx, query, m.at)
	if err == nil && cost == nil {
		m.tellsNothing()
	}
	return answer, cost, err
}

func (m *meter) tellsNothing() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.limits != (organisation.Cost{}) {
		m.untold = errors.New("it does not tell how many samples a query reads and how long it takes")
	}
}

// mayBeQuicker reports whether fewer expressions may have an answer in time.
func (m *meter) mayBeQuicker(err error) bool {
	var e *source.Error
	if !errors.As(err, &e) || e.Kind != source.Timeout {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.timeouts++
	return m.timeouts <= patience
}

// above reports whether a query took more than a limit allows.
func above(c source.Cost, limits organisation.Cost) bool { return excess(c, limits) != "" }

// excess says by what a query is above a limit, empty for one that is not.
func excess(c source.Cost, limits organisation.Cost) string {
	switch {
	case limits.Samples > 0 && c.Samples > limits.Samples:
		return fmt.Sprintf("reads %d samples, more than the %d", c.Samples, limits.Samples)
	case limits.PeakSamples > 0 && c.PeakSamples > limits.PeakSamples:
		return fmt.Sprintf("holds %d samples in memory at once, more than the %d", c.PeakSamples, limits.PeakSamples)
	case limits.Duration > 0 && c.Duration > limits.Duration:
		return fmt.Sprintf("takes %s, more than the %s", c.Duration.Round(time.Millisecond), limits.Duration)
	}
	return ""
}
