package spec

import (
	"context"
	"path"
)

// FindJSON returns the .json files below the folders that the arguments name, each
// once and sorted. Files and patterns that end in .json are found by Find. What
// cannot be looked into is left to Find to tell.
func (w *Workspace) FindJSON(ctx context.Context, args []string) []Found {
	var out []Found
	for _, arg := range args {
		rel, err := w.Relative(arg)
		if err != nil {
			continue
		}
		if _, info, err := w.real(rel); err != nil || !info.IsDir() {
			continue
		}
		found, _ := w.glob(ctx, []string{path.Join(rel, "**/*.json")})
		out = append(out, found...)
	}
	return unique(out)
}
