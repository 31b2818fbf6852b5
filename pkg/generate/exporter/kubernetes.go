package exporter

import (
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/manifest"
)

// nobody is the user that exporters run as: it owns no file.
const nobody = 65534

// metrics is the name of the port that is scraped.
const metrics = "metrics"

// kubernetes writes one file for each exporter.
func (w *writer) kubernetes() {
	for _, t := range w.exporters() {
		objects := []object{w.deployment(t), w.service(t), w.monitor(t)}
		if w.job.Options.Exporters.NetworkPolicy {
			objects = append(objects, w.policy(t))
		}
		var docs []manifest.Document
		for i, o := range objects {
			d := manifest.Document{Value: o, What: o["kind"].(string) + " of " + t.use.Name(), Origin: t.use.Origin}
			if i == len(objects)-1 && !t.facts.own {
				d.Foot = w.secret(t)
			}
			docs = append(docs, d)
		}
		w.file(generate.Artefact{Path: t.short + "-exporter.yaml", Count: len(docs), Unit: "manifests"}, []string{"The exporter's account needs: " + t.exporter.Privileges}, docs)
	}
}

// meta is the metadata of what belongs to an exporter.
func (w *writer) meta(t target) object {
	m := object{"name": t.name, "labels": labelsOf(t, w.job.Service.Name.V)}
	if n := w.namespace; n != "" {
		m["namespace"] = n
	}
	return m
}

func labelsOf(t target, service string) object {
	return object{
		"app.kubernetes.io/name": t.exporter.Name, "app.kubernetes.io/instance": t.name,
		"app.kubernetes.io/part-of": manifest.Identifier(service), "app.kubernetes.io/managed-by": "nthlayer",
	}
}

// selector picks the pods of one exporter.
func selector(t target) object {
	return object{"matchLabels": object{"app.kubernetes.io/instance": t.name}}
}

func (w *writer) deployment(t target) object {
	// Exporters answer on different paths, and a page of metrics asks the dependency
	// itself: whether the port is open is all that a probe should ask.
	probe := object{"tcpSocket": object{"port": metrics}}
	container := object{
		"name": "exporter", "image": t.image,
		"ports":         []any{object{"name": metrics, "containerPort": t.exporter.Port}},
		"livenessProbe": probe, "readinessProbe": probe,
		"resources": object{"requests": object{"cpu": "50m", "memory": "64Mi"}, "limits": object{"cpu": "200m", "memory": "128Mi"}},
		"securityContext": object{
			"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": object{"drop": []string{"ALL"}},
		},
	}
	if len(t.args) > 0 {
		container["args"] = expanded(t.args)
	}
	if env := t.environment(); len(env) > 0 {
		container["env"] = env
	}
	pod := object{
		"automountServiceAccountToken": false,
		"securityContext":              object{"runAsNonRoot": true, "runAsUser": nobody, "runAsGroup": nobody, "seccompProfile": object{"type": "RuntimeDefault"}},
		"containers":                   []any{container},
	}
	return object{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": w.meta(t),
		"spec": object{
			"replicas": 1, "selector": selector(t),
			"template": object{"metadata": object{"labels": labelsOf(t, w.job.Service.Name.V)}, "spec": pod},
		},
	}
}

// environment are the variables of the exporter. Passwords come from the secret.
func (t target) environment() []any {
	var out []any
	for _, e := range t.exporter.Env {
		if e.Secret {
			ref := object{"name": t.facts.secretName, "key": t.facts.secretKey}
			out = append(out, object{"name": e.Name, "valueFrom": object{"secretKeyRef": ref}})
			continue
		}
		out = append(out, object{"name": e.Name, "value": literal(t.facts.fill(e.Value))})
	}
	return out
}

// literal keeps Kubernetes from taking $(NAME) for a variable.
func literal(s string) string { return strings.ReplaceAll(s, "$(", "$$(") }

func expanded(args []string) []string {
	out := slices.Clone(args)
	for i := range out {
		out[i] = literal(out[i])
	}
	return out
}

func (w *writer) service(t target) object {
	return object{
		"apiVersion": "v1", "kind": "Service", "metadata": w.meta(t),
		"spec": object{
			"selector": object{"app.kubernetes.io/instance": t.name},
			"ports":    []any{object{"name": metrics, "port": t.exporter.Port, "targetPort": metrics}},
		},
	}
}

// monitor tells the operator of Prometheus to scrape the exporter.
func (w *writer) monitor(t target) object {
	return object{
		"apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor", "metadata": w.meta(t),
		"spec": object{
			"selector":  selector(t),
			"endpoints": []any{object{"port": metrics, "path": t.exporter.Path, "interval": "30s", "relabelings": relabelings(t)}},
		},
	}
}

// relabelings put the labels on the target. They come behind the operator's own,
// which would have the label service hold the name of the Kubernetes Service.
func relabelings(t target) []any {
	var out []any
	for _, name := range sortedKeys(t.labels) {
		out = append(out, object{"action": "replace", "targetLabel": name, "replacement": strings.ReplaceAll(t.labels[name], "$", "$$")})
	}
	return out
}

// policy lets nothing in but on the port of metrics.
func (w *writer) policy(t target) object {
	return object{
		"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": w.meta(t),
		"spec": object{
			"podSelector": selector(t), "policyTypes": []string{"Ingress"},
			"ingress": []any{object{"ports": []any{object{"port": t.exporter.Port, "protocol": "TCP"}}}},
		},
	}
}

// secret is what has to be created by hand, as a comment without any value.
func (w *writer) secret(t target) []string {
	if !t.secretive() {
		return nil
	}
	lines := []string{
		"", "The exporter reads its password from a Secret that is not in version control:", "",
		"apiVersion: v1", "kind: Secret", "metadata:", "  name: " + t.facts.secretName,
	}
	if n := w.namespace; n != "" {
		lines = append(lines, "  namespace: "+strconv.Quote(n))
	}
	return append(lines, "stringData:", "  "+t.facts.secretKey+`: ""`)
}

// secretive reports whether the exporter needs a password.
func (t target) secretive() bool {
	for _, e := range t.exporter.Env {
		if e.Secret {
			return true
		}
	}
	return false
}
