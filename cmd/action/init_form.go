package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/charmbracelet/huh"

	"github.com/nthlayer/action/pkg/generate/starter"
	"github.com/nthlayer/action/pkg/spec"
)

// errAborted is what a form ends with that nobody filled in.
var errAborted = errors.New("nothing was written: the form was left")

// ask fills in the answers that are missing, in one form.
func (i *initialise) ask(ctx context.Context, known starter.Known) error {
	plain := i.p.getenv("ACCESSIBLE") != "" || i.p.getenv("TERM") == "dumb"
	form := form(&i.answers, known).WithInput(i.p.stdin).WithOutput(i.p.stdout).WithAccessible(plain)
	done := make(chan error, 1)
	go func() { done <- form.RunWithContext(ctx) }()
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		if !plain {
			err = <-done // it puts the terminal back as it was
		}
	}
	if errors.Is(err, huh.ErrUserAborted) || ctx.Err() != nil {
		return errAborted
	}
	if err != nil {
		return fmt.Errorf("ask for the answers: %w", err)
	}
	return nil
}

// form is one page with all questions. What was given by flags is filled in.
func form(a *starter.Answers, known starter.Known) *huh.Form {
	none := func(title string) []huh.Option[string] { return []huh.Option[string]{huh.NewOption(title, "")} }
	tiers, types, templates := none("as the template says, or standard"), none("as the template says, or api"), none("none")
	for _, f := range spec.Tiers() {
		tiers = append(tiers, huh.NewOption(fmt.Sprintf("%s (usually %s %%)", f.Tier, f.Availability), string(f.Tier)))
	}
	for _, name := range typeNames() {
		types = append(types, huh.NewOption(name, name))
	}
	for _, t := range known.Templates {
		templates = append(templates, huh.NewOption(t.Name+": "+t.Description, t.Name))
	}
	var technologies []huh.Option[string]
	for _, t := range known.Technologies() {
		technologies = append(technologies, huh.NewOption(t.Title, t.Name))
	}
	fields := []huh.Field{
		huh.NewInput().Title("Name of the service").Placeholder("payment-api").Value(&a.Name).Validate(starter.CheckName),
		huh.NewInput().Title("Team that owns it").Value(&a.Team).Validate(huh.ValidateNotEmpty()),
		huh.NewSelect[string]().Title("How critical is it?").Options(tiers...).Value(&a.Tier).Inline(true),
		huh.NewSelect[string]().Title("What kind of service is it?").Options(types...).Value(&a.Type).Inline(true),
		huh.NewSelect[string]().Title("Begin with a template?").Options(templates...).Value(&a.Template).Inline(true),
		huh.NewMultiSelect[string]().Title("What does it depend on?").Description("space picks, enter ends").Options(technologies...).Value(&a.Dependencies).Height(8),
	}
	return huh.NewForm(huh.NewGroup(fields...)).WithShowHelp(true)
}
