package lint

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// sloDuplicate reports SLOs of one service that have the same name, or measure
// the same over the same window.
type sloDuplicate struct{}

func (sloDuplicate) Rule() Rule {
	return Rule{ID: "slo/duplicate", Severity: report.Warning, Title: "Two SLOs have the same name or measure the same"}
}

func (c sloDuplicate) CheckService(s *spec.Service) []report.Finding {
	r := c.Rule()
	names, measured := map[string]bool{}, map[string]string{}
	var out []report.Finding
	for _, slo := range s.SLOs {
		if names[slo.Name.V] {
			out = append(out, slo.At.Finding(r.ID, report.Error, s.Name.V, "the service has two SLOs named "+slo.Name.V, "rename one of the two"))
			continue
		}
		names[slo.Name.V] = true
		key := measure(slo)
		if key == "" {
			continue
		}
		if other, ok := measured[key]; ok {
			out = append(out, slo.At.Finding(r.ID, r.Severity, s.Name.V,
				fmt.Sprintf("the SLOs %s and %s measure the same over the same window", other, slo.Name.V), "remove one of the two, or give them different queries or windows"))
			continue
		}
		measured[key] = slo.Name.V
	}
	return out
}

// measure is equal for SLOs that measure the same; empty for one without query.
func measure(slo spec.SLO) string {
	i := slo.Indicator
	parts := []string{string(i.Kind), slo.Window.V.Text, i.Op.V, strconv.FormatFloat(i.Threshold.V, 'g', -1, 64)}
	exprs := i.Expressions()
	if len(exprs) == 0 {
		return ""
	}
	for _, e := range exprs {
		parts = append(parts, e.Field, strings.Join(strings.Fields(e.Text.V), " "))
	}
	return strings.Join(parts, "\x00")
}
