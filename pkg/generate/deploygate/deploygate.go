// Package deploygate generates the deploy gate of a service for ArgoCD, Tekton and
// Flux: what runs nthlayer check-deploy before a deploy, and lets it through unless
// the gate blocks or cannot decide.
package deploygate

import (
	"cmp"
	"fmt"
	"path"
	"strings"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/manifest"
	"github.com/nthlayer/action/pkg/generate/rules"
	"github.com/nthlayer/action/pkg/generate/servicefile"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// The files. What is in FluxGate's folder is applied by Flux before the service is.
const (
	ArgoCD   = "gate/argocd.yaml"
	Tekton   = "gate/tekton.yaml"
	FluxGate = "gate/flux/gate.yaml"
	Flux     = "gate/flux.yaml"
)

// The images that run the gate: one without a shell, and one with one.
const (
	image      = "ghcr.io/nthlayer/action:1"
	shellImage = "ghcr.io/nthlayer/action:1-gitlab"
)

// settings is the name of the ConfigMap and of the Secret that say where Prometheus
// is: a service file must not.
const settings = "nthlayer"

// maxSeconds is how long a gate may take before it counts as failed.
const maxSeconds = 240

// Gates generates the deploy gate of a service.
type Gates struct{}

// Kind is gate.
func (Gates) Kind() generate.Kind { return generate.Gate }

// Generate returns a file for each system. Flux has two: the gate, and the
// Kustomization that applies it.
func (Gates) Generate(job generate.Job) generate.Result {
	g := gates{job: job, name: manifest.Identifier(job.Service.Name.V + "-reliability-gate"), environment: cmp.Or(job.Service.Environment, "prod")}
	file, err := g.serviceFile()
	if err != nil {
		g.out.Findings = append(g.out.Findings, job.Service.At.Finding("generate/expression", report.Error, job.Service.Name.V, "the gate could not be written: "+err.Error(), ""))
		return g.out
	}
	hook := func(wave string) object {
		return object{
			"argocd.argoproj.io/hook": "PreSync", "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation", "argocd.argoproj.io/sync-wave": wave,
		}
	}
	g.file(ArgoCD, g.notes(), g.configMap(file, hook("-2")), g.batch(hook("-1"), nil))
	g.file(Tekton, nil, g.task())
	// Flux runs a Job once for all. One that goes away is made anew at the next
	// interval, so that the verdict stays young.
	g.file(FluxGate, g.notes(), g.configMap(file, nil), g.batch(nil, object{"ttlSecondsAfterFinished": 60}))
	g.file(Flux, []string{
		"Apply this beside the Kustomization that deploys " + job.Service.Name.V + ", and add to that one:",
		"  dependsOn:", "    - name: " + g.name,
		"Both must have the same sourceRef: Flux then waits for a verdict on the very revision.",
		"Correct path and sourceRef if they are others.",
	}, g.kustomization())
	return g.out
}

type gates struct {
	job               generate.Job
	name, environment string
	out               generate.Result
}

// object is a mapping of a document. It is written sorted.
type object = map[string]any

func (g *gates) notes() []string {
	return []string{
		"The address of Prometheus is in the ConfigMap " + settings + ", in the key prometheus-url,",
		"and a token, if it needs one, in the Secret " + settings + ", in the key prometheus-token.",
	}
}

func (g *gates) file(name string, header []string, objects ...object) {
	var docs []manifest.Document
	for _, o := range objects {
		docs = append(docs, manifest.Document{Value: o, What: o["kind"].(string), Origin: g.origin()})
	}
	a := generate.Artefact{Kind: generate.Gate, Path: name, Count: len(docs), Unit: "manifests"}
	g.out = manifest.File(g.out, a, append(rules.Header(g.job.Service), header...), docs)
}

// origin is the place of the gate in the service file, or of the service.
func (g *gates) origin() spec.Origin {
	if gates := g.job.Service.Gates; len(gates) > 0 {
		return gates[0].At
	}
	return g.job.Service.At
}

// serviceFile is the service as it was resolved: what is in a cluster has no other
// files beside it.
func (g *gates) serviceFile() (string, error) {
	data, _, err := manifest.Write(nil, []manifest.Document{{Value: servicefile.Resolved(g.job.Service), What: "the service"}})
	return string(data), err
}

func (g *gates) meta(annotations object) object {
	m := object{"name": g.name, "labels": object{"app.kubernetes.io/name": g.name, "app.kubernetes.io/managed-by": "nthlayer"}}
	if len(annotations) > 0 {
		m["annotations"] = annotations
	}
	if n := g.job.Service.Workload.Namespace.V; n != "" && manifest.Identifier(n) == n {
		m["namespace"] = n
	}
	return m
}

func (g *gates) configMap(file string, annotations object) object {
	return object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": g.meta(annotations), "data": object{"service.yaml": file}}
}

// batch is the Job that asks the gate, once: asking again would only say the same
// later.
func (g *gates) batch(annotations, more object) object {
	args := []string{"--fail-on", "error", "--environment", g.environment}
	if label := g.job.Options.Label(); label != spec.DefaultServiceLabel {
		args = append(args, "--service-label", label)
	}
	container := object{
		"name": "gate", "image": image, "workingDir": "/services",
		"command": []string{"/nthlayer", "check-deploy"}, "args": append(args, "service.yaml"),
		"env": g.prometheus(),
		"securityContext": object{
			"runAsNonRoot": true, "runAsUser": 65534, "readOnlyRootFilesystem": true, "allowPrivilegeEscalation": false,
			"capabilities": object{"drop": []string{"ALL"}},
		},
		"volumeMounts": []any{object{"name": "services", "mountPath": "/services", "readOnly": true}},
	}
	job := object{
		"backoffLimit": 0, "activeDeadlineSeconds": maxSeconds,
		"template": object{"spec": object{
			"restartPolicy": "Never", "automountServiceAccountToken": false, "containers": []any{container},
			"volumes": []any{object{"name": "services", "configMap": object{"name": g.name}}},
		}},
	}
	for key, value := range more {
		job[key] = value
	}
	return object{"apiVersion": "batch/v1", "kind": "Job", "metadata": g.meta(annotations), "spec": job}
}

// prometheus are the variables that say where Prometheus is.
func (g *gates) prometheus() []any {
	return []any{
		object{"name": "NTHLAYER_PROMETHEUS_URL", "valueFrom": object{"configMapKeyRef": object{"name": settings, "key": "prometheus-url"}}},
		object{"name": "NTHLAYER_PROMETHEUS_TOKEN", "valueFrom": object{"secretKeyRef": object{"name": settings, "key": "prometheus-token", "optional": true}}},
	}
}

// script runs the gate in a shell and writes its exit code down. It approves with 0
// and with a warning with 1.
const script = `#!/bin/sh
code=0
nthlayer check-deploy --fail-on warning -- "$SERVICES" || code=$?
printf '%s' "$code" > "$EXIT_CODE_FILE"
test "$code" -le 1
`

// task is a Task of Tekton. It reads the service file of a checkout, and gets its
// params as variables: text that is set into a script could be run by it.
func (g *gates) task() object {
	services := object{"name": "services", "type": "string", "description": "The service file in the workspace."}
	if file := g.job.Service.File; !strings.Contains(file, "$") { // it would be one of Tekton's variables
		services["default"] = file
	}
	env := append([]any{
		object{"name": "SERVICES", "value": "$(params.services)"},
		object{"name": "NTHLAYER_ENVIRONMENT", "value": "$(params.environment)"},
		object{"name": "EXIT_CODE_FILE", "value": "$(results.exit-code.path)"},
	}, g.prometheus()...)
	if label := g.job.Options.Label(); label != spec.DefaultServiceLabel {
		env = append(env, object{"name": "NTHLAYER_SERVICE_LABEL", "value": label})
	}
	return object{
		"apiVersion": "tekton.dev/v1", "kind": "Task", "metadata": g.meta(nil),
		"spec": object{
			"description": fmt.Sprintf("Ask the gate whether %s may be deployed.", g.job.Service.Name.V),
			"params":      []any{services, object{"name": "environment", "type": "string", "description": "The environment that is deployed to.", "default": g.environment}},
			"workspaces":  []any{object{"name": "source", "description": "A checkout with the service files.", "readOnly": true}},
			"results":     []any{object{"name": "exit-code", "description": "0 approved, 1 approved with a warning, 2 blocked, 3 wrong call, 4 could not be decided."}},
			"steps": []any{object{
				"name": "gate", "image": shellImage, "workingDir": "$(workspaces.source.path)", "env": env, "script": script,
			}},
		},
	}
}

// kustomization applies the gate and waits for its Job. A Job cannot be changed, so
// that Flux has to replace it by force.
func (g *gates) kustomization() object {
	return object{
		"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
		"metadata": object{"name": g.name, "namespace": "flux-system"},
		"spec": object{
			"interval": "5m", "retryInterval": "1m", "timeout": "5m", "wait": true, "force": true, "prune": true,
			"path":      "./" + path.Join("generated", g.job.Service.Environment, g.job.Options.Layout.Path(g.job.Service.Name.V, path.Dir(FluxGate))),
			"sourceRef": object{"kind": "GitRepository", "name": "flux-system"},
		},
	}
}
