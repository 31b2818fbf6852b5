// Package report holds the words of every result: findings, verdicts and the
// one Report that each surface (terminal, JSON, comment, status, SARIF) is
// rendered from. It does no I/O and knows no clock.
package report

import "time"

// SchemaVersion is the version of the JSON layout that docs/report.schema.json
// describes. It rises when a key changes its meaning or goes away.
const SchemaVersion = 1

// Report is the result of one run of one command. Build it with a Builder:
// that sorts, counts and fingerprints in one place, so that every surface says
// the same. It is not changed after it was built.
type Report struct {
	SchemaVersion int        `json:"schema_version"`
	Tool          Tool       `json:"tool"`
	Command       string     `json:"command"`
	EvaluatedAt   time.Time  `json:"evaluated_at"`
	Environment   string     `json:"environment,omitempty"`
	Source        string     `json:"source,omitempty"`
	Policy        *Policy    `json:"policy,omitempty"` // nil for a command that goes by none
	Verdict       Verdict    `json:"verdict"`
	ExitCode      int        `json:"exit_code"`
	Summary       Summary    `json:"summary"`
	Stages        []Stage    `json:"stages"`
	Services      []Service  `json:"services"`
	Portfolio     *Portfolio `json:"portfolio,omitempty"`
	// Tests are the unit tests of rules that were run, by file and line.
	Tests    []Test    `json:"tests,omitempty"`
	Findings []Finding `json:"findings"`
}

// Tool names the program that wrote the report.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Summary counts what the report holds. Unknown is the number of services
// whose verdict is unknown, Unreadable the number of files and other inputs that
// could not be read at all. RuleFiles are the Prometheus rule files that were
// linted, Rules the rules in them.
type Summary struct {
	Services   int `json:"services"`
	Errors     int `json:"errors"`
	Warnings   int `json:"warnings"`
	Infos      int `json:"infos"`
	Unknown    int `json:"unknown"`
	Unreadable int `json:"unreadable"`
	RuleFiles  int `json:"rule_files"`
	Rules      int `json:"rules"`
	// Tests are the unit tests of rules that were run.
	Tests int `json:"tests,omitempty"`
	// Dashboards are the dashboards of Grafana that were looked at.
	Dashboards int `json:"dashboards,omitempty"`
	// Suppressed are the findings that comments in the files leave out. They are
	// not among Findings.
	Suppressed int `json:"suppressed,omitempty"`
}

// Stage is the result of one stage over all services. A stage that did not run
// says why in SkippedReason and has the verdict pass.
type Stage struct {
	Name          string  `json:"name"`
	Verdict       Verdict `json:"verdict"`
	Errors        int     `json:"errors"`
	Warnings      int     `json:"warnings"`
	SkippedReason string  `json:"skipped_reason,omitempty"`
}

// Service is what the run found out about one service.
type Service struct {
	Name      string     `json:"name"`
	File      string     `json:"file"`
	Tier      string     `json:"tier"`
	Team      string     `json:"team"`
	Type      string     `json:"type"`
	Verdict   Verdict    `json:"verdict"`
	SLOs      []SLO      `json:"slos"`
	Metrics   []Metric   `json:"metrics"`
	Gate      *Gate      `json:"gate,omitempty"`
	Artifacts []Artifact `json:"artifacts"`
	// Pushes are what happens at other systems, in the order in which it happens; none
	// for a run that pushes nothing.
	Pushes []Push `json:"pushes,omitempty"`
}

// SLOState says whether the SLI could be measured.
type SLOState string

// The states of an SLI. Only ok and no_traffic carry a budget.
const (
	StateOK            SLOState = "ok"
	StateNoData        SLOState = "no_data"
	StateNoTraffic     SLOState = "no_traffic"
	StateNotComputable SLOState = "not_computable"
	StateError         SLOState = "error"
	// StateNotMeasured marks an SLO that no source was asked about, as in a
	// command that only reads files.
	StateNotMeasured SLOState = "not_measured"
)

// SLOStatus is the share of the error budget that is used, as a word.
type SLOStatus string

// The one status scale, by percent of the budget consumed. The lower bound
// belongs to the status.
const (
	StatusHealthy   SLOStatus = "healthy"   // below 50
	StatusWarning   SLOStatus = "warning"   // 50 to below 80
	StatusCritical  SLOStatus = "critical"  // 80 to below 100
	StatusExhausted SLOStatus = "exhausted" // 100 and more
	StatusUnknown   SLOStatus = "unknown"   // the SLI could not be measured
)

// SLO is one objective and what was measured for it.
type SLO struct {
	Name string `json:"name"`
	// Objective is in percent, above 0 and below 100; nil without a valid one.
	Objective Number `json:"objective"`
	// Window is as the service file spells it: 30d, 1w, calendar-month.
	Window string `json:"window"`
	// SLI is the share of good events over the whole window, 0 to 1.
	SLI    Number    `json:"sli"`
	State  SLOState  `json:"state"`
	Status SLOStatus `json:"status"`
	// Detail says in one sentence why the state is not ok, or what to know about
	// the figures when it is.
	Detail string `json:"detail,omitempty"`
	// Notes are what Detail says of an SLI that was measured, each with a code.
	Notes []Reason `json:"notes,omitempty"`
	// Method is how the SLI was taken: events, recorded, averaged, threshold.
	Method string `json:"method,omitempty"`
	// Query is the PromQL expression that gave the SLI.
	Query       string    `json:"query,omitempty"`
	EvaluatedAt time.Time `json:"evaluated_at"`
	Budget      Budget    `json:"budget"`
	BurnRate    BurnRate  `json:"burn_rate"`
	// ExhaustsAt is when the budget is used up if the errors go on as now;
	// null when they do not use it up.
	ExhaustsAt *time.Time `json:"exhausts_at"`
	Line       int        `json:"line,omitempty"`
}

// Budget is an error budget. Minutes are minutes of full outage. Percentages
// are of the total budget: consumed may exceed 100, remaining may be negative.
type Budget struct {
	TotalMinutes     Number `json:"total_minutes"`
	BurnedMinutes    Number `json:"burned_minutes"`
	ConsumedPercent  Number `json:"consumed_percent"`
	RemainingPercent Number `json:"remaining_percent"`
}

// BurnRate holds burn rates by look-back: 1 uses up the budget exactly at the
// end of the window.
type BurnRate struct {
	Hour1 Number `json:"1h"`
	Hour6 Number `json:"6h"`
	Day3  Number `json:"3d"`
}

// MetricState says what a source knows about a declared selector.
type MetricState string

// The states of a declared metric.
const (
	MetricOK           MetricState = "ok"
	MetricMissing      MetricState = "missing"
	MetricOtherService MetricState = "other_service" // exists, but never with this service's label
	MetricWrongLabels  MetricState = "wrong_labels"  // exists for the service, not with the other matchers
	MetricStale        MetricState = "stale"         // has history, no sample now
	MetricNoErrorsYet  MetricState = "no_errors_yet" // an error-class selector without errors so far
	MetricRecorded     MetricState = "recorded"      // a loaded recording rule makes it, no sample yet
	MetricError        MetricState = "error"         // the source could not say
)

// Metric is one declared selector and whether it exists.
type Metric struct {
	Name       string         `json:"name"`
	Selector   string         `json:"selector"`
	Required   bool           `json:"required"`
	State      MetricState    `json:"state"`
	File       string         `json:"file,omitempty"`
	Line       int            `json:"line"`
	Sources    []MetricSource `json:"sources"`
	Suggestion string         `json:"suggestion,omitempty"`
	// LastSeen is the time of the newest sample within the look-back of a
	// stale metric.
	LastSeen *time.Time `json:"last_seen,omitempty"`
}

// MetricSource is one place that declares a metric.
type MetricSource struct {
	Kind     string `json:"kind"`     // SLO, Alert, Observability
	Resource string `json:"resource"` // the resource's name
	Field    string `json:"field"`    // YAML path inside the resource
	Line     int    `json:"line"`
}

// Decision is the gate's answer for one service.
type Decision string

// The decisions of a gate.
const (
	Approved Decision = "approved"
	Warned   Decision = "warning"
	Blocked  Decision = "blocked"
	Unknown  Decision = "unknown"
)

// Gate is a deploy decision with everything that led to it.
type Gate struct {
	Decision         Decision        `json:"decision"`
	WorstSLO         string          `json:"worst_slo,omitempty"`
	RemainingPercent Number          `json:"remaining_percent"`
	Thresholds       Thresholds      `json:"thresholds"`
	Conditions       []GateCondition `json:"conditions"`
	Exceptions       []GateException `json:"exceptions"`
	Reasons          []Reason        `json:"reasons"`
	BlastRadius      *BlastRadius    `json:"blast_radius,omitempty"`
}

// Thresholds are percent of budget remaining; null is off.
type Thresholds struct {
	Warning  Number `json:"warning"`
	Blocking Number `json:"blocking"`
	// Source says where they come from, as "tier critical, environment prod"
	// or "DeploymentGate budget-gate".
	Source string `json:"source,omitempty"`
}

// GateCondition is one condition of a DeploymentGate and whether it held.
type GateCondition struct {
	Name     string `json:"name"`
	When     string `json:"when"`
	Matched  bool   `json:"matched"`
	Warning  Number `json:"warning"`
	Blocking Number `json:"blocking"`
	Error    string `json:"error,omitempty"`
}

// GateException is one exception of a DeploymentGate and whether it applied.
type GateException struct {
	Who     string `json:"who"`
	Allow   string `json:"allow"`
	Until   string `json:"until,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Applied bool   `json:"applied"`
	Expired bool   `json:"expired"`
}

// Reason is one stable code and the sentence that goes with it.
type Reason struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// BlastRadius is who is affected when a service fails, from the dependencies
// that the given service files declare.
type BlastRadius struct {
	Direct     []Dependent `json:"direct"`
	Transitive []Dependent `json:"transitive"`
	// Critical counts the dependents that declare the dependency critical or
	// high, or are of tier critical themselves.
	Critical int `json:"critical"`
	// Partial says that not all services were read, so that there may be more.
	Partial bool `json:"partial,omitempty"`
}

// Dependent is one service that depends on another.
type Dependent struct {
	Name        string `json:"name"`
	Tier        string `json:"tier"`
	Criticality string `json:"criticality"`
	// Depth is 1 for a direct dependent.
	Depth int `json:"depth"`
}

// Artifact is one generated file.
type Artifact struct {
	Path   string `json:"path"`
	Action string `json:"action"` // create, update, unchanged, edited, obsolete
	SHA256 string `json:"sha256"`
	// Count is how many parts the file holds, Unit what they are, as rules; 0 and
	// empty for a file that is not generated any more.
	Count int    `json:"count"`
	Unit  string `json:"unit"`
}

// Portfolio is the state of all services together.
type Portfolio struct {
	// Score is the tier-weighted share of healthy services, 0 to 100; null
	// when no service is known.
	Score Number `json:"score"`
	// HealthyPercent is the plain share of healthy services among the known.
	HealthyPercent Number    `json:"healthy_percent"`
	Healthy        int       `json:"healthy"`
	Known          int       `json:"known"`
	Total          int       `json:"total"`
	ByTier         []Tier    `json:"by_tier"`
	Insights       []Insight `json:"insights"`
}

// Tier is the health of the services of one tier.
type Tier struct {
	Tier           string `json:"tier"`
	Healthy        int    `json:"healthy"`
	Known          int    `json:"known"`
	Total          int    `json:"total"`
	HealthyPercent Number `json:"healthy_percent"`
}

// Insight is one observation about a service that no rule forbids.
type Insight struct {
	Type     string   `json:"type"`
	Severity Severity `json:"severity"`
	Service  string   `json:"service"`
	Message  string   `json:"message"`
}
