package entrypoint

import (
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/host/github"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// reportOutputs returns the outputs that the report gives, with the files that
// were written. What is only known after publishing follows at the end of the
// delivery.
func reportOutputs(rep *report.Report, d Delivery) []github.Output {
	return []github.Output{
		{Name: "verdict", Value: string(rep.Verdict)},
		{Name: "exit-code", Value: strconv.Itoa(d.ExitCode)},
		{Name: "errors", Value: strconv.Itoa(rep.Summary.Errors)},
		{Name: "warnings", Value: strconv.Itoa(rep.Summary.Warnings)},
		{Name: "blocked-services", Value: strings.Join(blocked(rep), ",")},
		{Name: "missing-metrics", Value: strconv.Itoa(missingMetrics(rep))},
		{Name: "budget-remaining", Value: decimal(lowestBudget(rep))},
		{Name: "score", Value: decimal(score(rep))},
		{Name: "report", Value: d.file(SurfaceReport)},
		{Name: "sarif-file", Value: d.file(SurfaceSARIF)},
	}
}

// deliveryOutputs returns the outputs that are known at the end of the delivery.
func deliveryOutputs(d Delivery) []github.Output {
	var names []string
	for _, i := range d.Undelivered() {
		names = append(names, string(i.Surface))
	}
	return []github.Output{
		{Name: "comment-url", Value: d.CommentURL},
		{Name: "undelivered", Value: strings.Join(names, ",")},
	}
}

// blocked returns the names of blocked services. A comma or line break inside a
// name would make two names of it.
func blocked(rep *report.Report) []string {
	var out []string
	for _, s := range rep.Services {
		if s.Gate != nil && s.Gate.Decision == report.Blocked {
			out = append(out, strings.NewReplacer(",", "_", "\n", "_", "\r", "_").Replace(s.Name))
		}
	}
	return out
}

func missingMetrics(rep *report.Report) int {
	n := 0
	for _, s := range rep.Services {
		for _, m := range s.Metrics {
			if m.Required && absent(m.State) {
				n++
			}
		}
	}
	return n
}

// absent reports whether a metric is known not to be there for the service.
func absent(state report.MetricState) bool {
	switch state {
	case report.MetricMissing, report.MetricOtherService, report.MetricWrongLabels, report.MetricStale:
		return true
	case report.MetricOK, report.MetricNoErrorsYet, report.MetricRecorded, report.MetricError:
	}
	return false
}

func lowestBudget(rep *report.Report) report.Number {
	var lowest report.Number
	for _, s := range rep.Services {
		for _, o := range s.SLOs {
			if n := o.Budget.RemainingPercent; n != nil && (lowest == nil || *n < *lowest) {
				lowest = n
			}
		}
	}
	return lowest
}

func score(rep *report.Report) report.Number {
	if rep.Portfolio == nil {
		return nil
	}
	return rep.Portfolio.Score
}

func decimal(n report.Number) string {
	if n == nil {
		return ""
	}
	return strconv.FormatFloat(*n, 'f', -1, 64)
}

// writeInside writes a file in the workspace. A link that leads out of it or below .git
// is refused, and a link in place of the file itself is replaced, not followed.
func writeInside(workspace, name string, data []byte) error {
	ws, err := spec.OpenWorkspace(workspace)
	if err != nil {
		return err
	}
	defer ws.Close()
	return ws.Write(name, data)
}
