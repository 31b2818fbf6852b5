package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/alertmanager"
)

// addMerge lets a command put the parts of all services together into one
// configuration of Alertmanager: with --merge DIR, or in one word with a folder that
// holds such parts.
func addMerge(c *check, cmd *cobra.Command) {
	var dir, base string
	cmd.Flags().StringVar(&dir, "merge", "", "Merge the "+alertmanager.File+" files below this folder into one configuration.")
	cmd.Flags().StringVar(&base, "base", "", "A configuration of Alertmanager that the merged parts are added to.")
	oneWord := strings.HasPrefix(cmd.Name(), "generate-")
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		from := dir
		if oneWord && from == "" && len(args) == 1 && hasParts(args[0]) {
			from, args = args[0], nil
		}
		switch {
		case from == "" && base != "":
			return errors.New("--base is for --merge: name the folder of the generated files with it")
		case from == "":
			return run(cmd, args)
		case len(args) > 0:
			return errors.New("--merge takes what was generated, and no service files")
		case c.flags.format == string(generate.AlertmanagerConfig):
			return errors.New("--merge is not for --format alertmanagerconfig: the operator puts the objects together itself")
		}
		parts, err := partsOf(cmd.Flags(), c.p.getenv, from)
		if err != nil {
			return err
		}
		return c.merge(parts, base)
	}
}

// partsOf returns the parts below a folder: all, those of the environment that is
// given, or with --env "" those of none.
func partsOf(fs *pflag.FlagSet, getenv func(string) string, dir string) ([]alertmanager.Part, error) {
	environment := entrypoint.Resolve(fs, getenv)["environment"].Text
	if environment != "" && !filepath.IsLocal(environment) {
		return nil, fmt.Errorf("--env %s is no environment: write its name, as prod", environment)
	}
	return findParts(filepath.Join(dir, environment), environment == "" && fs.Changed("environment"))
}

// hasParts reports whether a folder holds generated parts.
func hasParts(dir string) bool {
	parts, err := findParts(dir, false)
	return err == nil && len(parts) > 0
}

// findParts returns the parts below a folder, or only those that are of no
// environment.
func findParts(dir string, base bool) ([]alertmanager.Part, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the folder of the generated files: %w", err)
	}
	defer func() { _ = root.Close() }() // nothing is written
	parts, err := alertmanager.Find(root.FS())
	if base {
		parts = alertmanager.OfNoEnvironment(parts)
	}
	for i := range parts {
		parts[i].Path = filepath.ToSlash(filepath.Join(dir, parts[i].Path))
	}
	return parts, err
}

// merge prints one configuration of all parts, or writes it to the file of -o.
func (c *check) merge(parts []alertmanager.Part, base string) error {
	var own *alertmanager.Part
	if base != "" {
		data, err := os.ReadFile(base)
		if err != nil {
			return fmt.Errorf("read --base: %w", err)
		}
		own = &alertmanager.Part{Path: base, Data: data}
	}
	merged, err := alertmanager.Merge(own, parts)
	if err != nil {
		return err
	}
	if c.flags.output == "" {
		_, err = c.p.stdout.Write(merged)
		return err
	}
	reads := entrypoint.InputsOf(entrypoint.Settings{Workspace: "."}, nil)
	for _, part := range parts {
		reads.Add(part.Path, "the input "+part.Path)
	}
	out, err := openOutput(c.flags.output, reads)
	if err != nil {
		return err
	}
	return out.write(merged)
}
