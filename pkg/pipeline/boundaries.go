package pipeline

import (
	"cmp"
	"context"
	"strconv"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/slo"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/spec"
)

// ruleBoundary is the rule about thresholds that no bucket ends at.
const ruleBoundary = "slo/bucket-boundary"

// latency is a latency SLO whose rules read a bucket.
type latency struct {
	buckets slo.Buckets
	at      spec.Origin
	service string
}

// boundaries looks whether the buckets are there that the rules of some services read.
// Questions that differ only in the service are one. A question without an answer says
// nothing: the discovery of metrics, which asks the same server, tells of it.
func (r *run) boundaries(ctx context.Context, services []*spec.Service, which []int) []report.Finding {
	var all []latency
	var questions []source.Question
	for _, i := range which {
		for _, s := range services[i].SLOs {
			b, ok := slo.BucketsOf(services[i], s, r.o.ServiceLabel)
			if !ok {
				continue
			}
			q := b.Question(strconv.Itoa(len(all)))
			questions = append(questions, source.Question{ID: q.ID, Expr: q.Expr, Value: q.Value})
			all = append(all, latency{b, cmp.Or(s.Indicator.Threshold.At, s.At), services[i].Name.V})
		}
	}
	if len(questions) == 0 {
		return nil
	}
	replies := source.Ask(ctx, r.o.Generation.Source, questions, r.o.ServiceLabel, r.o.At, source.AskOptions{Concurrency: r.o.Concurrency})
	var found []report.Finding
	for i, l := range all {
		reply, asked := replies[strconv.Itoa(i)]
		if message, fix := l.buckets.Fault(answerOf(reply)); asked && message != "" {
			found = append(found, l.at.Finding(ruleBoundary, report.Error, l.service, message, fix))
		}
	}
	return report.Normalise(found)
}
