package dashboard

import (
	"bytes"
	"context"
	"path"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/spec/document"
)

// Holding says which dashboards are inside of a file.
type Holding uint8

const (
	// None is a file without dashboards.
	None Holding = iota
	// Among is one with dashboards, and with documents that may be rules or a service.
	Among
	// Alone is one with dashboards, and with nothing else that anybody here reads.
	Alone
)

// Held returns which dashboards a file of YAML holds: those in ConfigMaps, also in
// lists of them, and in the resources of Grafana's operator. It reads no more than it
// has to. A file that is no YAML holds none.
func Held(ctx context.Context, name string, data []byte) Holding {
	docs := resourcesOf(ctx, name, data)
	if len(texts(docs)) == 0 {
		return None
	}
	if slices.ContainsFunc(docs, readElsewhere) {
		return Among
	}
	return Alone
}

// in returns the dashboards of a file: the file itself, or the texts that it holds.
func in(ctx context.Context, f lint.File) []*file {
	if !mayHold(f.Data) || path.Ext(f.Name) == ".json" && Is(f.Data) {
		return []*file{newFile(f.Name, f.Data)}
	}
	var out []*file
	for _, n := range texts(resourcesOf(ctx, f.Name, f.Data)) {
		out = append(out, newText(n))
	}
	return out
}

// mayHold reports whether a file has the words that one with dashboards inside has.
func mayHold(data []byte) bool {
	has := func(word string) bool { return bytes.Contains(data, []byte(word)) }
	return (has("ConfigMap") || has("GrafanaDashboard")) && slices.ContainsFunc([]string{"panels", "rows", "schemaVersion", "elements", labelled}, has)
}

// resourcesOf returns the resources of a file that may hold dashboards, of lists their
// items.
func resourcesOf(ctx context.Context, name string, data []byte) []*document.Node {
	if !mayHold(data) {
		return nil
	}
	docs, findings := document.ParseContext(ctx, name, data, document.RuleLimits())
	if len(findings) > 0 {
		return nil
	}
	return items(docs)
}

// items puts what lists hold in place of them.
func items(docs []*document.Node) []*document.Node {
	var out []*document.Node
	for _, n := range docs {
		of := resourceKind(n)
		if list := n.Get("items"); of == "List" || of == "ConfigMapList" || of == "GrafanaDashboardList" {
			if list != nil {
				out = append(out, items(list.Items)...)
			}
			continue
		}
		out = append(out, n)
	}
	return out
}

func resourceKind(n *document.Node) string {
	if of := n.Get("kind"); of != nil {
		return of.Text
	}
	return ""
}

// texts returns the dashboards inside of resources.
func texts(docs []*document.Node) []*document.Node {
	var out []*document.Node
	for _, n := range docs {
		switch resourceKind(n) {
		case "ConfigMap":
			out = append(out, ofConfigMap(n)...)
		case "GrafanaDashboard":
			if text := n.Get("spec").Get("json"); text != nil && text.Kind == document.String {
				out = append(out, text)
			}
		}
	}
	return out
}

// labelled is the label by which the sidecar of Grafana finds ConfigMaps.
const labelled = "grafana_dashboard"

// ofConfigMap returns the dashboards of a ConfigMap: what is one by its text, and where
// the label says so what was meant to be one by its name.
func ofConfigMap(n *document.Node) []*document.Node {
	data := n.Get("data")
	if data == nil {
		return nil
	}
	meant := n.Get("metadata").Get("labels").Has(labelled)
	var out []*document.Node
	for _, f := range data.Fields {
		if f.Value.Kind != document.String {
			continue
		}
		text := []byte(f.Value.Text)
		if Is(text) || meant && strings.HasSuffix(f.Key, ".json") && begun.Match(text) {
			out = append(out, f.Value)
		}
	}
	return out
}

// readElsewhere reports whether a resource may be one of rules or a service file, which
// others here read.
func readElsewhere(n *document.Node) bool {
	version := n.Get("apiVersion")
	switch resourceKind(n) {
	case "ConfigMap", "GrafanaDashboard":
		return false
	case "", "PrometheusRule", "PrometheusRuleList", "ServiceReliabilityManifest":
		return true
	}
	return version == nil || !n.Has("metadata")
}
