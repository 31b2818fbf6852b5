package rulefile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// known reports the keys of a mapping that Prometheus does not know.
func (p *reader) known(n *document.Node, path, what string, fields []string) {
	for _, f := range n.Fields {
		if slices.Contains(fields, f.Key) {
			continue
		}
		fix := cmp.Or(report.DidYouMean(f.Key, fields), begun(f.Key, fields), "remove it; known are "+strings.Join(fields, ", "))
		message := fmt.Sprintf("%s has no field %q", what, f.Key)
		severity := report.Error
		if ruler := foreign(f.Key); ruler != "" {
			message, severity = fmt.Sprintf("%s is a field of %s; Prometheus refuses a file with it", f.Key, ruler), report.Info
			fix = "remove it if Prometheus loads this file"
		}
		p.key(n, f, path, severity, message, fix)
		if severity == report.Error {
			p.findings[len(p.findings)-1].Fix = document.FixKey(n, f, fields)
		}
	}
}

// begun asks for the one field that a key is the begin of, as keep_firing is of
// keep_firing_for, or that it spells in another style.
func begun(key string, fields []string) string {
	plain := strings.NewReplacer("_", "", "-", "")
	key = strings.ToLower(plain.Replace(key))
	fits := slices.DeleteFunc(slices.Clone(fields), func(field string) bool { return !strings.HasPrefix(plain.Replace(field), key) })
	if len(key) < minBegun || len(fits) != 1 {
		return ""
	}
	return "did you mean " + fits[0] + "?"
}

// minBegun is how many letters say which field is meant.
const minBegun = 3

func fileFields() []string { return []string{"groups"} }

func groupFields() []string {
	return []string{"name", "interval", "query_offset", "limit", "labels", "rules"}
}

func ruleFields() []string {
	return []string{"alert", "record", "expr", "for", "keep_firing_for", "labels", "annotations"}
}

// foreign returns the server whose rule files have a field that Prometheus does
// not know, or "".
func foreign(key string) string {
	switch key {
	case "partial_response_strategy":
		return "Thanos"
	case "remote_write":
		return "Loki"
	case "namespace", "source_tenants", "evaluation_delay", "align_evaluation_time_on_interval":
		return "Mimir"
	case "concurrency", "eval_offset", "eval_delay", "eval_alignment", "extra_filter_labels", "params", "headers",
		"notifier_headers", "tenant", "type", "update_entries_limit", "debug":
		return "VictoriaMetrics"
	}
	return ""
}

func join(parts ...string) string {
	kept := parts[:0:0]
	for _, part := range parts {
		if part != "" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "/")
}

func textOf(n *document.Node) string {
	if n == nil {
		return ""
	}
	return n.Text
}
