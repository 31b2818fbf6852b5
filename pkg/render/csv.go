package render

import (
	"encoding/csv"
	"io"
	"strconv"

	"github.com/nthlayer/action/pkg/report"
)

// csvHeader is the same for every report of a command that measures SLOs,
// whatever it holds.
func csvHeader() []string {
	return []string{
		"service", "tier", "team", "type", "slo", "objective", "window", "status", "state", "sli",
		"budget_consumed_percent", "budget_remaining_percent", "burn_rate_1h", "gate",
	}
}

// writeCSV writes the findings for commands that measure nothing, else the SLOs.
func writeCSV(w io.Writer, rep *report.Report, opts Options) error {
	rows := csvSLOs(rep)
	if rep.Command == "validate" || rep.Command == "lint" {
		rows = csvFindings(rep, opts)
	}
	return csv.NewWriter(w).WriteAll(rows)
}

// csvFindings returns one row for every finding. A line or a column that is not
// known is an empty cell.
func csvFindings(rep *report.Report, opts Options) [][]string {
	rows := [][]string{{"rule", "severity", "service", "file", "line", "column", "message", "suggestion"}}
	for _, f := range rep.Findings {
		rows = append(rows, []string{
			CSVCell(f.Rule), string(f.Severity), CSVCell(f.Service), CSVCell(relativeOrNone(f.File, opts.Root)),
			csvPlace(f.Line), csvPlace(f.Column), CSVCell(f.Message), CSVCell(f.Suggestion),
		})
	}
	return rows
}

func csvPlace(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// csvSLOs returns one row for every SLO, and one for a service that has none.
func csvSLOs(rep *report.Report) [][]string {
	rows := [][]string{csvHeader()}
	for _, s := range rep.Services {
		if len(s.SLOs) == 0 {
			rows = append(rows, csvRow(s, report.SLO{}))
		}
		for _, o := range s.SLOs {
			rows = append(rows, csvRow(s, o))
		}
	}
	return rows
}

// csvRow leaves the cells of an SLO empty for the zero SLO.
func csvRow(s report.Service, o report.SLO) []string {
	decision := ""
	if s.Gate != nil {
		decision = string(s.Gate.Decision)
	}
	return []string{
		CSVCell(s.Name), CSVCell(s.Tier), CSVCell(s.Team), CSVCell(s.Type),
		CSVCell(o.Name), csvNumber(o.Objective), CSVCell(o.Window), string(o.Status), string(o.State), csvNumber(o.SLI),
		csvNumber(o.Budget.ConsumedPercent), csvNumber(o.Budget.RemainingPercent), csvNumber(o.BurnRate.Hour1), decision,
	}
}

// csvNumber writes every digit; a number that is not known is an empty cell.
func csvNumber(n report.Number) string {
	if n == nil {
		return ""
	}
	return strconv.FormatFloat(*n, 'f', -1, 64)
}
