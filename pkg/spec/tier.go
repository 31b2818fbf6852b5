package spec

import (
	"slices"
	"strings"
)

// Tier is how critical a service is. The zero value is no tier.
type Tier string

// The tiers, most critical first.
const (
	TierCritical Tier = "critical"
	TierHigh     Tier = "high"
	TierStandard Tier = "standard"
	TierLow      Tier = "low"
)

// TierFacts is everything that depends on a tier. Percentages are of the error
// budget remaining.
type TierFacts struct {
	Tier    Tier
	Aliases []string
	// Availability is the suggested availability objective in percent.
	Availability string
	// LatencyP99Milliseconds is the suggested 99th percentile.
	LatencyP99Milliseconds int
	// Weight is the tier's weight in the portfolio score.
	Weight float64
	// Gates are the default thresholds by environment; "" is an unknown or
	// unnamed environment, which is treated as prod.
	Gates map[string]GateDefaults
}

// GateDefaults are thresholds in percent of budget remaining; nil is off.
type GateDefaults struct{ Warning, Blocking *float64 }

// Tiers returns the one table of tiers, most critical first.
func Tiers() []TierFacts {
	gates := func(dev, staging, prod GateDefaults) map[string]GateDefaults {
		return map[string]GateDefaults{"dev": dev, "staging": staging, "prod": prod, "": prod}
	}
	return []TierFacts{
		{
			Tier: TierCritical, Aliases: []string{"1", "tier-1", "tier1", "t1"},
			Availability: "99.95", LatencyP99Milliseconds: 200, Weight: 3,
			Gates: gates(limits(10), limits(20, 5), limits(20, 10)),
		},
		{
			Tier: TierHigh, Availability: "99.9", LatencyP99Milliseconds: 300, Weight: 2.5,
			Gates: gates(limits(), limits(15), limits(20, 5)),
		},
		{
			Tier: TierStandard, Aliases: []string{"medium", "2", "tier-2", "tier2", "t2"},
			Availability: "99.9", LatencyP99Milliseconds: 500, Weight: 2,
			Gates: gates(limits(), limits(10), limits(20)),
		},
		{
			Tier: TierLow, Aliases: []string{"3", "tier-3", "tier3", "t3"},
			Availability: "99.5", LatencyP99Milliseconds: 1000, Weight: 1,
			Gates: gates(limits(), limits(), limits(30)),
		},
	}
}

// limits returns thresholds from a warning and a blocking percentage, in this
// order; those left out are off.
func limits(percent ...float64) GateDefaults {
	var d GateDefaults
	if len(percent) > 0 {
		d.Warning = &percent[0]
	}
	if len(percent) > 1 {
		d.Blocking = &percent[1]
	}
	return d
}

// ParseTier returns the tier that a spelling means: a name or an alias in any
// case, as Critical, tier-1, T1 or 1.
func ParseTier(text string) (Tier, bool) {
	for _, f := range Tiers() {
		if means(text, string(f.Tier), f.Aliases) {
			return f.Tier, true
		}
	}
	return "", false
}

// means reports whether a text is a name or one of its aliases, in any case.
func means(text, name string, aliases []string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	return text == name || slices.Contains(aliases, text)
}

// Facts returns the row of the tier table. A tier that is not in the table gets
// the facts of critical, the strictest.
func (t Tier) Facts() TierFacts {
	table := Tiers()
	for _, f := range table {
		if f.Tier == t {
			return f
		}
	}
	return table[0]
}

// Gate returns the default thresholds of an environment, and whether the table has
// the environment; one that it does not have is treated as prod.
func (f TierFacts) Gate(environment string) (GateDefaults, bool) {
	if d, ok := f.Gates[environment]; ok {
		return d, true
	}
	return f.Gates[""], false
}

// Rank is the place of the tier in the table, 0 for critical; unknown tiers come
// last.
func (t Tier) Rank() int {
	table := Tiers()
	for i, f := range table {
		if f.Tier == t {
			return i
		}
	}
	return len(table)
}

// Type is what kind of workload a service is. The zero value is no type.
type Type string

// The service types.
const (
	TypeAPI      Type = "api"
	TypeGRPC     Type = "grpc"
	TypeWeb      Type = "web"
	TypeWorker   Type = "worker"
	TypeStream   Type = "stream"
	TypeBatch    Type = "batch"
	TypeDatabase Type = "database"
	TypeML       Type = "ml"
	TypeAIGate   Type = "ai-gate"
)

// TypeFacts is everything that depends on a service type. The metric names are
// the defaults for SLOs without a query; empty when the type has none.
type TypeFacts struct {
	Type    Type
	Aliases []string
	// Total counts requests, BadMatcher picks the failed ones among them.
	Total      string
	BadMatcher string
	// GoodMatcher is the inverse of BadMatcher.
	GoodMatcher string
	// Histogram is the latency histogram's base name, in seconds.
	Histogram string
}

// Types returns the one table of service types. The catalogue of package tech has the
// same defaults for dashboards and alerts, which a test there compares.
func Types() []TypeFacts {
	http := TypeFacts{
		Total: "http_requests_total", BadMatcher: `status=~"5.."`, GoodMatcher: `status!~"5.."`,
		Histogram: "http_request_duration_seconds",
	}
	api, web := http, http
	api.Type, api.Aliases = TypeAPI, []string{"service", "http"}
	web.Type, web.Aliases = TypeWeb, []string{"frontend"}
	return []TypeFacts{
		api,
		web,
		{
			Type: TypeGRPC, Aliases: []string{"grpc-api"},
			Total: "grpc_server_handled_total", BadMatcher: grpcErrors("=~"), GoodMatcher: grpcErrors("!~"),
			Histogram: "grpc_server_handling_seconds",
		},
		{
			Type: TypeWorker, Aliases: []string{"background-job", "job"},
			Total: "job_processed_total", BadMatcher: `status=~"failed|error|failure"`, GoodMatcher: `status!~"failed|error|failure"`,
			Histogram: "job_duration_seconds",
		},
		{
			Type: TypeStream, Aliases: []string{"stream-processor", "streaming"},
			Total: "messages_processed_total", BadMatcher: `status=~"error|failed|failure"`, GoodMatcher: `status!~"error|failed|failure"`,
			Histogram: "message_processing_duration_seconds",
		},
		{
			Type: TypeBatch, Aliases: []string{"pipeline"},
			Total: "pipeline_runs_total", BadMatcher: `status=~"failed|error|failure"`, GoodMatcher: `status!~"failed|error|failure"`,
			Histogram: "pipeline_duration_seconds",
		},
		{Type: TypeDatabase},
		{
			Type:  TypeML,
			Total: "model_predictions_total", BadMatcher: `status=~"error|failed|failure|5.."`, GoodMatcher: `status!~"error|failed|failure|5.."`,
			Histogram: "model_inference_duration_seconds",
		},
		{Type: TypeAIGate},
	}
}

// grpcErrors picks the calls that failed, or with !~ the others. What a client did wrong,
// as InvalidArgument, is no failure of the service.
func grpcErrors(operator string) string {
	return "grpc_code" + operator + `"Unknown|DeadlineExceeded|Internal|Unavailable|DataLoss"`
}

// ParseType returns the type that a spelling means: a name or an alias in any
// case.
func ParseType(text string) (Type, bool) {
	for _, f := range Types() {
		if means(text, string(f.Type), f.Aliases) {
			return f.Type, true
		}
	}
	return "", false
}

// Facts returns the row of the type table; the zero row for a type that is not
// in it.
func (t Type) Facts() TypeFacts {
	for _, f := range Types() {
		if f.Type == t {
			return f
		}
	}
	return TypeFacts{}
}
