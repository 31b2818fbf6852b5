package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

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
		}
		return c.merge(from, base)
	}
}

// hasParts reports whether a folder holds generated parts.
func hasParts(dir string) bool {
	parts, err := findParts(dir)
	return err == nil && len(parts) > 0
}

func findParts(dir string) ([]alertmanager.Part, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the folder of the generated files: %w", err)
	}
	defer func() { _ = root.Close() }() // nothing is written
	parts, err := alertmanager.Find(root.FS())
	for i := range parts {
		parts[i].Path = filepath.ToSlash(filepath.Join(dir, parts[i].Path))
	}
	return parts, err
}

// merge prints one configuration of all parts, or writes it to the file of -o.
func (c *check) merge(dir, base string) error {
	parts, err := findParts(dir)
	if err != nil {
		return err
	}
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
	out, err := openOutput(c.flags.output, nil)
	if err != nil {
		return err
	}
	return out.write(merged)
}
