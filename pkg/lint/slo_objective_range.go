package lint

import (
	"fmt"
	"math/big"
	"time"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// sloObjectiveRange reports objectives that leave so little error budget that one
// bad deploy uses it up. What is no percentage at all is found when the file is
// read.
type sloObjectiveRange struct{}

func (sloObjectiveRange) Rule() Rule {
	return Rule{ID: "slo/objective-range", Severity: report.Error, Title: "The objective leaves no error budget, or hardly any"}
}

func (c sloObjectiveRange) CheckService(s *spec.Service) []report.Finding {
	highest := big.NewRat(9999, 10000)
	var out []report.Finding
	for _, slo := range s.SLOs {
		o := slo.Objective
		if !o.V.Given() || o.V.Target().Cmp(highest) <= 0 {
			continue
		}
		message := fmt.Sprintf("the objective of %s is %s %%, which few systems reach%s", slo.Name.V, o.V.Text, budgetText(slo))
		out = append(out, o.At.Finding(c.Rule().ID, report.Warning, s.Name.V, message, "promise 99.99 or less, unless you know that the service holds more"))
	}
	return out
}

// budgetText says how long the service may be down in a rolling window.
func budgetText(slo spec.SLO) string {
	if slo.Window.V.Duration == 0 {
		return ""
	}
	share, _ := slo.Objective.V.Budget().Float64()
	down := time.Duration(share * float64(slo.Window.V.Duration))
	return fmt.Sprintf(": it allows %s of failure in %s", down.Round(time.Second/10), slo.Window.V.Text)
}
