package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nthlayer/action/pkg/generate/starter"
	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

// initialise is one call of init.
type initialise struct {
	p             process
	answers       starter.Answers
	output        string
	noInteractive bool
	list          bool
}

// newInit returns the command that writes the file of a new service.
func newInit(p process, code *int) *cobra.Command {
	i := initialise{p: p}
	cmd := &cobra.Command{
		Use: "init [NAME]", Short: "Write the file of a new service",
		Long: "Write the service file of a new service. What is not given by flags is asked for\n" +
			"where there is a terminal. No file is ever overwritten.",
		Args: cobra.MaximumNArgs(1), DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if i.list {
				l := &listing{p: p, code: code, format: "table"}
				return l.templates(cmd.Context(), ".")
			}
			if len(args) == 1 {
				i.answers.Name = args[0]
			}
			return i.run(cmd.Context())
		},
	}
	flags, a := cmd.Flags(), &i.answers
	flags.StringVar(&a.Team, "team", "", "The team that owns the service.")
	flags.StringVar(&a.Tier, "tier", "", "How critical it is; nthlayer tiers lists the tiers. The template's, or standard.")
	flags.StringVar(&a.Type, "type", "", "What kind of service it is: "+strings.Join(starter.TypeNames(), ", ")+". The template's, or api.")
	flags.StringVar(&a.Template, "template", "", "The template to begin with; --list-templates lists them.")
	flags.StringSliceVar(&a.Dependencies, "dependencies", nil, "The technologies that it depends on, as postgresql,redis.")
	flags.StringVar(&a.Availability, "slo-availability", "", "The objective of the availability SLO in percent; what is usual for the tier, or the template's.")
	flags.StringVarP(&i.output, "output", "o", "", "The file or folder to write to; services/NAME.yaml when not given.")
	flags.BoolVar(&i.noInteractive, "no-interactive", false, "Ask nothing; what is missing is an error.")
	flags.BoolVar(&i.list, "list-templates", false, "List the templates and end.")
	return cmd
}

// run asks for what is missing and writes the file.
func (i *initialise) run(ctx context.Context) error {
	known, err := i.known(ctx)
	if err != nil {
		return err
	}
	if i.answers.Name == "" || i.answers.Team == "" {
		if !i.asks() {
			return errors.New("name the service and its team: nthlayer init NAME --team TEAM")
		}
		if err := i.ask(ctx, known); err != nil {
			return err
		}
	}
	i.answers.Dependencies = words(i.answers.Dependencies)
	text, err := starter.File(i.answers, known)
	if err != nil {
		return err
	}
	file := i.file()
	if err := createFile(file, text); err != nil {
		return err
	}
	for _, doubt := range starter.Doubts(i.answers, known) {
		if _, err := fmt.Fprintln(i.p.stderr, "nthlayer: "+render.TerminalText(doubt)); err != nil {
			return err
		}
	}
	shown := render.TerminalText(filepath.ToSlash(file))
	_, err = fmt.Fprintf(i.p.stdout, "wrote %s\nnext: nthlayer validate %s, then nthlayer plan %s\n", shown, shown, shown)
	return err
}

// known is what the answers may name: templates as a file in the folder sees them.
func (i *initialise) known(ctx context.Context) (starter.Known, error) {
	catalog, err := tech.Load()
	if err != nil {
		return starter.Known{}, err
	}
	ws, err := spec.OpenWorkspace(".")
	if err != nil {
		return starter.Known{}, err
	}
	defer ws.Close()
	dir, err := ws.Relative(filepath.Dir(i.file()))
	if err != nil {
		dir = "." // a file elsewhere has the templates of here at most
	}
	templates, _ := spec.Templates(ctx, ws, dir)
	return starter.Known{Templates: templates, Catalog: catalog}, nil
}

// asks reports whether there is somebody to ask.
func (i *initialise) asks() bool {
	if i.noInteractive || i.p.stdin == nil || !isTerminal(i.p.stdout) {
		return false
	}
	in, ok := i.p.stdin.(io.Writer)
	return ok && isTerminal(in) && !slices.ContainsFunc(ciVariables(), func(name string) bool { return i.p.getenv(name) != "" })
}

// ciVariables are set where nobody sits at the terminal.
func ciVariables() []string {
	return []string{"CI", "GITHUB_ACTIONS", "JENKINS_URL", "GITLAB_CI", "CIRCLECI", "TRAVIS"}
}

// file is where the service file is written to.
func (i *initialise) file() string {
	name := i.answers.Name + ".yaml"
	switch ext := filepath.Ext(i.output); {
	case i.output == "": // where every command without arguments looks
		return filepath.Join("services", name)
	case isFolder(i.output) || ext != ".yaml" && ext != ".yml":
		return filepath.Join(i.output, name)
	}
	return i.output
}

// createFile writes a file that is not there yet, with its folder.
func createFile(name string, text []byte) error {
	ws, rel, err := placeOf(name)
	if err != nil {
		return err
	}
	defer ws.Close()
	err = ws.Create(rel, text)
	switch {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s is there already, and is not overwritten: choose another name, or another place with --output", name)
	case errors.Is(err, spec.ErrLeadsOut):
		return fmt.Errorf("%w: name the place itself with --output, or remove the link", err)
	}
	return err
}
