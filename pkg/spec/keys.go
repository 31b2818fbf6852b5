package spec

import (
	"cmp"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// DefaultWindow is the window of an SLO that gives none.
const DefaultWindow = "30d"

// defaultSupportModel is who answers alerts when the file does not say.
const defaultSupportModel = "self"

// unknownKeys warns about keys of a mapping that nothing reads, with the nearest
// known one. The section is what the user calls the mapping; empty for the
// document.
func (l *loader) unknownKeys(n *document.Node, known []string, section string) {
	if n == nil {
		return
	}
	for _, f := range n.Fields {
		if slices.Contains(known, f.Key) {
			continue
		}
		where := ""
		if section != "" {
			where = " in " + section
		}
		fix := cmp.Or(report.DidYouMean(f.Key, known), "remove it, or use one of "+strings.Join(known, ", "))
		found := keyOrigin(f).Finding("spec/unknown-field", report.Warning, l.service, "unknown field "+quote(f.Key)+where, fix)
		found.Fix = document.FixKey(n, f, known)
		l.findings = append(l.findings, found)
	}
}

// misspeltKeys is unknownKeys for a mapping that may have keys for programs of others:
// it reports those that are nearly known.
func (l *loader) misspeltKeys(n *document.Node, known []string, section string) {
	if n.IsNull() {
		return
	}
	ours := *n
	ours.Fields = slices.DeleteFunc(slices.Clone(n.Fields), func(f document.Field) bool { return report.Nearest(f.Key, known) == "" })
	l.unknownKeys(&ours, known, section)
}

// indicatorTypes are the words that type: of an SLI may hold. What is measured is
// decided by the queries; the word picks the default ones.
func indicatorTypes() []string {
	return []string{
		"availability", "latency", "throughput", "error_rate", "success_rate", "freshness", "quality", "correctness", "saturation", "judgment", "custom",
	}
}

func resourceKinds() []string {
	return []string{"SLO", "PagerDuty", "Dependencies", "Observability", "DeploymentGate", "Alert", "Dashboard", "RecordingRule", "Runbook"}
}

// sloKeys are the keys of an SLO's spec; an indicator may hold those of
// indicatorKeys.
func sloKeys() []string {
	return append([]string{
		"name", "objective", "target", "window", "description", "indicator", "indicators", "labels", "latency_threshold", "alerting", "runbook_url",
	}, indicatorKeys()...)
}

func indicatorKeys() []string {
	return []string{
		"type", "query", "good_query", "total_query", "error_query", "bad_query", "success_ratio", "success_rate", "latency_query",
		"metric", "success_filter", "selector", "threshold", "threshold_ms", "threshold_rps", "op", "percentile",
	}
}

// dependencyCategories maps each category list to what it holds.
func dependencyCategories() map[string]DependencyKind {
	return map[string]DependencyKind{
		"services": DependencyService, "upstream": DependencyService,
		"databases": DependencyDatabase,
		"caches":    DependencyCache,
		"queues":    DependencyQueue, "message_queues": DependencyQueue, "brokers": DependencyQueue, "messaging": DependencyQueue,
		"external_apis": DependencyExternal, "external_services": DependencyExternal,
		"orchestration": DependencyInfra, "orchestrators": DependencyInfra, "infrastructure": DependencyInfra,
		"proxies": DependencyInfra, "runtimes": DependencyInfra, "storage": DependencyInfra,
	}
}

// technologyCategories lists the technologies that a dependency may name, by the
// category list they belong to, with their other spellings.
func technologyCategories() map[string][]string {
	return map[string][]string{
		"databases": {
			"postgresql", "postgres", "pg", "mysql", "mariadb", "mongodb", "mongo", "elasticsearch", "elastic", "opensearch", "cassandra", "scylladb",
			"dynamodb", "clickhouse", "cockroachdb", "couchbase", "etcd", "influxdb", "mssql", "neo4j", "oracle", "rds", "aurora", "spanner", "bigtable", "firestore", "sqlite", "s3", "gcs",
			"aurora-postgresql", "cloudsql-postgres", "rds-postgres", "aurora-mysql", "documentdb",
		},
		"caches": {"redis", "valkey", "keydb", "elasticache-redis", "memcached", "hazelcast", "varnish"},
		"queues": {"kafka", "msk", "rabbitmq", "rabbit", "amqp", "nats", "jetstream", "pulsar", "sqs", "sns", "kinesis", "pubsub", "activemq", "redpanda"},
		"infrastructure": {
			"kubernetes", "k8s", "eks", "gke", "aks", "nginx", "ingress-nginx", "haproxy", "traefik", "consul", "envoy", "istio", "vault", "nomad", "ecs", "lambda",
		},
	}
}

// technologyCategory returns the category list of a technology named in a flat
// list of dependencies, empty for a name that is no technology.
func technologyCategory(name string) string {
	for category, names := range technologyCategories() {
		if slices.Contains(names, strings.ToLower(name)) {
			return category
		}
	}
	return ""
}

func knownTechnology(name string) bool { return technologyCategory(name) != "" }

// TechnologyCategory returns the list of a Dependencies resource in which a technology
// stands, as databases; false for a name that is no technology.
func TechnologyCategory(name string) (string, bool) {
	category := technologyCategory(name)
	return category, category != ""
}

// technologies returns every spelling of every technology, sorted.
func technologies() []string {
	var out []string
	for _, names := range technologyCategories() {
		out = append(out, names...)
	}
	slices.Sort(out)
	return out
}

func supportModels() []string { return []string{"self", "shared", "sre", "business_hours"} }

func criticalities() []string { return []string{"critical", "high", "medium", "low"} }

func tierNames() string {
	var names []string
	for _, t := range Tiers() {
		names = append(names, string(t.Tier))
	}
	return strings.Join(names, ", ")
}

func typeNames() string {
	var names []string
	for _, t := range Types() {
		names = append(names, string(t.Type))
	}
	return strings.Join(names, ", ")
}

// isTrue reads a scalar that is known to be a boolean.
func isTrue(text string) bool { return strings.EqualFold(text, "true") }
