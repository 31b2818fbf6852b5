package verify

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/presence"
)

// evidence is what the source said about a want.
type evidence struct {
	// live is set when the selector has series now.
	live bool
	// unsure says why absence is not known.
	unsure error
	// alive is set when the metric has series of the owner now, with any labels.
	alive bool
	// relaxed is set when the selector has series once failures are taken for
	// any outcome.
	relaxed bool
	// values are the values of the labels that the selector matches, with ""
	// for series without the label.
	values map[string][]string
	// labels are the label names of one series of the metric.
	labels []string
	// owners are the services that have the metric now.
	owners []string
	// unowned is set when series without the service label have it.
	unowned bool
	// ownedBy names the label, other than the service label, that holds the
	// owner's name on some series.
	ownedBy string
	// lastSeen is when the metric last had series of the owner.
	lastSeen time.Time
	recorded bool
	// near is the existing name that the author may have meant; nearOwned is
	// set when the owner has it.
	near      string
	nearOwned bool
}

// observe gathers the evidence. What one round answers is not asked again, so
// that nothing but the first is spent while everything exists.
func (r *run) observe(ctx context.Context) {
	r.exact(ctx)
	open := unanswered(r.wants)
	if len(open) == 0 {
		return
	}
	r.diagnose(ctx, open)
	silent := slices.DeleteFunc(unanswered(open), func(w *want) bool { return w.seen.alive })
	if len(silent) == 0 {
		return
	}
	r.history(ctx, silent)
	missing := slices.DeleteFunc(unanswered(silent), func(w *want) bool {
		return !w.seen.lastSeen.IsZero() || len(w.seen.owners) > 0 || w.seen.unowned
	})
	if len(missing) == 0 {
		return
	}
	r.recorded(ctx, missing)
	r.resemble(ctx, missing)
}

// unanswered returns the wants that are not live and of which that is known.
func unanswered(wants []*want) []*want {
	var out []*want
	for _, w := range wants {
		if !w.seen.live && w.seen.unsure == nil {
			out = append(out, w)
		}
	}
	return out
}

// exact asks for every selector as it is declared. The names of a histogram's
// series are asked for in a second round, because most names are no histogram's
// and would make the first four times as long.
func (r *run) exact(ctx context.Context) {
	r.askFor(ctx, r.wants, func(w *want) []presence.Pair { return w.pairs()[:1] })
	families := slices.DeleteFunc(unanswered(r.wants), func(w *want) bool { return len(w.names) < 2 })
	r.askFor(ctx, families, func(w *want) []presence.Pair { return w.pairs()[1:] })
}

func (r *run) askFor(ctx context.Context, wants []*want, pairs func(*want) []presence.Pair) {
	questions := make([]presence.Question, 0, len(wants))
	for _, w := range wants {
		questions = append(questions, presence.Question{
			Branch: presence.Branch{Matchers: askable(w.own), Pairs: pairs(w)},
			Take:   func(series []source.Series, doubt error) { w.seen.live, w.seen.unsure = len(series) > 0, doubt },
		})
	}
	r.asker.Put(ctx, questions)
}

// history asks when the metrics of silent wants were last seen.
func (r *run) history(ctx context.Context, silent []*want) {
	if !r.info.History {
		return
	}
	step := historyStep(r.o.History, len(silent))
	var questions []presence.Question
	var failure error
	for _, w := range silent {
		if len(w.names) == 0 {
			continue
		}
		questions = append(questions, presence.Question{Branch: presence.Branch{Pairs: w.pairs(), Over: step}, Take: func(series []source.Series, doubt error) {
			for _, s := range series {
				if n := len(s.Points); n > 0 && s.Points[n-1].At.After(w.seen.lastSeen) {
					w.seen.lastSeen = s.Points[n-1].At
				}
			}
			if w.seen.lastSeen.IsZero() && doubt != nil {
				failure = doubt
				w.seen.unsure = grave(doubt)
			}
		}})
	}
	// The last step has to fall on the evaluation time, or the newest samples
	// would be left out.
	over := source.Range{Start: r.o.At.Add(-r.o.History.Truncate(step)), End: r.o.At, Step: step}
	r.asker.PutWith(ctx, questions, func(ctx context.Context, query string) (source.Answer, error) {
		return r.src.QueryRange(ctx, query, over)
	})
	r.historyKnown = failure == nil
}

// historyStep returns the precision of the last sample's time: 15 minutes, more
// where many series or a long history would make the answer large.
func historyStep(history time.Duration, wants int) time.Duration {
	step := 15 * time.Minute
	if wants > 500 {
		step = time.Hour
	}
	const maxPoints = 2000
	if least := history / maxPoints; least > step {
		step = least.Round(time.Minute)
	}
	return step
}

// grave returns the error unless it only means that so long a history, or so
// many services, are more than the source can give: a metric that is absent now
// stays absent then.
func grave(err error) error {
	var e *source.Error
	if !errors.As(err, &e) {
		return nil
	}
	if e.Status == http.StatusTooManyRequests {
		return err
	}
	switch e.Kind {
	case source.Rejected, source.Unsupported, source.Limited, source.Timeout:
		return nil
	case source.Unreachable, source.Unauthorized, source.ServerFault, source.Malformed, source.Canceled:
		return err
	}
	return err
}

// recorded looks for loaded recording rules that make what is missing. A server
// whose rules cannot be read has none as far as a metric is concerned.
func (r *run) recorded(ctx context.Context, missing []*want) {
	names, err := r.src.Recorded(ctx)
	if err != nil {
		return
	}
	known := make(map[string]bool, len(names))
	for _, n := range names {
		known[n] = true
	}
	for _, w := range missing {
		w.seen.recorded = slices.ContainsFunc(w.names, func(n string) bool { return known[n] })
	}
}
