// Package ruletests generates unit tests for the recording rules and the alerts of
// SLOs, in the format of promtool: what is recorded, and which alerts fire, when all
// goes well, when the budget burns, and when there is nothing to measure.
package ruletests

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/record"
	"github.com/nthlayer/action/pkg/generate/rules"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// File is the name of the file with the tests. It names the files of the rules as
// they lie beside it.
const File = "rule-tests.yaml"

// The times of a test. Rules are evaluated every 5 minutes, which keeps promtool
// quick; a range of 5 minutes then still holds five samples.
const (
	evaluation = 5 * time.Minute
	interval   = time.Minute
	early      = 30 * time.Minute
	late       = 4 * time.Hour
)

// Tests generates the unit tests of a service's SLO rules.
type Tests struct{}

// Kind is rule-tests.
func (Tests) Kind() generate.Kind { return generate.RuleTests }

// Generate returns one file with the tests of all SLOs that are recorded. An SLO
// whose metrics cannot be imitated has a finding, and no tests.
func (Tests) Generate(job generate.Job) generate.Result {
	var out generate.Result
	plans := record.Plans(job)
	if len(plans) == 0 {
		return out
	}
	f := file{RuleFiles: []string{job.Beside(record.File)}, Interval: rules.Duration(evaluation)}
	header := rules.Header(job.Service)
	var origins []spec.Origin
	for _, p := range plans {
		f.Order = append(f.Order, p.Group)
		made, notes := tests(job, p)
		if len(made) == 0 {
			out.Findings = append(out.Findings, notTested(job, p, notes[0]))
		}
		for _, n := range notes {
			header = append(header, p.SLO.Name.V+": "+n)
		}
		for range made {
			origins = append(origins, p.SLO.At)
		}
		f.Tests = append(f.Tests, made...)
	}
	if slices.ContainsFunc(plans, record.Plan.Alerting) { // or there is no such file
		f.RuleFiles, f.Order = append(f.RuleFiles, job.Beside(record.BurnFile)), append(f.Order, record.BurnGroup(job))
	}
	data, trace, err := write(header, f, origins)
	if err != nil {
		out.Findings = append(out.Findings, report.Finding{Rule: "generate/expression", Severity: report.Error, Message: File + " could not be written: " + err.Error()})
		return out
	}
	out.Artefacts = append(out.Artefacts, generate.Artefact{Kind: generate.RuleTests, Path: File, Bytes: data, Count: len(f.Tests), Unit: "tests", Trace: trace})
	return out
}

func notTested(job generate.Job, p record.Plan, why string) report.Finding {
	return p.SLO.At.Finding("slo/not-tested", report.Info, job.Service.Name.V,
		fmt.Sprintf("no unit tests are generated for the rules of the SLO %s: %s", p.SLO.Name.V, why),
		"write tests of your own in a file beside the rules, and run them with nthlayer test")
}

// tests returns the tests of an SLO, and notes on what is not tested.
func tests(job generate.Job, p record.Plan) (out []test, notes []string) {
	s, why := synthesise(p.Recording)
	if why != "" {
		return nil, []string{why}
	}
	var missing []string
	a := asks(job, p)
	for _, sc := range scenarios(job, p) {
		made, ok := s.series(sc)
		if !ok {
			missing = append(missing, sc.name)
			continue
		}
		out = append(out, test{Name: p.SLO.Name.V + ": " + sc.name, Interval: rules.Duration(interval), Series: made, Queries: expectations(p, a, sc, s.counts())})
	}
	if len(missing) > 0 {
		notes = append(notes, "not tested: "+strings.Join(missing, ", ")+". "+s.without())
	}
	return out, notes
}
