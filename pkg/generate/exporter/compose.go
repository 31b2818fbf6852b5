package exporter

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/manifest"
)

// compose writes one file with all exporters for Docker Compose.
func (w *writer) compose() {
	services := object{}
	var header []string
	for _, t := range w.exporters() {
		services[t.name] = w.container(t)
		header = append(header, t.use.Name()+": the exporter's account needs "+t.exporter.Privileges)
		if t.secretive() {
			header = append(header, t.use.Name()+": write "+strings.Join(t.passwords(), " and ")+" into "+t.name+".env, which is not for version control")
		}
	}
	if len(services) == 0 {
		return
	}
	w.file(generate.Artefact{Path: "docker-compose.exporters.yaml", Count: len(services), Unit: "exporters"}, header, []manifest.Document{{Value: object{"services": services}, What: "the exporters", Origin: w.job.Service.At}})
}

func (w *writer) container(t target) object {
	port := strconv.Itoa(t.exporter.Port)
	c := object{
		"image": t.image, "restart": "unless-stopped", "networks": []string{"default"},
		// Only this machine reaches the port, and it may be taken: Compose picks one.
		"ports": []string{"127.0.0.1::" + port},
		"user":  strconv.Itoa(nobody), "read_only": true, "cap_drop": []string{"ALL"}, "security_opt": []string{"no-new-privileges:true"},
	}
	if len(t.args) > 0 {
		c["command"] = uninterpolated(t.args)
	}
	env := map[string]string{}
	for _, e := range t.exporter.Env {
		if !e.Secret {
			env[e.Name] = dollar(t.facts.fill(e.Value))
		}
	}
	if len(env) > 0 {
		c["environment"] = env
	}
	if t.secretive() {
		c["env_file"] = []string{"./" + t.name + ".env"}
	}
	return c
}

// passwords are the names of the variables that hold one.
func (t target) passwords() []string {
	var out []string
	for _, e := range t.exporter.Env {
		if e.Secret {
			out = append(out, e.Name+"=")
		}
	}
	return out
}

// dollar keeps Compose from taking what follows a dollar sign for a variable.
func dollar(s string) string { return strings.ReplaceAll(s, "$", "$$") }

func uninterpolated(args []string) []string {
	out := slices.Clone(args)
	for i := range out {
		out[i] = dollar(out[i])
	}
	return out
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
