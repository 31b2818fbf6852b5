// Package ruletests generates unit tests for the recording rules and the alerts of
// SLOs, in the format of promtool. What is expected follows from the objective, the
// window and the metrics of an SLO.
//
// The tests are in two layers, so that a window of 30 days does not take a month of
// evaluations. Tests of the first layer have the metrics themselves, and ask what is
// recorded of them. Those of the second have recorded series, and ask which alerts
// fire.
package ruletests

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/memo"
	"github.com/nthlayer/action/pkg/generate/record"
	"github.com/nthlayer/action/pkg/generate/rules"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// The names of the files with the tests: File has those in which rules are evaluated
// every 5 minutes, DaysFile those in which they are once a day. A file has one interval
// for all of its tests. Both name the files of the rules as they lie beside them.
const (
	File     = "rule-tests.yaml"
	DaysFile = "rule-tests-days.yaml"
)

// Tests generates the unit tests of a service's SLO rules.
type Tests struct{}

// Kind is rule-tests.
func (Tests) Kind() generate.Kind { return generate.RuleTests }

// Generate returns the files with the tests of all SLOs that are recorded. An SLO
// whose metrics cannot be imitated has a finding, and only tests of what follows from
// the series that its query is recorded as.
func (Tests) Generate(job generate.Job) generate.Result {
	var out generate.Result
	all := subjects(job, &out)
	if len(all) == 0 {
		return out
	}
	from := placesOf(job, all)
	add := func(name string, every time.Duration, tests []test) {
		f := file{RuleFiles: []string{job.Beside(record.File)}, Interval: rules.Duration(every), Tests: tests}
		for _, s := range all {
			f.Order = append(f.Order, s.Group)
		}
		if slices.ContainsFunc(all, func(s subject) bool { return s.Alerting() }) { // or there is no such file
			f.RuleFiles, f.Order = append(f.RuleFiles, job.Beside(record.BurnFile)), append(f.Order, record.BurnGroup(job))
		}
		data, trace, err := write(rules.Header(job.Service), f, from)
		if err != nil {
			out.Findings = append(out.Findings, report.Finding{Rule: "generate/expression", Severity: report.Error, Message: name + " could not be written: " + err.Error()})
			return
		}
		out.Artefacts = append(out.Artefacts, generate.Artefact{Kind: generate.RuleTests, Path: name, Bytes: data, Count: len(tests), Unit: "tests", Trace: trace})
	}
	add(File, often, []test{waiting(job, all)})
	add(DaysFile, day, slices.Concat(measured(job, all), edges(job, all), budgets(job, all)))
	return out
}

// placesOf are those of the SLOs. What they have in common is of the service, or of
// the only one that there is.
func placesOf(job generate.Job, all []subject) places {
	out := places{slos: map[string]spec.Origin{}, shared: job.Service.At}
	for _, s := range all {
		out.slos[s.name()] = s.SLO.At
	}
	if len(all) == 1 {
		out.shared = all[0].SLO.At
	}
	return out
}

// subjects are the SLOs of a job that are recorded.
func subjects(job generate.Job, out *generate.Result) []subject {
	var all []subject
	for _, p := range record.Plans(job) {
		s := subject{Plan: p, profile: newProfile(p), alike: newLikeness(p), recorded: notation(labels.FromMap(p.RecordedLabels()))}
		metrics, why := synthesise(p.Recording)
		s.metrics = metrics
		if why != "" {
			s.left = invents(p)
			out.Findings = append(out.Findings, notTested(job, p, why))
		}
		all = append(all, s)
	}
	return all
}

// invents reports whether the query of an SLO may have a value where no metric is.
func invents(p record.Plan) bool {
	text := p.Recording.ErrorRatio(fiveMinutes)
	return strings.Contains(text, "vector(") || strings.Contains(text, "absent") || strings.Contains(text, "time()")
}

func notTested(job generate.Job, p record.Plan, why string) report.Finding {
	return p.SLO.At.Finding("slo/not-tested", report.Info, job.Service.Name.V,
		fmt.Sprintf("no unit tests are generated for how the SLO %s is measured: %s", p.SLO.Name.V, why),
		"write tests of your own in a file beside the rules, and run them with nthlayer test")
}

// scriptOf asks for a script of SLOs with a profile.
type scriptOf struct {
	kind string
	of   likeness
}

// scripted works out a script once for all SLOs that have the same.
func scripted(job generate.Job, s subject, kind string, work func(profile) (script, bool)) (script, bool) {
	type answer struct {
		script script
		ok     bool
	}
	a := memo.Of(job.Memo, scriptOf{kind, s.alike}, func() answer {
		one, ok := work(s.profile)
		return answer{one, ok}
	})
	return a.script, a.ok
}

// play gives SLOs their part in a test.
func play(job generate.Job, all []subject, kind string, work func(profile) (script, bool), wanted func(subject) bool) cast {
	out := cast{}
	for _, s := range all {
		if s.left || !wanted(s) {
			continue
		}
		if one, ok := scripted(job, s, kind, work); ok {
			out[s.name()] = one
		}
	}
	return out
}

// waiting is the test of how long alerts wait.
func waiting(job generate.Job, all []subject) test {
	c := play(job, all, "waiting", waitScript, func(subject) bool { return true })
	t := stage("alerts wait, then fire with their labels and texts, and end with what they tell of", all, c, often)
	if !slices.ContainsFunc(all, func(s subject) bool { return s.left }) {
		t.Alerts = wholeAlerts(all, c, often)
	}
	t.Queries = whoFires(all, c, often, []int{one - 1, one, twice, twice + 1, recovers - 1, recovers})
	return t
}

// edges are the tests of alerts that are close to firing.
func edges(job generate.Job, all []subject) []test {
	var out []test
	for _, kind := range []struct {
		name   string
		counts bool
		script func(profile) (script, bool)
		step   time.Duration
	}{
		{"alerts look at both windows, the limit and the number of events", true, burnScript, day},
		{"alerts look at both windows of hours and the limit", false, hoursScript, fiveMinutes},
		{"alerts look at both windows of days and the limit", false, daysScript, 3 * fiveMinutes},
	} {
		c := play(job, all, kind.name, kind.script, func(s subject) bool { return s.profile.counts == kind.counts && len(s.Alerts) > 0 })
		for _, one := range c.byLength() {
			t := stage(kind.name, all, one, kind.step)
			var evaluations []int
			for k := 2; k < one.length(); k += 2 {
				evaluations = append(evaluations, k)
			}
			t.Queries = whoFires(all, one, day, evaluations)
			out = append(out, t)
		}
	}
	return out
}

// budgets are the tests of what remains of the budget, one for each period.
func budgets(job generate.Job, all []subject) []test {
	var out []test
	var seen []time.Duration
	for _, first := range all {
		if slices.Contains(seen, first.Period) {
			continue
		}
		seen = append(seen, first.Period)
		c := play(job, all, "budget", budgetScript, func(s subject) bool { return s.Period == first.Period })
		if len(c) == 0 {
			continue
		}
		t := stage("the budget of "+rules.Duration(first.Period)+" is used up", all, c, fiveMinutes)
		full := first.profile.days() + 1
		t.Interval = rules.Duration(first.profile.pace())
		t.Queries = whoFires(all, c, day, []int{1, full, full + 2, full + 4, full + 6, full + 7, full + 8, full + 9})
		var about []subject
		for _, s := range all {
			if one, ok := c[s.name()]; ok {
				s.now, s.when = one.moments[full], standing{test: "budget"}
				about = append(about, s)
			}
		}
		t.Queries = append(t.Queries, figuresAt(job.Memo, about, time.Duration(full)*day)...)
		out = append(out, t)
	}
	return out
}

// momentOf asks for what is recorded of an SLO at a moment.
type momentOf struct {
	of   likeness
	when standing
}

// measured are the tests of what is recorded of the metrics. SLOs that count the same
// metrics are in different tests, as the series of one would count for the other.
func measured(job generate.Job, all []subject) []test {
	var out []test
	together := batches(all)
	for _, c := range courses(job.Memo) {
		for _, batch := range together {
			t := test{Name: c.name, Interval: rules.Duration(time.Minute)}
			var about []subject
			for _, s := range batch {
				made := s.metrics.series(c)
				if len(made) == 0 {
					continue
				}
				t.Series = append(t.Series, made...)
				s.when = standing{c.name, s.metrics.manner()}
				s.now = memo.Of(job.Memo, momentOf{s.alike, s.when}, func() moment { return s.profile.measuredBy(s.metrics, c) })
				about = append(about, s)
			}
			if len(about) == 0 {
				continue
			}
			at := time.Duration(c.minutes()) * time.Minute
			if len(c.stretches) > 2 {
				t.Queries = append(figuresAt(job.Memo, about, at), labelsQuery(all, at))
			} else {
				good, bad := c.between(0, c.minutes())
				t.Queries = plainCourse(about, at, bad/max(good+bad, 1), good+bad > 0)
			}
			out = append(out, t)
		}
	}
	return out
}

// batches are the SLOs whose metrics can be imitated, so that no series of one counts
// for another.
func batches(all []subject) [][]subject {
	var out [][]subject
	for _, s := range all {
		if s.metrics == nil {
			continue
		}
		i := slices.IndexFunc(out, func(batch []subject) bool {
			return !slices.ContainsFunc(batch, func(other subject) bool { return meddles(s, other) || meddles(other, s) })
		})
		if i < 0 {
			i, out = len(out), append(out, nil)
		}
		out[i] = append(out[i], s)
	}
	return out
}

// meddles reports whether a series of one SLO counts for another.
func meddles(one, other subject) bool {
	return slices.ContainsFunc(one.metrics.metrics(), func(lset labels.Labels) bool { return other.metrics.reads(lset) })
}
