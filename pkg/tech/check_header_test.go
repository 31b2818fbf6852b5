package tech

import (
	"regexp"
	"slices"
	"strings"
)

var (
	intentName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	techName   = regexp.MustCompile(`^[a-z][a-z0-9]*([-_][a-z0-9]+)*$`)
	variable   = regexp.MustCompile(`\$\{([^}]*)\}`)
	tlsChoice  = regexp.MustCompile(`^tls\?[a-z-]*:[a-z-]*$`)
	secretKey  = regexp.MustCompile(`(?i)(pass(word)?|secret|token|api_?key)([_.-]|$)`)
)

// checkTechnology says everything that is wrong with a file of the catalogue.
func checkTechnology(t Technology) problems {
	v, found := newVocabulary(t)
	checkHeader(&found, t)
	checkWiring(&found, t)
	v.checkIntents(&found, t)
	checkOutcome(&found, t.Outcome)
	v.checkHealth(&found, t.Health)
	v.checkPanels(&found, t)
	checkAlerts(&found, t, v)
	checkLogs(&found, t)
	return found
}

func checkHeader(found *problems, t Technology) {
	if !techName.MatchString(t.Name) {
		found.add("name", "%q is no name; use lower case letters, digits and hyphens", t.Name)
	}
	for i, a := range t.Aliases {
		if !techName.MatchString(a) {
			found.add(index("aliases", i), "%q is no alias; use lower case letters, digits and hyphens", a)
		}
	}
	kinds := []Kind{KindDatabase, KindCache, KindQueue, KindProxy, KindInfrastructure, KindService}
	if !slices.Contains(kinds, t.Kind) {
		found.add("kind", "%q is no kind; use one of %v", t.Kind, kinds)
	}
	if t.Title == "" {
		found.add("title", "there is no title")
	}
	if !strings.HasPrefix(t.Docs, "https://") {
		found.add("docs", "%q is no https address", t.Docs)
	}
	for i, l := range t.Identity {
		if !metricName.MatchString(l) {
			found.add(index("identity", i), "%q is no label", l)
		}
	}
	checkKind(found, t)
}

// checkKind makes sure that a file has what its kind needs and nothing that is
// for the other kinds.
func checkKind(found *problems, t Technology) {
	if t.Kind == KindService {
		if len(t.Types) == 0 {
			found.add("types", "a kind of service names the types that it describes")
		}
		if t.Exporter != nil || t.Builtin != nil {
			found.add("kind", "a kind of service has no exporter")
		}
		return
	}
	if len(t.Types) > 0 {
		found.add("types", "types are for kinds of services")
	}
	if t.Outcome != nil {
		found.add("outcome", "an outcome is for kinds of services")
	}
	if t.Health != nil {
		found.add("health", "health is for kinds of services")
	}
	if len(t.Identity) == 0 {
		found.add("identity", "name the labels that tell instances apart, as instance")
	}
	if t.Exporter == nil && t.Builtin == nil && !t.Workload {
		found.add("exporter", "say where the metrics come from: an exporter, or builtin")
	}
}

// checkOutcome makes sure that failures can be told.
func checkOutcome(found *problems, o *Outcome) {
	if o == nil {
		return
	}
	if len(o.Labels) == 0 {
		found.add("outcome.labels", "name the labels that may tell failures from successes")
	}
	for i, l := range o.Labels {
		if !metricName.MatchString(l) {
			found.add(index("outcome.labels", i), "%q is no label", l)
		}
	}
	if _, err := regexp.Compile(o.Errors); err != nil || o.Errors == "" {
		found.add("outcome.errors", "%q is no pattern of the failing values", o.Errors)
	}
	if _, err := regexp.Compile(o.Values); err != nil {
		found.add("outcome.values", "%q is no pattern of all values", o.Values)
	}
}

// checkHealth makes sure that what is recorded of a service can be worked out from
// what its kind measures.
func (v vocabulary) checkHealth(found *problems, h *Health) {
	if h == nil {
		return
	}
	for _, role := range []struct {
		path, intent string
		typ          MetricType
	}{{"requests", h.Requests, Counter}, {"errors", h.Errors, Counter}, {"latency", h.Latency, Histogram}} {
		if in := v.intents[role.intent]; role.intent != "" && in.Type != role.typ {
			found.add("health."+role.path, "%s is no %s of %s", role.intent, role.typ, v.technology)
		}
	}
	if h.Errors != "" && h.Requests == "" {
		found.add("health.requests", "the share of errors is one of requests, and none are named")
	}
}

func checkWiring(found *problems, t Technology) {
	if b := t.Builtin; b != nil {
		checkEndpoint(found, "builtin", b.Port, b.Path)
	}
	if t.Exporter == nil {
		return
	}
	e := *t.Exporter
	checkEndpoint(found, "exporter", e.Port, e.Path)
	for _, f := range []struct{ path, value string }{
		{"name", e.Name}, {"image", e.Image}, {"version", e.Version}, {"privileges", e.Privileges},
	} {
		if f.value == "" {
			found.add("exporter."+f.path, "is empty")
		}
	}
	if strings.Contains(e.Image, ":") || e.Version == "latest" {
		found.add("exporter.version", "the tag of the image belongs here, and names one release")
	}
	if !metricName.MatchString(e.Probe) {
		found.add("exporter.probe", "%q is no metric", e.Probe)
	}
	if e.TargetPort < 1 || e.TargetPort > 65535 {
		found.add("exporter.target_port", "%d is no port", e.TargetPort)
	}
	checkValues(found, e)
	checkSecret(found, e)
}

func checkEndpoint(found *problems, at string, port int, path string) {
	if port < 1 || port > 65535 {
		found.add(at+".port", "%d is no port", port)
	}
	if !strings.HasPrefix(path, "/") {
		found.add(at+".path", "%q does not begin with /", path)
	}
}

// wiring returns the values that wire an exporter to its target, by their paths.
func wiring(e Exporter) map[string]string {
	out := map[string]string{}
	for i, a := range e.Args {
		out[index("exporter.args", i)] = a
	}
	for i, env := range e.Env {
		out[index("exporter.env", i)+".value"] = env.Value
	}
	if e.Helm != nil {
		for k, v := range e.Helm.Values {
			out["exporter.helm.values."+k] = v
		}
	}
	return out
}

func checkValues(found *problems, e Exporter) {
	host := false
	for path, value := range wiring(e) {
		for _, m := range variable.FindAllStringSubmatch(value, -1) {
			inHelm := strings.HasPrefix(path, "exporter.helm") && (m[1] == "secret_name" || m[1] == "secret_key")
			if !slices.Contains([]string{"host", "port", "database", "username", "tls"}, m[1]) && !tlsChoice.MatchString(m[1]) && !inHelm {
				found.add(path, "%s is no variable", m[0])
			}
			host = host || m[1] == "host"
		}
	}
	if !host {
		found.add("exporter", "nothing tells the exporter its target: no value has ${host}")
	}
}

// checkSecret makes sure that no password is ever written down.
func checkSecret(found *problems, e Exporter) {
	user, secret := false, false
	for i, env := range e.Env {
		at := index("exporter.env", i)
		user = user || strings.Contains(env.Value, "${username}")
		secret = secret || env.Secret
		switch {
		case env.Secret && env.Value != "":
			found.add(at+".value", "a secret is only referenced, and has no value")
		case !env.Secret && secretKey.MatchString(env.Name):
			found.add(at+".secret", "%s holds a secret; set secret: true", env.Name)
		case !env.Secret && env.Value == "":
			found.add(at+".value", "%s has no value", env.Name)
		}
	}
	for i, arg := range e.Args {
		user = user || strings.Contains(arg, "${username}")
		if name, value, ok := strings.Cut(arg, "="); ok && secretKey.MatchString(name) && value != "" {
			found.add(index("exporter.args", i), "an argument is seen by everyone; pass the secret in the environment")
		}
	}
	if user && !secret {
		found.add("exporter.env", "the account has no password: no variable is a secret")
	}
	if e.Helm == nil {
		return
	}
	for key, value := range e.Helm.Values {
		if secretKey.MatchString(key) && !strings.Contains(value, "${secret_") && value != "true" && value != "false" {
			found.add("exporter.helm.values."+key, "a secret is only referenced, with ${secret_name} and ${secret_key}")
		}
	}
}
