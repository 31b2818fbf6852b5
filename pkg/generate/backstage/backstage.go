// Package backstage generates the entity of a service for Backstage's catalogue.
package backstage

import (
	"regexp"
	"strings"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/manifest"
	"github.com/nthlayer/action/pkg/generate/rules"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// File is where Backstage looks for an entity.
const File = "catalog-info.yaml"

// Entity generates the entity of a service.
type Entity struct{}

// Kind is backstage.
func (Entity) Kind() generate.Kind { return generate.Backstage }

type entity struct {
	APIVersion string   `yaml:"apiVersion"`
	Kind       string   `yaml:"kind"`
	Metadata   metadata `yaml:"metadata"`
	Spec       body     `yaml:"spec"`
}

type metadata struct {
	Name        string            `yaml:"name"`
	Description string            `yaml:"description,omitempty"`
	Annotations map[string]string `yaml:"annotations,omitempty"`
	Tags        []string          `yaml:"tags,omitempty"`
	Links       []link            `yaml:"links,omitempty"`
}

type link struct {
	URL   string `yaml:"url"`
	Title string `yaml:"title"`
}

type body struct {
	Type      string   `yaml:"type"`
	Lifecycle string   `yaml:"lifecycle"`
	Owner     string   `yaml:"owner"`
	DependsOn []string `yaml:"dependsOn,omitempty"`
}

// Generate returns one file with one Component. Services that it depends on are
// Components, everything else is a Resource.
func (Entity) Generate(job generate.Job) generate.Result {
	var out generate.Result
	s := job.Service
	owner := reference(s.Team.V)
	if owner == "" {
		out.Findings = append(out.Findings, s.At.Finding("generate/backstage", report.Warning, s.Name.V, "the team "+s.Team.V+" has no name that Backstage takes, and unknown stands for it", "use letters, digits, dots, hyphens and underscores"))
		owner = "unknown"
	}
	e := entity{
		APIVersion: "backstage.io/v1alpha1", Kind: "Component",
		Metadata: metadata{Name: s.Name.V, Description: s.Description.V, Annotations: annotations(job), Tags: tags(s), Links: links(job)},
		Spec:     body{Type: "service", Lifecycle: lifecycle(s), Owner: "group:" + owner},
	}
	for _, d := range s.Dependencies {
		name := reference(d.Name.V)
		switch {
		case name == "":
			out.Findings = append(out.Findings, d.At.Finding("generate/backstage", report.Warning, s.Name.V, "the dependency "+d.Name.V+" has no name that Backstage takes, and is left out", "use letters, digits, dots, hyphens and underscores"))
		case d.Kind == spec.DependencyService:
			e.Spec.DependsOn = append(e.Spec.DependsOn, "component:"+name)
		default:
			e.Spec.DependsOn = append(e.Spec.DependsOn, "resource:"+name)
		}
	}
	doc := manifest.Document{Value: e, What: "the component", Origin: s.At}
	return manifest.File(out, generate.Artefact{Kind: generate.Backstage, Path: File, Count: 1, Unit: "component"}, rules.Header(s), []manifest.Document{doc})
}

// name is what Backstage takes for the name of an entity: parts of letters and
// digits, with one of -_. between them.
var name = regexp.MustCompile(`^[A-Za-z0-9]+([-_.][A-Za-z0-9]+)*$`)

// reference is a name as part of a reference to an entity; empty for one that
// Backstage does not take. Blanks become hyphens.
func reference(text string) string {
	out := strings.Join(strings.Fields(text), "-")
	if len(out) > 63 || !name.MatchString(out) {
		return ""
	}
	return out
}

// annotations are ours, with those that plugins for Grafana and PagerDuty read.
func annotations(job generate.Job) map[string]string {
	s := job.Service
	out := map[string]string{
		// The tag of the service's dashboard, as an expression: the plugin takes a text
		// for a tag only when it has no colon.
		"grafana/dashboard-selector": "tags @> " + quoted("service:"+s.Name.V),
	}
	for key, value := range map[string]string{
		"nthlayer.dev/tier": string(s.Tier.V), "nthlayer.dev/type": string(s.Type.V), "nthlayer.dev/support-model": s.SupportModel.V,
		"nthlayer.dev/service-file": s.File, "nthlayer.dev/environment": s.Environment, "pagerduty.com/service-id": pagerDuty(s),
	} {
		if value != "" {
			out[key] = value
		}
	}
	return out
}

// quoted is a text in an expression of the plugin for Grafana.
func quoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `\n`, "\r", `\r`).Replace(text) + "'"
}

// pagerDuty is the id of the service at PagerDuty, when the file says it.
func pagerDuty(s *spec.Service) string {
	for _, r := range s.Resources {
		if id := r.Spec.Get("service_id"); r.Kind.V == "PagerDuty" && !id.IsNull() {
			return id.Text
		}
	}
	for _, e := range s.PagerDuty {
		if e.Key == "service_id" {
			return e.Value.V
		}
	}
	return ""
}

// tag is what Backstage takes for one.
var tag = regexp.MustCompile(`^[a-z0-9:+#]+(-[a-z0-9:+#]+)*$`)

func tags(s *spec.Service) []string {
	var out []string
	for _, t := range []string{"tier-" + string(s.Tier.V), strings.ToLower(s.Language.V), strings.ToLower(s.Framework.V)} {
		if tag.MatchString(t) && len(t) <= 63 && t != "tier-" {
			out = append(out, t)
		}
	}
	return out
}

func links(job generate.Job) []link {
	var out []link
	for _, l := range []link{{job.DashboardURL(), "Dashboard"}, {job.Service.Runbook.V, "Runbook"}} {
		if strings.HasPrefix(l.URL, "https://") || strings.HasPrefix(l.URL, "http://") {
			out = append(out, l)
		}
	}
	return out
}

// lifecycle is production unless an environment was chosen that is another one.
func lifecycle(s *spec.Service) string {
	if s.Environment == "" || s.Environment == "prod" {
		return "production"
	}
	return "experimental"
}
