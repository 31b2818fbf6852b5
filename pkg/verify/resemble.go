package verify

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

const (
	// maxResembled is for how many missing names a similar one is looked for.
	maxResembled = 200
	// maxCandidates is how many similar names of one are looked at closely.
	maxCandidates = 5
)

// resemble finds the existing names that missing ones may have been meant for.
// It costs a request for all names, and one to see which of the candidates
// belong to the service. What fails here only costs a hint.
func (r *run) resemble(ctx context.Context, missing []*want) {
	names, err := r.src.Names(ctx, nil, r.o.At.Add(-r.o.Lookback), r.o.At)
	if err != nil {
		return
	}
	lexicon := newLexicon(names.Names)
	shortlists := map[string][]string{}
	var q inquiry
	for _, w := range missing {
		if len(w.names) == 0 {
			continue
		}
		name := w.names[0]
		list, ok := shortlists[name]
		if !ok && len(shortlists) < maxResembled {
			list = lexicon.similar(name, w.names)
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
	for i, f := range r.asker.ask(ctx, q.branches) {
		q.prefer(i, f, r.o.ServiceLabel, shortlists)
	}
}

// addCandidates asks which candidates the owner of a want has.
func (q *inquiry) addCandidates(w *want, list []string) {
	if w.owner == "" {
		return
	}
	b := branch{}
	for _, n := range list {
		b.pairs = append(b.pairs, pair{name: n, owner: w.owner})
	}
	q.add(w, "candidates", b, nil)
}

// prefer takes the first candidate that the owner has.
func (q *inquiry) prefer(i int, f found, label string, shortlists map[string][]string) {
	has := map[pair]bool{}
	for _, s := range f.series {
		has[pairOf(q.branches[i], s, label)] = true
	}
	for _, w := range q.askers[i] {
		for _, n := range shortlists[w.names[0]] {
			if has[pair{name: n, owner: w.owner}] {
				w.seen.near, w.seen.nearOwned = n, true
				break
			}
		}
	}
}

// lexicon holds names with the words that they are made of.
type lexicon []entry

type entry struct {
	name  string
	words []string
}

func newLexicon(names []string) lexicon {
	out := make(lexicon, len(names))
	for i, n := range names {
		out[i] = entry{name: n, words: words(n)}
	}
	return out
}

// words returns the words of a name that say what it is about: in lower case,
// in the singular, without those that say in which form or unit, each once.
func words(name string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '_' || r == ':' || r == '.' }) {
		switch w {
		case "total", "count", "sum", "bucket", "created", "info", "seconds", "milliseconds", "ms", "bytes", "ratio", "percent":
		default:
			out = append(out, strings.TrimSuffix(w, "s"))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// similar returns the names most like one, best first: a few letters apart,
// then of the same words, then of mostly the same words.
func (l lexicon) similar(name string, except []string) []string {
	type match struct {
		name           string
		class, letters int
	}
	own := words(name)
	limit := min(3, max(1, len(name)/4))
	var matches []match
	for _, e := range l {
		if slices.Contains(except, e.name) {
			continue
		}
		letters := report.Distance(name, e.name, limit)
		class := 0
		if letters > limit {
			if class = likeness(own, e.words); class == 0 {
				continue
			}
			letters = report.Distance(name, e.name, len(name)+len(e.name))
		}
		matches = append(matches, match{e.name, class, letters})
	}
	slices.SortFunc(matches, func(a, b match) int {
		return cmp.Or(cmp.Compare(a.class, b.class), cmp.Compare(a.letters, b.letters), strings.Compare(a.name, b.name))
	})
	out := make([]string, 0, maxCandidates)
	for _, m := range matches[:min(len(matches), maxCandidates)] {
		out = append(out, m.name)
	}
	return out
}

// likeness returns 1 for the same words, 2 when at least two words and three
// fifths of all words are shared, else 0.
func likeness(a, b []string) int {
	shared := 0
	for _, w := range a {
		if slices.Contains(b, w) {
			shared++
		}
	}
	all := len(a) + len(b) - shared
	switch {
	case shared == 0:
		return 0
	case shared == all:
		return 1
	case shared >= 2 && shared*5 >= all*3:
		return 2
	}
	return 0
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
