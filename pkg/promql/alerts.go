package promql

// MadeByAlerts reports whether a metric is one that Prometheus itself makes while an
// alert is active, so that its absence says nothing.
func MadeByAlerts(name string) bool { return name == "ALERTS" || name == "ALERTS_FOR_STATE" }
