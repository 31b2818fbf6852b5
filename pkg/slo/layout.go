package slo

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
)

// layout is the bucket that an SLI counts by. If it is younger than the window,
// the requests of before it seem to be slow, or fast if they are fewer.
type layout struct {
	*histogram
	le *labels.Matcher
}

// layoutQuestions ask in how many steps of the window there are the bucket and
// the count.
func (m *Measurement) layoutQuestions() []Question {
	l := m.plan.layout
	if l == nil {
		return nil
	}
	return []Question{
		m.question("bucket", history([]promql.Selector{l.selector("_bucket", l.le)}, m.window)),
		m.question("count", history([]promql.Selector{l.selector("_count")}, m.window)),
	}
}

// doubtLayout finishes the measurement if the bucket was not there as long as the
// histogram was, and asks for the boundaries that there were.
func (m *Measurement) doubtLayout() []doubt {
	l := m.plan.layout
	if l == nil || m.plan.method == methodRecorded {
		return nil
	}
	have, want := m.answers["bucket"], m.answers["count"]
	if have.Err == nil && want.Err == nil && (one(want) == 0 || covers(one(have), one(want))) {
		return nil
	}
	const all, now = "all boundaries", "boundaries now"
	questions := []Question{
		m.question(all, fmt.Sprintf("count by (le) (present_over_time(%s[%s]))", l.selector("_bucket"), promql.Duration(m.window))),
		m.question(now, fmt.Sprintf("count by (le) (%s)", l.selector("_bucket"))),
	}
	return []doubt{{questions, func(answers map[string]Answer) ([]doubt, bool) {
		for _, a := range []Answer{have, want} {
			if a.Err != nil {
				m.finish(report.StateError, a.Err.Error())
				return nil, false
			}
		}
		m.finish(report.StateNotComputable, l.changed(answers[all], answers[now], promql.Duration(m.window)))
		return nil, false
	}}}
}

// changed is the sentence about boundaries that were others before.
func (l *layout) changed(all, now Answer, window string) string {
	is := values(now.Samples, labels.BucketLabel)
	gone := slices.DeleteFunc(values(all.Samples, labels.BucketLabel), func(le string) bool { return slices.Contains(is, le) })
	text := fmt.Sprintf("the bucket boundaries of %s changed in the last %s, so requests under %s cannot be counted over all of it: now there are le=%s",
		l.Base, window, l.threshold, strings.Join(is, ", "))
	if len(gone) > 0 {
		text += "; gone are le=" + strings.Join(gone, ", ")
	}
	return text + "; wait until the window holds one layout only, or keep a boundary at the threshold"
}
