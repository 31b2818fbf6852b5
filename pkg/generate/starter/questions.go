package starter

import (
	"fmt"
	"strings"

	"github.com/nthlayer/action/pkg/spec"
)

// Question is one thing that a person is asked about a new service.
type Question struct {
	Ask string
	// Choices are the usual answers; nil where any text will do.
	Choices []string
	// Empty is what an empty answer means; "" when there must be one.
	Empty string
	// Given reports whether the answer is there already.
	Given func(Answers) bool
	// Answer takes an answer without spaces around it, or says what is wrong with it.
	Answer func(*Answers, string) error
}

// Questions are all that is asked, in the order of asking.
func Questions(k Known) []Question {
	templates := make([]string, 0, len(k.Templates))
	for _, t := range k.Templates {
		templates = append(templates, t.Name)
	}
	technologies := make([]string, 0, len(k.Technologies()))
	for _, t := range k.Technologies() {
		technologies = append(technologies, t.Name)
	}
	text := func(ask, empty string, choices []string, part func(*Answers) *string, check func(*service) error) Question {
		return Question{
			Ask: ask, Choices: choices, Empty: empty,
			Given: func(a Answers) bool { return *part(&a) != "" },
			Answer: func(a *Answers, answer string) error {
				tried := *a
				*part(&tried) = answer
				if err := check(&service{answers: tried}); err != nil {
					return err
				}
				*a = tried
				return nil
			},
		}
	}
	return []Question{
		text("Name of the service", "", nil, func(a *Answers) *string { return &a.Name }, func(s *service) error { return CheckName(s.answers.Name) }),
		text("Team that owns it", "", nil, func(a *Answers) *string { return &a.Team }, func(s *service) error { return checkTeam(s.answers.Team) }),
		text("Begin with a template?", "none", templates, func(a *Answers) *string { return &a.Template }, func(s *service) error { return s.template(k) }),
		text("How critical is it?", "as the template says, or standard", tierNames(), func(a *Answers) *string { return &a.Tier }, (*service).tier),
		text("What kind of service is it?", "as the template says, or api", TypeNames(), func(a *Answers) *string { return &a.Type }, (*service).kind),
		{
			Ask: "What does it depend on? Write commas between several of:", Empty: "nothing", Choices: technologies,
			Given: func(a Answers) bool { return len(a.Dependencies) > 0 },
			Answer: func(a *Answers, answer string) error {
				tried := *a
				tried.Dependencies = nil
				for word := range strings.SplitSeq(answer, ",") {
					if word = strings.TrimSpace(word); word != "" {
						tried.Dependencies = append(tried.Dependencies, word)
					}
				}
				if err := (&service{answers: tried}).dependencies(k); err != nil {
					return err
				}
				*a = tried
				return nil
			},
		},
	}
}

func tierNames() []string {
	var out []string
	for _, f := range spec.Tiers() {
		out = append(out, string(f.Tier))
	}
	return out
}

// TypeNames are the kinds of services, as service files spell them.
func TypeNames() []string {
	var out []string
	for _, f := range spec.Types() {
		out = append(out, string(f.Type))
	}
	return out
}

// String is the question as it stands in front of the answer, in one line.
func (q Question) String() string {
	var b strings.Builder
	b.WriteString(q.Ask)
	if len(q.Choices) > 0 {
		fmt.Fprintf(&b, " %s", strings.Join(q.Choices, ", "))
	}
	if q.Empty != "" {
		fmt.Fprintf(&b, " [%s]", q.Empty)
	}
	return b.String() + ": "
}
