package exporter

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

// placeholder stands where somebody has to write what the service file does not say.
const placeholder = "REPLACE_ME"

// defaultKey is the key of a password in a secret when nobody says.
const defaultKey = "password"

// facts are how a dependency is reached.
type facts struct {
	host, port, database, username string
	tls                            bool
	secretName, secretKey          string
	// own is set when the service file names the secret.
	own bool
}

// hostName is a name or an address. A user and a password in front of it do not
// belong into files.
var hostName = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])$`)

// secretName is what Kubernetes takes for the name of a secret or of a key in one.
var secretName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$`)

// facts reads how a dependency is reached, and reports what is needed and not there.
func (w *writer) facts(t target) facts {
	c, d := t.use.Dependency.Connection, t.use.Dependency
	f := facts{host: c.Host.V, port: c.Port.V, database: c.Database.V, username: c.Username.V, tls: c.TLS.V, secretName: c.SecretName.V, secretKey: c.SecretKey.V}
	if f.host != "" && !hostName.MatchString(f.host) {
		w.find(c.Host.At, report.Error, "the host of "+d.Name.V+" is neither a name nor an address, and is left out", "write the host alone, without a scheme, a user or a path")
		f.host = ""
	}
	for _, s := range []*string{&f.secretName, &f.secretKey} {
		if *s != "" && !secretName.MatchString(*s) {
			w.find(c.SecretName.At, report.Error, "the secret of "+d.Name.V+" has a name or a key that Kubernetes does not take, and is left out", "use letters, digits, dots, hyphens and underscores")
			*s = ""
		}
	}
	var missing []string
	for _, m := range []struct {
		name  string
		value *string
		other string
	}{{"host", &f.host, ""}, {"port", &f.port, defaultPort(t)}, {"database", &f.database, ""}, {"username", &f.username, ""}} {
		if *m.value == "" {
			*m.value = cmp.Or(m.other, placeholder)
			if *m.value == placeholder && reads(t, m.name) {
				missing = append(missing, m.name)
			}
		}
	}
	if len(missing) > 0 {
		w.find(d.At, report.Warning, "the file does not say "+strings.Join(missing, " and ")+" of "+d.Name.V+", and "+placeholder+" stands in what is written for its exporter",
			"add "+strings.Join(missing, ": and ")+": to the dependency")
	}
	f.own = f.secretName != ""
	f.secretName, f.secretKey = cmp.Or(f.secretName, t.name), cmp.Or(f.secretKey, defaultKey)
	return f
}

// defaultPort is the port of the technology itself.
func defaultPort(t target) string {
	if t.exporter == nil || t.exporter.TargetPort == 0 {
		return ""
	}
	return strconv.Itoa(t.exporter.TargetPort)
}

// reads reports whether what is written for a target needs a fact.
func reads(t target, name string) bool {
	if t.exporter == nil {
		return name == "host"
	}
	variable := "${" + name + "}"
	return slices.ContainsFunc(t.exporter.Args, func(a string) bool { return strings.Contains(a, variable) }) ||
		slices.ContainsFunc(t.exporter.Env, func(e tech.Env) bool { return strings.Contains(e.Value, variable) })
}

var either = regexp.MustCompile(`\$\{tls\?([^:}]*):([^}]*)\}`)

// fill fills in the variables of a text of the catalogue. What becomes part of an
// address is escaped for it.
func (f facts) fill(text string) string {
	escape := func(s string) string { return s }
	if strings.Contains(text, "/${database}") {
		escape = url.PathEscape
	}
	pick := "$2"
	if f.tls {
		pick = "$1"
	}
	return strings.NewReplacer(
		"${host}", f.host, "${port}", f.port, "${database}", escape(f.database), "${username}", f.username, "${tls}", strconv.FormatBool(f.tls),
		"${secret_name}", f.secretName, "${secret_key}", f.secretKey,
	).Replace(either.ReplaceAllString(text, pick))
}

// image is the image that a dependency's exporter runs, by the file or the catalogue.
func image(e *tech.Exporter, c spec.ExporterChoice) string {
	name := cmp.Or(c.Image.V, e.Image)
	if last := name[strings.LastIndex(name, "/")+1:]; strings.ContainsAny(last, ":@") {
		return name
	}
	return name + ":" + cmp.Or(c.Version.V, e.Version)
}

// secretive matches arguments that look as if they held a secret.
var secretive = regexp.MustCompile(`(?i)(passw|secret|token|api[-_]?key|credential)[^=]*=.|://[^/@\s]*:[^/@\s]*@`)

// arguments are those of the catalogue, the collectors that are switched on, and the
// file's own.
func (w *writer) arguments(t target) []string {
	var out []string
	for _, a := range t.exporter.Args {
		out = append(out, t.facts.fill(a))
	}
	choice := t.use.Dependency.Exporter
	for _, c := range choice.Collectors {
		flag, ok := collector(t.use.Technology, c.V)
		if !ok {
			w.find(c.At, report.Warning, "nothing is known of a collector "+c.V+" of "+t.exporter.Name+", and it is left out", "write it as a flag that begins with --")
			continue
		}
		out = append(out, flag)
	}
	for _, a := range choice.Args {
		out = append(out, a.V)
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(out, func(a string) bool {
		if secretive.MatchString(a) {
			w.find(t.use.Dependency.At, report.Error, "an argument of the exporter of "+t.use.Name()+" looks as if it held a secret, and is left out", "name the secret below secret:, and never write its value")
			return true
		}
		double := seen[a]
		seen[a] = true
		return double
	})
}

// collector returns the flag of a collector: as it is written, or the one that the
// catalogue knows by that word.
func collector(t tech.Technology, word string) (string, bool) {
	if strings.HasPrefix(word, "-") {
		return word, true
	}
	for _, flag := range flags(t) {
		if strings.HasPrefix(flag, "--") && !strings.ContainsAny(flag, " ,") && strings.HasSuffix(flag, "."+word) {
			return flag, true
		}
	}
	return "", false
}

// flags are those that metrics of a technology need.
func flags(t tech.Technology) []string {
	var out []string
	for _, i := range t.Intents {
		for _, c := range i.Candidates {
			out = append(out, c.Needs)
		}
	}
	for _, a := range t.Alerts {
		out = append(out, a.Needs)
	}
	for _, m := range t.Metrics {
		out = append(out, m.Needs)
	}
	return out
}
