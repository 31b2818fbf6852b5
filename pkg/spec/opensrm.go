package spec

import (
	"math/big"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// normaliseOpenSRM turns a ServiceReliabilityManifest into a service mapping and
// resources.
func (l *loader) normaliseOpenSRM(n *document.Node) *draft {
	if !l.openSRMHead(n) {
		return nil
	}
	l.unknownKeys(n, []string{"apiVersion", "kind", "metadata", "spec", "environments"}, "")
	meta, body := n.Get("metadata"), n.Get("spec")
	l.unknownKeys(meta, []string{"name", "team", "tier", "description", "labels", "annotations", "template"}, "metadata")
	l.unknownKeys(body, []string{
		"type", "slos", "contract", "dependencies", "ownership", "observability", "deployment", "alerting", "instrumentation", "outcomes", "baselines",
		"language", "framework", "support_model", "selector", "resources",
	}, "spec")
	l.openSRMKeys(body)
	d := &draft{shape: ShapeOpenSRM, root: n, environments: l.environmentFields(n)}
	d.service = openSRMService(n, meta, body)
	d.resources = l.openSRMResources(body)
	return d
}

// openSRMKeys warns about keys of the manifest's sections that nothing reads, and
// about gates that look as if they were enforced.
func (l *loader) openSRMKeys(body *document.Node) {
	l.unknownKeys(body.Get("contract"), []string{"availability", "latency", "judgment"}, "contract")
	l.unknownKeys(body.Get("ownership"), []string{
		"team", "slack", "email", "escalation", "runbook", "documentation", "pagerduty", "oncall",
	}, "ownership")
	deployment := body.Get("deployment")
	l.unknownKeys(deployment, []string{"environments", "gates", "rollback", "audit"}, "deployment")
	gates := deployment.Get("gates")
	l.unknownKeys(gates, []string{"error_budget", "slo_compliance", "recent_incidents"}, "deployment.gates")
	for _, key := range []string{"slo_compliance", "recent_incidents"} {
		if g := gates.Get(key); g != nil {
			l.add(g, "gate/not-enforced", report.Warning, "the gate "+key+" is not enforced: deploys are decided by error budgets alone", "remove it, or write a condition of a DeploymentGate")
		}
	}
	budget := gates.Get("error_budget")
	l.unknownKeys(budget, []string{"enabled", "threshold", "policy"}, "error_budget")
	l.unknownKeys(budget.Get("policy"), []string{"window", "thresholds", "on_exhausted"}, "policy")
	l.unknownKeys(budget.Get("policy").Get("thresholds"), []string{"warning", "critical"}, "thresholds")
	if deps := body.Get("dependencies"); deps != nil {
		for _, d := range deps.Items {
			l.unknownKeys(d.Get("slo"), []string{"availability", "latency", "latency_p50", "latency_p95", "latency_p99"}, "the dependency's slo")
			l.boolean(d.Get("critical"), "critical")
		}
	}
}

func (l *loader) openSRMHead(n *document.Node) bool {
	v := n.Get("apiVersion")
	if v == nil || (v.Text != "srm/v1" && v.Text != "opensrm/v1") {
		at, text := n, "nothing"
		if v != nil {
			at, text = v, v.Text
		}
		l.add(at, "spec/shape", report.Error, "a ServiceReliabilityManifest has the apiVersion srm/v1 or opensrm/v1; this is "+quote(text), "write apiVersion: srm/v1")
		return false
	}
	if k := n.Get("kind"); k == nil || k.Text != "ServiceReliabilityManifest" {
		l.add(n, "spec/shape", report.Error, "an "+v.Text+" document of another kind than ServiceReliabilityManifest", "write kind: ServiceReliabilityManifest")
		return false
	}
	if m := n.Get("metadata"); m == nil || m.Kind != document.Mapping {
		l.add(n, "spec/required-field", report.Error, "the manifest has no metadata section", "add metadata: with name, team and tier")
		return false
	}
	return true
}

// openSRMService gathers what the service mapping of the nested form holds.
func openSRMService(n, meta, body *document.Node) *document.Node {
	var fields []document.Field
	take := func(key string, v *document.Node) {
		if v != nil {
			fields = append(fields, field(key, v))
		}
	}
	ownership := body.Get("ownership")
	for _, key := range []string{"name", "tier", "description", "template", "labels", "annotations"} {
		take(key, meta.Get(key))
	}
	team := meta.Get("team")
	if team == nil {
		team = ownership.Get("team")
	}
	take("team", team)
	for _, key := range []string{"type", "language", "framework", "support_model", "contract", "selector"} {
		take(key, body.Get(key))
	}
	take("runbook", ownership.Get("runbook"))
	if mail := ownership.Get("email"); mail != nil {
		take("owner", mail)
	} else {
		take("owner", ownership.Get("slack"))
	}
	return document.NewMapping(n, fields...)
}

func (l *loader) openSRMResources(body *document.Node) []*document.Node {
	var out []*document.Node
	if slos := body.Get("slos"); slos != nil && slos.Kind == document.Mapping {
		for _, f := range slos.Fields {
			if r := l.openSRMSLO(f); r != nil {
				out = append(out, r)
			}
		}
	} else if !slos.IsNull() {
		l.add(slos, "spec/wrong-type", report.Error, "spec.slos must be a mapping of names to SLOs; this is "+slos.Kind.String(), "write availability: {target: 99.9}")
	}
	if deps := body.Get("dependencies"); !deps.IsNull() {
		if r := l.openSRMDependencies(deps); r != nil {
			out = append(out, r)
		}
	}
	if o := body.Get("observability"); !o.IsNull() {
		out = append(out, resource(o, "Observability", "observability", o))
	}
	if gate := body.Get("deployment").Get("gates").Get("error_budget"); gate != nil {
		if r := l.openSRMGate(gate); r != nil {
			out = append(out, r)
		}
	}
	return append(out, l.resourceList(body.Get("resources"))...)
}

// openSRMSLO turns one SLO into the nested form. A latency target with a unit of
// time is a threshold, and its percentile the objective; a bare number is the
// target.
func (l *loader) openSRMSLO(f document.Field) *document.Node {
	v := f.Value
	if v.Kind != document.Mapping {
		return l.shortSLO(f)
	}
	l.unknownKeys(v, []string{"target", "objective", "minimum", "window", "type", "unit", "percentile", "query", "indicator", "indicators", "description", "labels", "threshold_ms"}, "spec.slos."+f.Key)
	kind := f.Key
	if t := v.Get("type"); t != nil {
		kind = t.Text
	}
	var fields []document.Field
	for _, key := range []string{"window", "description", "labels", "query", "indicator", "indicators", "threshold_ms"} {
		if x := v.Get(key); x != nil {
			fields = append(fields, field(key, x))
		}
	}
	target := v.Get("target")
	if target == nil {
		target = v.Get("objective")
	}
	fields = append(fields, field("type", document.NewScalar(v, document.String, kind)))
	fields = append(fields, l.openSRMTarget(kind, v, target)...)
	return resource(v, "SLO", shortName(f.Key), document.NewMapping(v, fields...))
}

func (l *loader) openSRMTarget(kind string, v, target *document.Node) []document.Field {
	unit := ""
	if u := v.Get("unit"); u != nil {
		unit = u.Text
	}
	switch {
	case target == nil && kind == "throughput" && v.Has("minimum"):
		return []document.Field{field("threshold_rps", v.Get("minimum")), field("objective", document.NewScalar(v, document.Float, defaultThroughputObjective))}
	case target == nil:
		return nil
	case kind == "error_rate":
		if objective, ok := l.complement(target); ok {
			return []document.Field{field("objective", objective)}
		}
		return nil
	case kind == "latency" && (unit == "ms" || unit == "s"):
		return openSRMLatency(v, target, unit)
	case kind == "latency" && unit == "" && v.Has("percentile"):
		l.add(target, "slo/unit", report.Warning, "a latency target without a unit is read as milliseconds", "add unit: ms")
		return openSRMLatency(v, target, "ms")
	}
	return []document.Field{field("objective", target)}
}

// defaultThroughputObjective is the share of time in which a minimum throughput
// must hold when the manifest gives only the minimum.
const defaultThroughputObjective = "99"

func openSRMLatency(v, target *document.Node, unit string) []document.Field {
	percentile := "99"
	if p := v.Get("percentile"); p != nil {
		percentile = strings.TrimPrefix(strings.ToLower(p.Text), "p")
	}
	threshold := target
	if unit == "s" {
		if r, err := parseDecimal(target.Text); err == nil {
			threshold = document.NewScalar(target, document.Float, decimalText(new(big.Rat).Mul(r, big.NewRat(1000, 1))))
		}
	}
	return []document.Field{
		field("threshold_ms", threshold),
		field("percentile", document.NewScalar(v, document.Float, percentile)),
		field("objective", document.NewScalar(target, document.Float, percentile)),
	}
}

// openSRMDependencies turns the typed list into the categories of the nested
// form.
func (l *loader) openSRMDependencies(n *document.Node) *document.Node {
	if n.Kind != document.Sequence {
		l.add(n, "spec/wrong-type", report.Error, "spec.dependencies must be a list; this is "+n.Kind.String(), "write - name: ... and type: ...")
		return nil
	}
	return categorised(n, openSRMCategory, openSRMDependency)
}

func openSRMCategory(item *document.Node) string {
	t := item.Get("type")
	if t == nil {
		return "services"
	}
	switch t.Text {
	case "database":
		return "databases"
	case "cache":
		return "caches"
	case "queue", "messaging", "stream":
		return "queues"
	case "external", "external_api", "third-party":
		return "external_apis"
	}
	return flatCategory(item)
}

// openSRMDependency renames the fields of one dependency: the type of a database
// is its database_type, the promised availability its sla.
func openSRMDependency(item *document.Node) *document.Node {
	if item.Kind != document.Mapping {
		return item
	}
	var fields []document.Field
	for _, f := range item.Fields {
		switch f.Key {
		case "type", "critical", "slo", "database_type":
		default:
			fields = append(fields, f)
		}
	}
	if t := item.Get("database_type"); t != nil {
		fields = append(fields, field("type", t))
	}
	if c := item.Get("critical"); c != nil && !item.Has("criticality") {
		level := "medium"
		if isTrue(c.Text) {
			level = "critical"
		}
		fields = append(fields, field("criticality", document.NewScalar(c, document.String, level)))
	}
	if a := item.Get("slo").Get("availability"); a != nil && !item.Has("sla") {
		fields = append(fields, field("sla", a))
	}
	return document.NewMapping(item, fields...)
}

// openSRMGate turns shares of budget remaining into percentages.
func (l *loader) openSRMGate(n *document.Node) *document.Node {
	off := false
	if e := n.Get("enabled"); e != nil {
		on, ok := l.boolean(e, "deployment.gates.error_budget.enabled")
		off = ok && !on
	}
	policy := n.Get("policy")
	var limits []document.Field
	for _, pair := range [][2]string{{"warning", "warning"}, {"critical", "blocking"}} {
		v := policy.Get("thresholds").Get(pair[0])
		switch {
		case off:
			limits = append(limits, field(pair[1], document.NewScalar(n, document.Null, "")))
		case v.IsNull():
		default:
			limits = append(limits, field(pair[1], l.shareToPercent(v)))
		}
	}
	fields := []document.Field{field("thresholds", document.NewMapping(n, limits...))}
	if x := policy.Get("on_exhausted"); x != nil {
		fields = append(fields, field("on_exhausted", x))
	}
	return resource(n, "DeploymentGate", "error-budget", document.NewMapping(n, fields...))
}

// shareToPercent turns 0.2 into 20. A number above 1 is a percentage already.
func (l *loader) shareToPercent(v *document.Node) *document.Node {
	r, err := parseDecimal(v.Text)
	if err != nil || r.Cmp(big.NewRat(1, 1)) > 0 {
		return v
	}
	return document.NewScalar(v, document.Float, decimalText(new(big.Rat).Mul(r, hundred())))
}
