package spec

import (
	"context"
	"path"
)

// FindBeside returns the .json and .rules files below the folders that the arguments
// name, each once and sorted. No service is in them, and dashboards and rules may be.
// Files and patterns that end so are found by Find. What cannot be looked into is
// left to Find to tell.
func (w *Workspace) FindBeside(ctx context.Context, args []string) []Found {
	var out []Found
	for _, arg := range args {
		rel, err := w.Relative(arg)
		if err != nil || arg == "" {
			continue
		}
		if _, info, err := w.real(rel); err != nil || !info.IsDir() {
			continue
		}
		found, _ := w.glob(ctx, []string{path.Join(rel, "**/*.{json,rules}")})
		out = append(out, found...)
	}
	return unique(out)
}
