package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/settings"
)

// newEnv returns the commands about environments.
func newEnv(p process, code *int) *cobra.Command {
	cmd := &cobra.Command{
		Use: "env", Short: "Show environments and what they change",
		Long: "Show which environments services have, what a service is in one of them, and what\n" +
			"an environment changes.",
		Args: unknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newEnvList(p, code), newEnvShow(p, code), newEnvDiff(p, code))
	return cmd
}

// serviceEnvironments is a row of env list as JSON has it.
type serviceEnvironments struct {
	Service      string   `json:"service"`
	File         string   `json:"file"`
	Environments []string `json:"environments"`
}

func newEnvList(p process, code *int) *cobra.Command {
	l := &listing{p: p, code: code}
	return l.command("list [FILE|DIR|GLOB ...]", "List the environments of each service",
		"List the environments that services have overrides for, in files or in the service\nfile.\n\n"+whichFiles,
		func(ctx context.Context, args []string) error {
			ws, files, err := l.find(ctx, args)
			if err != nil {
				return err
			}
			defer ws.Close()
			all, rows := []serviceEnvironments{}, [][]string{}
			services, err := l.load(ctx, ws, files, "")
			if err != nil {
				return err
			}
			known := spec.Environments(ctx, ws, files)
			for _, s := range services {
				names := append([]string{}, known[s.Name.V]...)
				all = append(all, serviceEnvironments{s.Name.V, s.File, names})
				rows = append(rows, []string{s.Name.V, cmp.Or(strings.Join(names, ", "), "none"), s.File})
			}
			return l.print([]string{"SERVICE", "ENVIRONMENTS", "FILE"}, rows, all)
		})
}

// find opens the workspace, which the caller closes, and finds service files.
func (l *listing) find(ctx context.Context, args []string) (*spec.Workspace, []spec.Found, error) {
	ws, err := spec.OpenWorkspace(".")
	if err != nil {
		return nil, nil, err
	}
	files, unreadable := ws.Find(ctx, args)
	if err := l.complain(nil, unreadable); err != nil {
		return nil, nil, errors.Join(err, ws.Close())
	}
	if len(files)+len(unreadable) == 0 {
		return nil, nil, errors.Join(nothingFound(args), ws.Close())
	}
	return ws, files, nil
}

// load loads services in an environment and complains about what is wrong with them.
func (l *listing) load(ctx context.Context, ws *spec.Workspace, files []spec.Found, environment string) ([]*spec.Service, error) {
	loaded := spec.Load(ctx, ws, files, spec.Options{Environment: environment})
	return loaded.Services, l.complain(loaded.Findings, loaded.Unreadable)
}

// setting is a setting as JSON has it.
type setting struct {
	Service string `json:"service"`
	Name    string `json:"name"`
	value
}

// value is what a setting is, and where.
type value struct {
	Value string `json:"value"`
	// Place is file:line:column; empty for a default.
	Place string `json:"place"`
}

func newEnvShow(p process, code *int) *cobra.Command {
	l := &listing{p: p, code: code}
	var environment string
	cmd := l.command("show [FILE|DIR|GLOB ...]", "Show what a service is in an environment",
		"Show every setting of a service after templates, the environment and defaults were\n"+
			"applied, with the place where it was written.\n\n"+whichFiles,
		func(ctx context.Context, args []string) error {
			ws, files, err := l.find(ctx, args)
			if err != nil {
				return err
			}
			defer ws.Close()
			services, err := l.load(ctx, ws, files, environment)
			if err != nil {
				return err
			}
			all, rows := []setting{}, [][]string{}
			for _, s := range services {
				for _, v := range settings.Of(s) {
					all = append(all, setting{s.Name.V, v.Name, value{v.Value, v.At.String()}})
					rows = append(rows, []string{s.Name.V, v.Name, oneLine(v.Value), cmp.Or(v.At.String(), "default")})
				}
			}
			return l.print([]string{"SERVICE", "SETTING", "VALUE", "FROM"}, rows, all)
		})
	cmd.Flags().StringVarP(&environment, "environment", "e", "", "The environment; empty for none.")
	return cmd
}

// changedSetting is a difference as JSON has it; null is a setting that is not
// there.
type changedSetting struct {
	Service string `json:"service"`
	Name    string `json:"name"`
	From    *value `json:"from"`
	To      *value `json:"to"`
}

func newEnvDiff(p process, code *int) *cobra.Command {
	l := &listing{p: p, code: code}
	var from, to string
	var exitCode bool
	cmd := l.command("diff -e ENVIRONMENT [FILE|DIR|GLOB ...]", "Show what an environment changes",
		"Show which settings of a service an environment changes, with both values and where the\n"+
			"new one was written. --from compares with another environment.\n\n"+whichFiles,
		func(ctx context.Context, args []string) error {
			if spec.NormaliseEnvironment(to) == spec.NormaliseEnvironment(from) {
				return errors.New("name the environment to look at with -e, and another one with --from to compare two")
			}
			changed, err := l.changed(ctx, args, from, to)
			if err == nil && exitCode && changed && *code == entrypoint.ExitPass {
				*code = entrypoint.ExitWarn
			}
			return err
		})
	cmd.Flags().StringVarP(&to, "environment", "e", "", "The environment to look at.")
	cmd.Flags().StringVar(&from, "from", "", "The environment to compare with; without environment when empty.")
	cmd.Flags().BoolVar(&exitCode, "exit-code", false, "End with 1 when something differs.")
	return cmd
}

// changed prints what differs between two environments, and reports whether
// anything does.
func (l *listing) changed(ctx context.Context, args []string, from, to string) (bool, error) {
	ws, files, err := l.find(ctx, args)
	if err != nil {
		return false, err
	}
	defer ws.Close()
	was, err := l.load(ctx, ws, files, from)
	if err != nil {
		return false, err
	}
	is, err := l.load(ctx, ws, files, to)
	if err != nil {
		return false, err
	}
	all, rows := []changedSetting{}, [][]string{}
	for _, s := range is {
		i := slices.IndexFunc(was, func(other *spec.Service) bool { return other.File == s.File && other.Name.V == s.Name.V })
		if i < 0 {
			continue
		}
		for _, d := range settings.Compare(was[i], s) {
			all = append(all, changedSetting{s.Name.V, d.Name, side(d.From), side(d.To)})
			place := "default"
			if d.To != nil && d.To.At.Written() {
				place = d.To.At.String()
			} else if d.To == nil {
				place = "removed"
			}
			rows = append(rows, []string{s.Name.V, d.Name, shown(d.From), shown(d.To), place})
		}
	}
	if len(rows) == 0 && l.format == "table" {
		_, err := fmt.Fprintln(l.p.stdout, "nothing differs")
		return false, err
	}
	head := []string{"SERVICE", "SETTING", strings.ToUpper(cmp.Or(from, "base")), strings.ToUpper(to), "FROM"}
	return len(rows) > 0, l.print(head, rows, all)
}

func side(v *settings.Setting) *value {
	if v == nil {
		return nil
	}
	return &value{v.Value, v.At.String()}
}

func shown(v *settings.Setting) string {
	if v == nil {
		return "-"
	}
	return oneLine(v.Value)
}

// oneLine writes a value of several lines, as a query, in one.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
