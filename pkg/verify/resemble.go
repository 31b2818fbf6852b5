package verify

import (
	"context"
	"strings"

	"github.com/prometheus/common/model"

	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/presence"
)

// maxResembled is for how many missing names a similar one is looked for.
const maxResembled = 200

// resemble finds the existing names that missing ones may have been meant for.
// It costs a request for all names, and one to see which of the candidates
// belong to the service. What fails here only costs a hint.
func (r *run) resemble(ctx context.Context, missing []*want) {
	names, err := r.src.Names(ctx, nil, r.o.At.Add(-r.o.Lookback), r.o.At)
	if err != nil {
		return
	}
	lexicon := presence.NewLexicon(names.Names)
	shortlists := map[string][]string{}
	var questions []presence.Question
	for _, w := range missing {
		if len(w.names) == 0 {
			continue
		}
		name := w.names[0]
		list, ok := shortlists[name]
		if !ok && len(shortlists) < maxResembled {
			list = lexicon.Similar(name, w.names)
			shortlists[name] = list
		}
		if len(list) > 0 {
			w.seen.near = list[0]
			questions = append(questions, w.prefers(list))
		}
	}
	r.asker.Put(ctx, questions)
}

// prefers asks which candidates the owner of a want has, if it has an owner, and takes
// the first of them.
func (w *want) prefers(list []string) presence.Question {
	q := presence.Question{Take: func(series []source.Series, _ error) {
		if len(series) > 0 {
			w.seen.near, w.seen.nearOwned = series[0].Labels.Get(model.MetricNameLabel), true
		}
	}}
	for _, n := range list {
		if w.owner != "" {
			q.Pairs = append(q.Pairs, presence.Pair{Name: n, Owner: w.owner})
		}
	}
	return q
}

// exporters returns which exporter makes the metrics with a prefix.
func exporters() map[string]string {
	return map[string]string{
		"cassandra_":     "the JMX exporter or cassandra_exporter",
		"container_":     "cAdvisor in the kubelet",
		"elasticsearch_": "elasticsearch_exporter",
		"haproxy_":       "HAProxy's own metrics page or haproxy_exporter",
		"jvm_":           "the Java client library, Micrometer or the JMX exporter",
		"kafka_":         "kafka_exporter or the JMX exporter",
		"kube_":          "kube-state-metrics",
		"memcached_":     "memcached_exporter",
		"mongodb_":       "mongodb_exporter",
		"mysql_":         "mysqld_exporter",
		"nginx_":         "nginx-prometheus-exporter",
		"node_":          "node_exporter",
		"pg_":            "postgres_exporter",
		"probe_":         "blackbox_exporter",
		"process_":       "the client library of the service's language",
		"rabbitmq_":      "RabbitMQ's prometheus plugin",
		"redis_":         "redis_exporter",
	}
}

func exporterOf(name string) string {
	prefix, _, ok := strings.Cut(name, "_")
	if !ok {
		return ""
	}
	return exporters()[prefix+"_"]
}
