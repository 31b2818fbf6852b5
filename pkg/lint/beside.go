package lint

import (
	"context"
	"maps"
	"slices"

	"github.com/nthlayer/action/pkg/lint/rulefile"
)

// recordedBeside returns what the files beside those that are linted record, as far as
// these read it, themselves or through other records. The rest is not parsed.
func recordedBeside(ctx context.Context, files, beside []File) []*Kept {
	if len(beside) == 0 {
		return nil
	}
	read := reachable(files, beside)
	names := recordedWords(slices.Concat(files, read))
	out := make([]*Kept, len(read))
	Files(read).read(ctx, func(i int, f *rulefile.File) {
		out[i] = &Kept{beside: true}
		for _, r := range rulesForPrometheus(f) {
			if r.Kind != rulefile.Record {
				continue
			}
			out[i].recorded = append(out[i].recorded, r.Name.V)
			out[i].add(noteOf(exprOf(r, nil), names))
		}
		for _, g := range f.Groups {
			g.Rules = nil // as of a file that is linted
		}
	})
	return slices.DeleteFunc(out, func(k *Kept) bool { return k == nil }) // what the end of ctx left out
}

// reachable returns those of the files beside others that record what the others name,
// and those that record what these name, and so on.
func reachable(files, beside []File) []File {
	recording := map[string][]int{}
	for i, f := range beside {
		for name := range recordedWords([]File{f}) {
			recording[name] = append(recording[name], i)
		}
	}
	taken := map[int]bool{}
	for open := slices.Clone(files); len(open) > 0; open = open[1:] {
		for word := range wordsOf(open[0].Data) {
			for _, i := range recording[word] {
				if !taken[i] {
					taken[i], open = true, append(open, beside[i])
				}
			}
			delete(recording, word)
		}
	}
	var out []File
	for _, i := range slices.Sorted(maps.Keys(taken)) {
		out = append(out, beside[i])
	}
	return out
}
