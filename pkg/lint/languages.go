package lint

import (
	"slices"

	"github.com/nthlayer/action/pkg/lint/rulefile"
)

// ForPrometheus returns those of the files of the set that are not for Loki.
func (s *RuleSet) ForPrometheus(files []File) []File {
	return slices.DeleteFunc(slices.Clone(files), func(f File) bool {
		return slices.ContainsFunc(s.forLoki, func(loki *rulefile.File) bool { return loki.Name == f.Name })
	})
}
