package ruletests

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/generate/record"
	"github.com/nthlayer/action/pkg/generate/rules"
	"github.com/nthlayer/action/pkg/slo"
)

// subject is an SLO in the tests of its service.
type subject struct {
	record.Plan
	profile profile
	// alike tells SLOs with equal profiles, recorded are the labels of what is recorded.
	alike    likeness
	recorded string
	// metrics is nil for an SLO whose metrics cannot be imitated.
	metrics imitation
	// left says that nobody knows what is recorded when the metrics are absent, so
	// that no test looks at the alerts.
	left bool
	// now is what is recorded of it at the moment that a query is about, and when tells
	// the moment from others.
	now  moment
	when standing
}

// standing is a moment of a test, by the name of the test. SLOs that are alike, and of
// which the test has metrics of the same manner, have the same recorded then.
type standing struct {
	test string
	manner
}

func (s subject) name() string { return s.SLO.Name.V }

// firingQuery asks which alerts of which SLOs fire.
func firingQuery(all []subject) string {
	var b strings.Builder
	b.WriteString(`count by (alertname, slo) (ALERTS{alertstate="firing"`)
	for _, m := range all[0].Matchers() {
		if m.Name != slo.SLOLabel {
			b.WriteString("," + m.Name + "=" + strconv.Quote(rules.Plain(m.Value)))
		}
	}
	for _, one := range all {
		if one.left {
			b.WriteString("," + slo.SLOLabel + "!=" + strconv.Quote(rules.Plain(one.name())))
		}
	}
	b.WriteString("})")
	return b.String()
}

// cast are the SLOs that have a part in a test. The others are not measured.
type cast map[string]script

// fires returns the alerts that fire for an SLO at an evaluation.
func (c cast) fires(s subject, k int, every time.Duration) []firing {
	if one, ok := c[s.name()]; ok {
		return one.firing[min(k, len(one.firing)-1)]
	}
	if s.profile.has[record.AbsentAlert] && time.Duration(k)*every >= record.AbsentWait {
		return []firing{{record.AbsentAlert, 1}}
	}
	return nil
}

// length is how many evaluations the longest part has.
func (c cast) length() int {
	n := 0
	for _, s := range c {
		n = max(n, len(s.firing))
	}
	return n
}

// byLength takes those together whose parts end at the same time, the longest last.
func (c cast) byLength() []cast {
	byLength := map[int]cast{}
	for name, s := range c {
		n := len(s.firing)
		if byLength[n] == nil {
			byLength[n] = cast{}
		}
		byLength[n][name] = s
	}
	var out []cast
	for _, n := range slices.Sorted(maps.Keys(byLength)) {
		out = append(out, byLength[n])
	}
	return out
}

// stage is a test whose series are recorded ones.
func stage(name string, all []subject, c cast, step time.Duration) test {
	out := test{Name: name, Interval: rules.Duration(step)}
	for _, s := range all {
		leaves := c[s.name()].leaves
		if len(leaves) == 0 {
			continue
		}
		for _, l := range leaves {
			out.Series = append(out.Series, series{Series: l.name + s.recorded, Values: l.values, slo: s.name()})
		}
	}
	return out
}

// whoFires asks which alerts fire at some evaluations.
func whoFires(all []subject, c cast, every time.Duration, evaluations []int) []query {
	expr := firingQuery(all)
	rest := make([]string, len(all))
	for i, s := range all {
		rest[i] = `", ` + ofSLO(rules.Plain(s.name())) + "}"
	}
	out := make([]query, 0, len(evaluations))
	for _, k := range evaluations {
		q := query{Expr: expr, At: rules.Duration(time.Duration(k) * every)}
		for i, s := range all {
			if s.left {
				continue
			}
			for _, f := range c.fires(s, k, every) {
				q.Samples = append(q.Samples, sample{Labels: `{alertname="` + f.alert + rest[i], Value: 1, slo: s.name()})
			}
		}
		out = append(out, q)
	}
	return out
}

// percentage is the one piece of a template that our alerts have.
const percentage = "{{ $value | humanizePercentage }}"

// wholeAlerts ask for the alerts of each name with all labels and annotations, when
// they begin to fire and just before.
func wholeAlerts(all []subject, c cast, every time.Duration) []expectation {
	byName := map[string]map[string]rules.Rule{}
	for _, s := range all {
		byName[s.name()] = map[string]rules.Rule{}
		for _, r := range s.Rules() {
			byName[s.name()][r.Alert] = r
		}
	}
	var out []expectation
	for _, at := range beginnings(all, c, every) {
		before := expectation{At: rules.Duration(time.Duration(at.k-1) * every), Name: at.alert}
		now := expectation{At: rules.Duration(time.Duration(at.k) * every), Name: at.alert}
		for _, s := range all {
			before.Alerts = append(before.Alerts, whole(c.fires(s, at.k-1, every), at.alert, byName[s.name()])...)
			now.Alerts = append(now.Alerts, whole(c.fires(s, at.k, every), at.alert, byName[s.name()])...)
		}
		out = append(out, before, now)
	}
	return out
}

// whole returns the alert of a name as it is sent, if it fires.
func whole(fires []firing, name string, byName map[string]rules.Rule) []alert {
	i := slices.IndexFunc(fires, func(f firing) bool { return f.alert == name })
	if i < 0 {
		return nil
	}
	r := byName[name]
	annotations := maps.Clone(r.Annotations)
	for key, text := range annotations {
		annotations[key] = strings.ReplaceAll(text, percentage, fmt.Sprintf("%.4g%%", fires[i].value*100))
	}
	return []alert{{r.Labels, annotations}}
}

// beginning is the evaluation at which an alert fires that did not before.
type beginning struct {
	k     int
	alert string
}

// beginnings are those of all SLOs, each once.
func beginnings(all []subject, c cast, every time.Duration) []beginning {
	seen := map[beginning]bool{}
	for _, s := range all {
		last := c.fires(s, 0, every)
		for k := 1; k <= ends; k++ {
			now := c.fires(s, k, every)
			for _, f := range now {
				if !slices.ContainsFunc(last, func(before firing) bool { return before.alert == f.alert }) {
					seen[beginning{k, f.alert}] = true
				}
			}
			last = now
		}
	}
	return slices.SortedFunc(maps.Keys(seen), func(a, b beginning) int {
		return cmp.Or(cmp.Compare(a.k, b.k), cmp.Compare(a.alert, b.alert))
	})
}
