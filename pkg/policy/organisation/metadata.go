package organisation

import (
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/common/model"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// Metadata is what rules of Prometheus and Loki must carry. The zero value asks for
// nothing.
type Metadata struct {
	Alerts, Records RuleMetadata
}

// RuleMetadata is what one sort of rules must carry.
type RuleMetadata struct {
	RequiredLabels, RequiredAnnotations []Text
	// Severities are what the label severity may be; empty is anything.
	Severities []Text
	// Patterns are what labels and annotations must match whole, by name.
	LabelPatterns, AnnotationPatterns map[string]*regexp.Regexp
	// NamePattern is what the name must match whole; nil is anything.
	NamePattern *regexp.Regexp
	// ForMin and ForMax bound for: of alerts; nil is no bound.
	ForMin, ForMax *time.Duration
	// MaxRange is the longest range of a selector or subquery; 0 is any.
	MaxRange time.Duration
	// Retention is how far back the server has samples; 0 is not known.
	Retention time.Duration
	// BySeverity is what alerts of one severity must carry beside that.
	BySeverity map[string]RuleMetadata
	At         Place
}

func (d *decoder) metadata(n *document.Node) Metadata {
	m := d.fields(n, "metadata", "alerts", "records")
	return Metadata{Alerts: d.ruleMetadata(m.Get("alerts"), "alerts"), Records: d.ruleMetadata(m.Get("records"), "records")}
}

// ruleMetadata reads one section. What an alert alone has is refused elsewhere.
func (d *decoder) ruleMetadata(n *document.Node, what string) RuleMetadata {
	keys := []string{"required_labels", "patterns", "name_pattern", "max_range", "retention"}
	if what != "records" {
		keys = append(keys, "required_annotations", "annotation_patterns", "for", "severities")
	}
	if what == "alerts" {
		keys = append(keys, "by_severity")
	}
	m := d.fields(n, what, keys...)
	if m == nil {
		return RuleMetadata{}
	}
	out := RuleMetadata{
		RequiredLabels: d.texts(m.Get("required_labels"), "required_labels"), RequiredAnnotations: d.texts(m.Get("required_annotations"), "required_annotations"),
		Severities: d.texts(m.Get("severities"), "severities"), At: place(n),
		LabelPatterns: d.patterns(m.Get("patterns"), "patterns"), AnnotationPatterns: d.patterns(m.Get("annotation_patterns"), "annotation_patterns"),
		NamePattern: d.pattern(m.Get("name_pattern"), "name_pattern"),
	}
	bounds := d.fields(m.Get("for"), "for", "min", "max")
	out.ForMin, out.ForMax = d.duration(bounds.Get("min"), "min"), d.duration(bounds.Get("max"), "max")
	if out.ForMin != nil && out.ForMax != nil && *out.ForMin > *out.ForMax {
		d.wrong(m.Get("for"), "min is above max", "swap them")
	}
	if r := d.some(m.Get("max_range"), "max_range"); r != nil {
		out.MaxRange = *r
	}
	if r := d.some(m.Get("retention"), "retention"); r != nil {
		out.Retention = *r
	}
	out.BySeverity = d.bySeverity(m.Get("by_severity"), words(out.Severities))
	return out
}

// bySeverity reads what each severity must carry. One that severities does not have is
// misspelt: no alert may have it.
func (d *decoder) bySeverity(n *document.Node, severities []string) map[string]RuleMetadata {
	m := d.mapping(n, "by_severity")
	if m == nil {
		return nil
	}
	out := map[string]RuleMetadata{}
	for _, f := range m.Fields {
		if len(severities) > 0 && !slices.Contains(severities, f.Key) {
			at := f.KeyAt
			at.EndLine, at.EndColumn = at.Line, at.Column+len([]rune(f.Key))
			d.findings = append(d.findings, finding(f.Value, at, RuleInvalid, report.Error, "by_severity has "+strconv.Quote(f.Key)+", which severities does not allow", nearest(f.Key, severities)))
		}
		out[f.Key] = d.ruleMetadata(f.Value, "severity "+f.Key)
	}
	return out
}

func (d *decoder) patterns(n *document.Node, what string) map[string]*regexp.Regexp {
	m := d.mapping(n, what)
	if m == nil {
		return nil
	}
	out := map[string]*regexp.Regexp{}
	for _, f := range m.Fields {
		if re := d.pattern(f.Value, "the pattern of "+f.Key); re != nil {
			out[f.Key] = re
		}
	}
	return out
}

// some reads a duration that is longer than nothing, as 0 would ask for nothing.
func (d *decoder) some(n *document.Node, what string) *time.Duration {
	got := d.duration(n, what)
	if got != nil && *got == 0 {
		d.wrong(n, what+" is 0, which asks for nothing", "write how long, as 1d, or remove the key")
	}
	return got
}

// duration reads a duration as Prometheus writes it: 30s, 1h30m, 15d. Absent is nil.
func (d *decoder) duration(n *document.Node, what string) *time.Duration {
	v := d.text(n, what)
	if !v.Set() {
		return nil
	}
	got, err := model.ParseDuration(v.V)
	if err != nil {
		d.wrong(n, what+" "+strconv.Quote(v.V)+" is no duration", "write one as Prometheus does: 30s, 1h30m, 15d")
		return nil
	}
	t := time.Duration(got)
	return &t
}
