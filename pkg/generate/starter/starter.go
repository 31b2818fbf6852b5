// Package starter writes the service file that a new service begins with.
package starter

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

// Answers are what somebody wants to begin with, as they write it.
type Answers struct {
	Name, Team string
	// Tier and Type are any spelling; empty is the template's, and without a template
	// standard and api.
	Tier, Type string
	// Template is the name of one of the templates; empty for none.
	Template string
	// Dependencies are technologies, in any spelling.
	Dependencies []string
	// Availability is the objective of the availability SLO in percent; empty is what
	// is usual for the tier, or the template's.
	Availability string
}

// CheckName returns why a name cannot be the name of a service; nil for one that
// can. Such names are part of addresses, file names and label values.
func CheckName(name string) error {
	switch {
	case name == "":
		return errors.New("the service has no name")
	case len(name) > maxName:
		return fmt.Errorf("the name has %d characters, more than the %d that hosts and clusters take", len(name), maxName)
	case strings.ToLower(name) != name && CheckName(strings.ToLower(name)) == nil:
		return fmt.Errorf("the name %q has capitals: write %s", name, strings.ToLower(name))
	case strings.HasPrefix(name, "-") || strings.HasSuffix(name, "-"):
		return fmt.Errorf("the name %q begins or ends with a hyphen", name)
	case !regexp.MustCompile(`^[a-z0-9-]+$`).MatchString(name):
		return fmt.Errorf("the name %q has characters other than lower-case letters, digits and hyphens", name)
	case name[0] < 'a':
		return fmt.Errorf("the name %q begins with a digit: begin with a letter", name)
	}
	return nil
}

// maxName is how long a label of a host name may be, by RFC 1035.
const maxName = 63

// checkTeam returns why a text cannot be a team.
func checkTeam(team string) error {
	if strings.TrimSpace(team) == "" {
		return errors.New("the service has no team")
	}
	if strings.ContainsFunc(team, func(r rune) bool { return r < ' ' }) || strings.Contains(team, "${") {
		return fmt.Errorf("the team %q has characters that no team has", team)
	}
	return nil
}

// Known is what answers may name.
type Known struct {
	Templates []spec.Template
	Catalog   *tech.Catalog
}

// Technologies returns the technologies that a service can depend on, sorted by name.
func (k Known) Technologies() []tech.Technology {
	return slices.DeleteFunc(k.Catalog.All(), func(t tech.Technology) bool { return t.Kind == tech.KindService })
}

// File returns the service file for the answers. The error names everything that is
// wrong with them, a line each.
func File(a Answers, k Known) ([]byte, error) {
	s := service{answers: a}
	problems := []error{CheckName(a.Name), checkTeam(a.Team), s.template(k), s.tier(), s.kind(), s.dependencies(k)}
	if err := errors.Join(append(problems, s.objective())...); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("# nthlayer validate checks this file, nthlayer plan shows what it gives.\n")
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := errors.Join(e.Encode(s.file()), e.Close()); err != nil {
		return nil, fmt.Errorf("write the service file: %w", err)
	}
	return b.Bytes(), nil
}

// service is a service file on its way.
type service struct {
	answers Answers
	from    *spec.Template
	facts   spec.TierFacts
	types   spec.TypeFacts
	uses    []need
	percent string
}

func (s *service) template(k Known) error {
	if s.answers.Template == "" {
		return nil
	}
	var names []string
	for i, t := range k.Templates {
		if t.Name == s.answers.Template {
			s.from = &k.Templates[i]
			return nil
		}
		names = append(names, t.Name)
	}
	return fmt.Errorf("there is no template %q: %s", s.answers.Template, hint(s.answers.Template, names))
}

func hint(text string, names []string) string {
	if near := report.DidYouMean(text, names); near != "" {
		return near
	}
	return "there are " + strings.Join(names, ", ")
}

// given returns the first text that is not empty: the answer, what the template
// says, or what is usual.
func (s *service) given(answer string, template func(*spec.Template) string, usual string) string {
	switch {
	case answer != "":
		return answer
	case s.from != nil:
		return template(s.from)
	}
	return usual
}

func (s *service) tier() error {
	text := s.given(s.answers.Tier, func(t *spec.Template) string { return t.Tier }, string(spec.TierStandard))
	tier, ok := spec.ParseTier(text)
	if !ok {
		return fmt.Errorf("there is no tier %q: %s", text, hint(text, tierNames()))
	}
	s.facts = tier.Facts()
	return nil
}

func (s *service) kind() error {
	text := s.given(s.answers.Type, func(t *spec.Template) string { return t.Type }, string(spec.TypeAPI))
	kind, ok := spec.ParseType(text)
	if !ok {
		return fmt.Errorf("there is no type %q: %s", text, hint(text, TypeNames()))
	}
	s.types = kind.Facts()
	return nil
}

// need is one dependency: its type, and the list that it stands in.
type need struct{ list, name string }

// elsewhere is the list of what nobody knows.
const elsewhere = "infrastructure"

// named is how a type of a dependency may look.
var named = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)

func (s *service) dependencies(k Known) error {
	var problems []error
	for _, text := range s.answers.Dependencies {
		n := k.need(text)
		switch {
		case !named.MatchString(n.name):
			problems = append(problems, fmt.Errorf("nothing can be called %q that a service depends on: write a technology such as postgresql", text))
		case !slices.Contains(s.uses, n):
			s.uses = append(s.uses, n)
		}
	}
	return errors.Join(problems...)
}

// need returns what a spelling of a technology means: one of the catalogue, one that
// service files may name though nothing is generated for it, or one that nobody knows.
func (k Known) need(text string) need {
	name := strings.ToLower(strings.TrimSpace(text))
	if t, ok := k.Catalog.Lookup(name); ok {
		for _, l := range lists() {
			if l.kind == t.Kind {
				return need{l.key, t.Name}
			}
		}
	}
	if category, ok := spec.TechnologyCategory(name); ok {
		return need{category, name}
	}
	return need{elsewhere, name}
}

// Doubts are sentences on dependencies that nobody knows, with the nearest name. They
// are written to the file all the same: there is more than any list has.
func Doubts(a Answers, k Known) []string {
	var out []string
	for _, text := range a.Dependencies {
		n := k.need(text)
		_, listed := spec.TechnologyCategory(n.name)
		if _, known := k.Catalog.Lookup(n.name); known || listed {
			continue
		}
		out = append(out, strings.TrimSpace(fmt.Sprintf("nothing is known of the dependency %q, and nothing is generated for it: %s", text,
			cmp.Or(k.Catalog.Suggest(n.name), "nthlayer rules dependency/type lists what is known"))))
	}
	return out
}

// objective checks the objective that was asked for. It needs tier and type.
func (s *service) objective() error {
	text := strings.TrimSpace(strings.TrimSuffix(s.answers.Availability, "%"))
	if s.percent = s.facts.Availability; text == "" {
		return nil
	}
	percent, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || !regexp.MustCompile(`^\d+(\.\d+)?$`).MatchString(text):
		return fmt.Errorf("the availability %q is no number: write a percentage such as 99.9", s.answers.Availability)
	case percent <= 1 || percent >= 100:
		return fmt.Errorf("the availability %s is no objective: write a percentage above 1 and below 100, such as 99.9", text)
	case s.from != nil && !s.hasAvailability():
		return fmt.Errorf("the template %s has no SLO availability that the objective could be of", s.from.Name)
	case s.from == nil && s.types.Type != "" && s.types.Total == "":
		return fmt.Errorf("services of type %s have no metrics that everybody calls alike: leave the objective out, and add an SLO with its queries to the file", s.types.Type)
	}
	s.percent = text
	return nil
}

func (s *service) hasAvailability() bool {
	return slices.Contains(s.from.ResourceNames("SLO"), availability)
}
