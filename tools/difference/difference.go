// Package difference prints what two linters find in the same files.
package difference

import (
	"fmt"
	"io"
	"maps"
	"slices"
)

// List is the findings that both have, or only one of them.
type List struct {
	Name string
	// Kinds is what each finding is counted under.
	Kinds []string
	// Lines are the findings as they are printed one by one, in their order.
	Lines []string
}

// Print writes how many findings of each kind a list has, sorted by kind, and with
// verbose every finding.
func Print(out io.Writer, verbose bool, lists ...List) {
	for _, l := range lists {
		fmt.Fprintf(out, "\n%s: %d\n", l.Name, len(l.Kinds))
		counts := map[string]int{}
		for _, k := range l.Kinds {
			counts[k]++
		}
		for _, k := range slices.Sorted(maps.Keys(counts)) {
			fmt.Fprintf(out, "  %5d  %s\n", counts[k], k)
		}
		if !verbose {
			continue
		}
		for _, line := range l.Lines {
			fmt.Fprintf(out, "  %s\n", line)
		}
	}
}
