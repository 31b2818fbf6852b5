// Package kind tells by its text what a file of a folder is: a rule file, something
// that holds rules in a way nobody here reads, or something else. It does not need
// the file to be YAML, and rule files may be large.
package kind

import (
	"bytes"
	"regexp"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// Kind is what a file is.
type Kind uint8

// The kinds of files. What is near a rule file and is not read as one has a kind of
// its own, so that it can be told and not left out in silence.
const (
	// Other is all that has nothing to do with rules, service files among it.
	Other Kind = iota
	// Rules is a rule file, a PrometheusRule, or what was clearly meant to be one.
	Rules
	// Template is the source of a template that makes rules or other resources.
	Template
	// VictoriaMetrics is a VMRule, Loki a rule of its operator.
	VictoriaMetrics
	Loki
	// ConfigMap is one with rules inside of a text.
	ConfigMap
	// Values are the values of a Helm chart with rules among them.
	Values
	// Grafana is a provisioning file of rules that Grafana evaluates.
	Grafana
	// Bare is a list of groups or rules without groups: above it.
	Bare
	// Old is the language for rules of Prometheus 1.
	Old
)

// searched is how much of a file is looked at, in bytes: as much as a service file
// may have.
func searched() int { return document.ServiceLimits().Bytes }

var (
	rules = regexp.MustCompile(`\A\x{FEFF}?\s*\{\s*"groups"\s*:|(?m)^\x{FEFF}?(["']?groups["']?\s*:|\s*-?\s*kind:\s*["']?PrometheusRule(List)?["']?\s*$)|^\s*"kind"\s*:\s*"PrometheusRule(List)?"`)
	// topKey is a key of the outermost mapping.
	topKey = regexp.MustCompile(`(?m)^\x{FEFF}?["']?([A-Za-z_]+)["']?\s*:`)
	// named begins a rule, and expression is the field that every rule has.
	named      = regexp.MustCompile(`(?m)^\s*-?\s*(alert|record)\s*:`)
	expression = regexp.MustCompile(`(?m)^\s*-?\s*expr\s*:`)
	inner      = regexp.MustCompile(`(?m)^\s+-?\s*groups\s*:`)
	list       = regexp.MustCompile(`\A\x{FEFF}?(\s*(#.*)?\n|---.*\n)*- `)
	grafana    = regexp.MustCompile(`(?m)^apiVersion:\s*1\s*$`)
	folder     = regexp.MustCompile(`(?m)^\s+-?\s*folder\s*:`)
	manifest   = regexp.MustCompile(`(?m)^(kind|groups|spec)\s*:`)
	ofKind     = regexp.MustCompile(`(?m)^kind:\s*["']?(\w+)["']?\s*$`)
	values     = regexp.MustCompile(`(?m)^\s*(additionalPrometheusRulesMap|additionalPrometheusRules|serverFiles)\s*:`)
	old        = regexp.MustCompile(`(?m)^ALERT\s+\w+\s*$|^ALERT\s+\w+\s+IF\s`)
)

// Of returns the kind of a file.
func Of(data []byte) Kind {
	text := unixLines(data[:min(len(data), searched())])
	isRules := rules.Match(text)
	switch {
	case controls(text) && (isRules || manifest.Match(text)) && broken(data):
		return Template
	case grafana.Match(text) && folder.Match(text) && isRules:
		return Grafana
	case isRules:
		return Rules
	case old.Match(text):
		return Old
	case !expression.Match(text):
		return Other
	}
	return near(text)
}

// unixLines puts line feeds for carriage returns, which end a line of YAML as well and
// none for a regular expression.
func unixLines(text []byte) []byte {
	if bytes.IndexByte(text, '\r') < 0 {
		return text
	}
	return bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
}

// near returns the kind of a text that has expressions and is no rule file.
func near(text []byte) Kind {
	kind := ""
	if m := ofKind.FindSubmatch(text); m != nil {
		kind = string(m[1])
	}
	switch {
	case kind == "VMRule":
		return VictoriaMetrics
	case kind == "AlertingRule" || kind == "RecordingRule":
		return Loki
	case kind == "ConfigMap" && inner.Match(text):
		return ConfigMap
	case kind == "" && values.Match(text):
		return Values
	case kind == "" && named.Match(text) && list.Match(text):
		return Bare
	case kind == "" && named.Match(text) && misspelt(text):
		return Rules
	}
	return Other
}

// misspelt reports whether the first key of a text is nearly groups.
func misspelt(text []byte) bool {
	m := topKey.FindSubmatch(text)
	return m != nil && report.Nearest(string(m[1]), []string{"groups"}) != ""
}

// controls reports whether a line of a text begins with what steers a template of
// Go or Jinja.
func controls(text []byte) bool {
	for _, open := range []string{"{{", "{%"} {
		for rest := text; ; {
			i := bytes.Index(rest, []byte(open))
			if i < 0 {
				break
			}
			before := rest[:i]
			line := bytes.TrimSpace(before[bytes.LastIndexByte(before, '\n')+1:])
			if len(line) == 0 && steers.Match(rest[i+len(open):min(len(rest), i+maxSteer)]) {
				return true
			}
			rest = rest[i+len(open):]
		}
	}
	return false
}

// maxSteer is how much of a line is looked at to learn whether it steers a template.
const maxSteer = 40

var steers = regexp.MustCompile(`\A-?\s*(if|range|with|end|else|include|template|define|block|for|endif|endfor|set|tpl|toYaml|/\*|\$\w+\s*:=|\.)`)

// Unrendered reports whether a text has what a template fills in and is no YAML before.
func Unrendered(data []byte) bool { return bytes.Contains(data, []byte("{{")) && broken(data) }

// broken reports whether a text is no YAML. One with lines that pint is told to pass
// over is read without them.
func broken(data []byte) bool {
	if bytes.Contains(data, []byte("# pint ignore/")) {
		return false
	}
	_, findings := document.Parse("", data, document.RuleLimits())
	return len(findings) > 0
}

// What says what a file of a kind is, as in "this is ...", empty for one that is read.
func (k Kind) What() string {
	switch k {
	case Template:
		return "the source of a template, which is no YAML before it is rendered"
	case VictoriaMetrics:
		return "a VMRule of VictoriaMetrics"
	case Loki:
		return "a resource of Loki's operator"
	case ConfigMap:
		return "a ConfigMap with rules inside of a text"
	case Values:
		return "the values of a Helm chart, with rules among them"
	case Grafana:
		return "a provisioning file of rules that Grafana evaluates"
	case Bare:
		return "a list of rules or groups without groups: above it"
	case Old:
		return "rules in the language of Prometheus 1"
	case Other, Rules:
	}
	return ""
}

// Fix says how the rules of such a file can be checked.
func (k Kind) Fix() string {
	switch k {
	case Template:
		return "write what it makes into a file, as with helm template CHART > rendered.yaml, and lint that"
	case VictoriaMetrics:
		return "write its spec into a file of its own, as with yq .spec vmrule.yaml > rules.yaml, and lint that"
	case Loki:
		return "write its spec into a file of its own, as with yq .spec rule.yaml > rules.yaml, and lint that"
	case ConfigMap:
		return "write the text below data: into a file of its own, as with yq '.data[]' configmap.yaml > rules.yaml, and lint that"
	case Values:
		return "lint what the chart makes of them: helm template CHART -f values.yaml > rendered.yaml"
	case Grafana:
		return "nothing here reads such rules; what Prometheus evaluates belongs into a rule file"
	case Bare:
		return "put groups: above the groups, and each rule into a group with a name"
	case Old:
		return "write them as YAML, as promtool update rules of the first versions of Prometheus 2 does"
	case Other, Rules:
	}
	return ""
}
