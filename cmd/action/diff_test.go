package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestHunksSayWhereTheyStand makes sure that the headers of a difference are right in
// both texts, however many changes stand before them.
func TestHunksSayWhereTheyStand(t *testing.T) {
	word := rapid.SampledFrom([]string{"a", "b", "@@ -1 +1 @@", "", "- x", "+ y"})
	rapid.Check(t, func(rt *rapid.T) {
		before := rapid.SliceOfN(word, 0, 60).Draw(rt, "before")
		var after []string
		for _, line := range before {
			switch rapid.IntRange(0, 12).Draw(rt, "edit") {
			case 0: // gone
			case 1:
				after = append(after, line, "new")
			default:
				after = append(after, line)
			}
		}
		checkHunks(rt, patch("a/f", "b/f", ended(before), ended(after)), before, after)
	})
}

func ended(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}

// checkHunks puts the lines of all hunks into the first text, at the lines that the
// headers give, and compares what stands where they say in the second.
func checkHunks(t *rapid.T, text string, before, after []string) {
	header := regexp.MustCompile(`^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@$`)
	count := func(s string) int {
		if s == "" {
			return 1
		}
		n, _ := strconv.Atoi(s)
		return n
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i := 2; i < len(lines); {
		m := header.FindStringSubmatch(lines[i])
		if m == nil {
			t.Fatalf("no header: %q", lines[i])
		}
		var from, to []string
		oldCount, newCount := count(m[2]), count(m[4])
		for i++; len(from) < oldCount || len(to) < newCount; i++ {
			kind, line := lines[i][0], lines[i][1:]
			if kind != '+' {
				from = append(from, line)
			}
			if kind != '-' {
				to = append(to, line)
			}
		}
		for side, part := range map[string]struct{ all, want []string }{m[1]: {before, from}, "+" + m[3]: {after, to}} {
			first, _ := strconv.Atoi(side)
			if len(part.want) == 0 && first == 0 {
				continue
			}
			if last := first - 1 + len(part.want); first < 1 || last > len(part.all) || !slices.Equal(part.want, part.all[first-1:last]) {
				t.Fatalf("%s is wrong about %s in\n%s", m[0], side, text)
			}
		}
	}
	if (text == "") != slices.Equal(before, after) {
		t.Fatalf("%q and %q give %q", before, after, text)
	}
}
