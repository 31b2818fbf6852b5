package exporter

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/manifest"
)

// helm writes the values of each exporter's chart.
func (w *writer) helm() {
	for _, t := range w.exporters() {
		h := t.exporter.Helm
		if h == nil {
			continue
		}
		values := object{}
		for _, key := range sortedKeys(h.Values) {
			set(values, key, t.facts.fill(h.Values[key]))
		}
		set(values, "fullnameOverride", t.name)
		monitor := cmp.Or(h.Monitor, "serviceMonitor")
		set(values, monitor+".enabled", "true")
		set(values, monitor+".interval", "30s")
		setAny(values, cmp.Or(h.Relabelings, monitor+".relabelings"), relabelings(t))
		file := t.short + "-values.yaml"
		install := "helm upgrade --install " + t.name + " " + h.Chart + " --values " + file
		if n := w.namespace; n != "" {
			install += " --namespace " + n
		}
		header := []string{"Install it with: " + install, "The exporter's account needs: " + t.exporter.Privileges}
		if t.secretive() {
			header = append(header, chartSecret(t))
		}
		w.file(generate.Artefact{Path: file, Count: 1, Unit: "charts"}, header, []manifest.Document{{Value: values, What: "the values of " + t.use.Name(), Origin: t.use.Origin}})
	}
}

// chartSecret says what the chart reads from the secret.
func chartSecret(t target) string {
	if keys := t.exporter.Helm.SecretKeys; len(keys) > 0 {
		return "The account comes from the Secret " + t.facts.secretName + ", which must have the keys " + strings.Join(keys, " and ") + "."
	}
	return "The password comes from the Secret " + t.facts.secretName + ", in the key " + t.facts.secretKey + "."
}

// set sets a value by its dotted key. true and false are no texts there.
func set(values object, key, text string) {
	switch text {
	case "true":
		setAny(values, key, true)
	case "false":
		setAny(values, key, false)
	default:
		setAny(values, key, text)
	}
}

var first = regexp.MustCompile(`^(.+)\[0\]$`)

// setAny sets a value by its dotted key; key[0] is a list of one.
func setAny(values object, key string, value any) {
	head, rest, nested := strings.Cut(key, ".")
	switch m := first.FindStringSubmatch(head); {
	case nested:
		inner, ok := values[head].(object)
		if !ok {
			inner = object{}
			values[head] = inner
		}
		setAny(inner, rest, value)
	case m != nil:
		values[m[1]] = []any{value}
	default:
		values[head] = value
	}
}
