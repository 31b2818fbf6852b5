package verify

import (
	"context"
	"strings"

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
	var q inquiry
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
			q.addCandidates(w, list)
		}
	}
	if len(q.branches) == 0 {
		return
	}
	for i, f := range r.asker.Ask(ctx, q.branches) {
		q.prefer(i, f, r.o.ServiceLabel, shortlists)
	}
}

// addCandidates asks which candidates the owner of a want has.
func (q *inquiry) addCandidates(w *want, list []string) {
	if w.owner == "" {
		return
	}
	b := presence.Branch{}
	for _, n := range list {
		b.Pairs = append(b.Pairs, presence.Pair{Name: n, Owner: w.owner})
	}
	q.add(w, "candidates", b, nil)
}

// prefer takes the first candidate that the owner has.
func (q *inquiry) prefer(i int, f presence.Found, label string, shortlists map[string][]string) {
	has := map[presence.Pair]bool{}
	for _, s := range f.Series {
		has[q.branches[i].PairOf(s, label)] = true
	}
	for _, w := range q.askers[i] {
		for _, n := range shortlists[w.names[0]] {
			if has[presence.Pair{Name: n, Owner: w.owner}] {
				w.seen.near, w.seen.nearOwned = n, true
				break
			}
		}
	}
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
