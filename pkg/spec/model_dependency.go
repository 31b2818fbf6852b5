package spec

// DependencyKind says what a dependency is.
type DependencyKind string

// The kinds of dependencies, from the category lists of a service file.
const (
	DependencyService     DependencyKind = "service"
	DependencyDatabase    DependencyKind = "database"
	DependencyCache       DependencyKind = "cache"
	DependencyQueue       DependencyKind = "queue"
	DependencyExternal    DependencyKind = "external_api"
	DependencyInfra       DependencyKind = "infrastructure"
	DependencyUnspecified DependencyKind = "other"
)

// Dependency is one thing that the service needs.
type Dependency struct {
	Name Value[string]
	Kind DependencyKind
	// Type is the technology as written (postgresql, redis), empty for a
	// service.
	Type Value[string]
	// Criticality is critical, high, medium or low; medium when not given.
	Criticality Value[string]
	// SLA is the availability in percent that the dependency promises.
	SLA Value[Objective]
	// Selector are the matchers that pick its series (selector: or labels:), as
	// job: payments-db.
	Selector []Entry
	// Connection is how it is reached; for exporters.
	Connection Connection
	// Exporter is what the file says about its exporter.
	Exporter ExporterChoice
	// Alerts change single rules of its technology (alerts.overrides).
	Alerts []AlertOverride
	// AlertOwner is the service that alone has alerts on it, where several depend on
	// the same (alerts.owner); empty for each service that names it.
	AlertOwner Value[string]
	At         Origin
}

// Connection is how a dependency is reached. Secrets are only named.
type Connection struct {
	Host, Port, Database, Username, Version Value[string]
	SecretName, SecretKey                   Value[string]
	TLS                                     Value[bool]
}

// ExporterChoice is what a service file says about the exporter of a dependency.
type ExporterChoice struct {
	Image, Version Value[string]
	Args           []Value[string]
	// Collectors are flags of the exporter that are switched on; alerts that need
	// them are generated then.
	Collectors []Value[string]
}

// AlertOverride changes one alerting rule of a technology, or of a kind of service.
type AlertOverride struct {
	Alert     Value[string]
	Threshold Value[float64]
	// For is a duration as Prometheus writes it.
	For      Value[string]
	Severity Value[string]
	// Page keeps a critical alert critical on a service of tier low.
	Page     Value[bool]
	Disabled Value[bool]
}

// Critical reports whether the service cannot work (critical) or works badly
// (high) without the dependency.
func (d Dependency) Critical() bool {
	return d.Criticality.V == "critical" || d.Criticality.V == "high"
}
