package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

// promqlRateOnGauge reports rate, irate and increase over what is a gauge by its
// declared type or by its name. Every drop of a gauge would count as a counter
// that began again at zero.
type promqlRateOnGauge struct{}

func (promqlRateOnGauge) Rule() Rule {
	return Rule{ID: "promql/rate-on-gauge", Severity: report.Warning, Title: "rate, irate or increase of a gauge"}
}

func (c promqlRateOnGauge) CheckExpr(e *Expr) []report.Finding {
	var out []report.Finding
	r := c.Rule()
	for _, s := range e.Selectors {
		if s.Range == 0 || s.Subquery || !slices.Contains([]string{"rate", "irate", "increase"}, s.Func) {
			continue
		}
		if !isGauge(e, s.Name) {
			continue
		}
		fix := fmt.Sprintf("use deriv(%s[...]) for the slope or delta(%s[...]) for the difference", s.Name, s.Name)
		out = append(out, e.Finding(r.ID, r.Severity, s.Start, s.End, s.Func+" is for counters; "+s.Name+" looks like a gauge", fix))
	}
	return out
}

// LooksLikeGauge reports whether a metric is taken for a gauge without asking anybody.
func LooksLikeGauge(e *Expr, name string) bool { return isGauge(e, name) }

// isGauge reports whether a metric is declared to be a gauge or, where nothing
// is declared, has a name that only gauges have.
func isGauge(e *Expr, name string) bool {
	if declared := declaredType(e, name); declared != "" {
		return declared == "gauge"
	}
	if strings.Contains(name, ":") {
		return false // the name of a recording rule says nothing about its type
	}
	return slices.Contains(gaugeNames(), name) || hasSuffix(name, gaugeSuffixes())
}

func hasSuffix(name string, suffixes []string) bool {
	return slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(name, s) })
}

// gaugeSuffixes are endings that no counter has. _bytes, _seconds and _count are
// left out: counters of older exporters end so.
func gaugeSuffixes() []string {
	return []string{
		"_ratio", "_percent", "_percentage", "_celsius", "_fahrenheit", "_info", "_timestamp", "_timestamp_seconds",
		"_free_bytes", "_available_bytes", "_avail_bytes", "_limit_bytes", "_usage_bytes", "_resident_memory_bytes",
		"_working_set_bytes", "_inflight", "_in_flight", "_in_progress", "_queue_length", "_queue_depth",
		"_connected_clients", "_open_fds", "_max_fds", "_utilization",
	}
}

func gaugeNames() []string {
	return []string{
		"up", "go_goroutines", "go_threads", "go_memstats_alloc_bytes", "go_memstats_heap_inuse_bytes",
		"node_load1", "node_load5", "node_load15", "node_memory_MemFree_bytes", "node_memory_MemAvailable_bytes",
	}
}
