package spec

import (
	"context"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

var environmentName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$`)

// environmentAliases lists every spelling of an environment, the canonical one
// first.
func environmentAliases() [][]string {
	return [][]string{
		{"dev", "development"},
		{"staging", "stage", "stg"},
		{"prod", "production", "prd"},
	}
}

// NormaliseEnvironment returns the canonical name of an environment: dev,
// staging or prod for their aliases, the name in lower case for others.
func NormaliseEnvironment(name string) string {
	return environmentSpellings(name)[0]
}

// environmentSpellings returns the canonical name and its aliases.
func environmentSpellings(name string) []string {
	name = strings.ToLower(strings.TrimSpace(name))
	for _, names := range environmentAliases() {
		if slices.Contains(names, name) {
			return names
		}
	}
	return []string{name}
}

// DetectEnvironment finds the environment of a job from the variables that CI
// systems and clusters set. It returns the normalised name and the variable that
// decided, or two empty strings. Names are matched as whole words of letters and
// digits; of several the last word wins, so that prod-eu is prod and
// product-catalog is nothing.
func DetectEnvironment(getenv func(string) string) (environment, variable string) {
	for _, v := range []string{"NTHLAYER_ENV", "NTHLAYER_ENVIRONMENT", "ENVIRONMENT", "ENV", "DEPLOY_ENV"} {
		if name := NormaliseEnvironment(getenv(v)); environmentName.MatchString(name) {
			return name, v
		}
	}
	for _, d := range []struct {
		variable string
		branch   bool
	}{
		{"K8S_NAMESPACE", false},
		{"NAMESPACE", false},
		{"AWS_ENV", false},
		{"ECS_CLUSTER", false},
		{"GITHUB_REF_NAME", true},
		{"CI_COMMIT_BRANCH", true},
		{"CIRCLE_BRANCH", true},
		{"BRANCH_NAME", true},
		{"ARGOCD_ENV_ENV", false},
		{"FLUX_ENV", false},
	} {
		if name := detectWord(getenv(d.variable), d.branch); name != "" {
			return name, d.variable
		}
	}
	return "", ""
}

func detectWord(value string, branch bool) string {
	value = strings.ToLower(value)
	if branch {
		value = strings.TrimPrefix(strings.TrimPrefix(value, "refs/heads/"), "origin/")
		switch value {
		case "main", "master":
			return "prod"
		case "develop":
			return "dev"
		}
	}
	words := strings.FieldsFunc(value, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	for _, w := range slices.Backward(words) {
		for _, names := range environmentAliases() {
			if slices.Contains(names, w) {
				return names[0]
			}
		}
	}
	return ""
}

// environmentFiles returns the override files of an environment that exist, in
// the order in which they are laid over the service file: shared ones first.
func (l *loader) environmentFiles(file string, name string) []string {
	dir, base := path.Dir(file), strings.TrimSuffix(path.Base(file), path.Ext(file))
	var shared, own []string
	for _, e := range environmentSpellings(l.environment) {
		shared = append(shared, path.Join(dir, "environments", e))
		for _, stem := range uniqueStrings(base, name) {
			own = append(own,
				path.Join(dir, "environments", stem+"-"+e),
				path.Join(dir, ".nthlayer/environments", stem+"-"+e))
		}
	}
	var out []string
	for _, stem := range append(shared, own...) {
		for _, ext := range []string{".yaml", ".yml"} {
			if l.ws.exists(stem + ext) {
				out = append(out, stem+ext)
			}
		}
	}
	return out
}

func uniqueStrings(a, b string) []string {
	if a == b || b == "" || strings.ContainsAny(b, "/\\") {
		return []string{a}
	}
	return []string{a, b}
}

// overrides returns the layers of the environment for one service: files, then
// the inline block. It warns when there are none.
func (l *loader) overrides(ctx context.Context, d *draft, file, name string) []*draft {
	if l.environment == "" {
		return nil
	}
	var layers []*draft
	files := l.environmentFiles(file, name)
	for _, f := range files {
		l.inputs[f] = true
		for _, n := range l.parse(f) {
			if o := l.overrideFile(n, name); o != nil {
				layers = append(layers, o)
			}
		}
	}
	found := len(files) > 0 // an empty file is an empty override
	for _, f := range d.environments {
		if NormaliseEnvironment(f.Key) != l.environment {
			continue
		}
		found = true
		if o := l.inline(f); o != nil {
			layers = append(layers, o)
		}
	}
	if !found && ctx.Err() == nil {
		l.noOverrides(d, file, name)
	}
	return layers
}

// inline reads one block of environments:. An empty block changes nothing, and
// says that the environment is known.
func (l *loader) inline(f document.Field) *draft {
	if f.Value.IsNull() {
		return nil
	}
	return l.override(f.Value)
}

// noOverrides warns that the base values are used for an environment that the
// service knows nothing about. Base values are those of production, so prod needs
// no overrides; nor do dev and staging, whose thresholds the tier table knows, for
// a service without any environment. Every other name may be misspelt.
func (l *loader) noOverrides(d *draft, file, name string) {
	known := l.knownEnvironments(d, file, name)
	usual := []string{}
	for _, names := range environmentAliases() {
		usual = append(usual, names[0])
	}
	if l.environment == "prod" || len(known) == 0 && slices.Contains(usual, l.environment) {
		return
	}
	fix := "it knows " + strings.Join(known, ", ")
	if len(known) == 0 {
		fix = "it knows none of its own; the usual names are " + strings.Join(usual, ", ")
	}
	if near := report.Nearest(l.environment, append(known, usual...)); near != "" && near != l.environment {
		fix = "did you mean " + near + "? " + fix
	}
	l.add(d.root, "spec/unknown-environment", report.Warning,
		"the service has nothing for the environment "+quote(l.environment)+", so its base values are used", fix)
}

// knownEnvironments lists the environments that a service has overrides for.
func (l *loader) knownEnvironments(d *draft, file, name string) []string {
	var out []string
	for _, f := range d.environments {
		out = append(out, f.Key)
	}
	stems := uniqueStrings(strings.TrimSuffix(path.Base(file), path.Ext(file)), name)
	for _, f := range l.ws.yamlIn(path.Join(path.Dir(file), "environments")) {
		e := strings.TrimSuffix(path.Base(f.Path), path.Ext(f.Path))
		for _, stem := range stems {
			if own, ok := strings.CutPrefix(e, stem+"-"); ok {
				out = append(out, own)
			}
		}
		if NormaliseEnvironment(e) != e || len(environmentSpellings(e)) > 1 {
			out = append(out, e)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// overrideFile reads an environment file. service: may be a mapping of
// overrides, or the name of the one service that the file is for.
func (l *loader) overrideFile(n *document.Node, name string) *draft {
	if e := n.Get("environment"); e != nil && NormaliseEnvironment(e.Text) != l.environment {
		l.add(e, "spec/unknown-environment", report.Warning, "the file is for "+quote(e.Text)+" by its content and for "+quote(l.environment)+" by its name", "rename the file or correct environment:")
	}
	if s := n.Get("service"); s != nil && s.Kind == document.String && s.Text != name {
		return nil
	}
	return l.override(n)
}

// override reads one layer of overrides in the nested or the flat form.
func (l *loader) override(n *document.Node) *draft {
	if n.Kind != document.Mapping {
		l.add(n, "spec/wrong-type", report.Error, "an environment's overrides must be a mapping; this is "+n.Kind.String(), "write service: or resources: below it")
		return nil
	}
	l.unknownKeys(n, append(append(serviceKeys(), flatKeys()...), "service", "slo", "replicas", "defaults"), "")
	d := &draft{root: n}
	d.service, d.resources = l.flatParts(n)
	if s := n.Get("service"); s != nil && s.Kind == document.Mapping {
		// Not merged: a null here deletes a key of the service file.
		d.service = document.NewMapping(s, append(d.service.Fields, s.Fields...)...)
	}
	return d
}

// Environments returns the normalised names of the environments that each service of
// the files has overrides for, by the service's name and sorted.
func Environments(ctx context.Context, ws *Workspace, files []Found) map[string][]string {
	l := &loader{ws: ws, templates: map[string]templateSet{}, label: DefaultServiceLabel, known: map[string][]string{}}
	l.builtin = l.builtins()
	ws.parseAhead(ctx, files, func(f Found, p parsed) { l.load(ctx, f, p) })
	for service, names := range l.known {
		l.known[service] = normalised(names)
	}
	return l.known
}

// normalised returns the normalised names of environments, each once and sorted. It
// changes the names that it is given.
func normalised(names []string) []string {
	for i := range names {
		names[i] = NormaliseEnvironment(names[i])
	}
	slices.Sort(names)
	return slices.Compact(names)
}
