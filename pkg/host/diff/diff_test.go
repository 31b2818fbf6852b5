package diff_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/host/diff"
)

func TestParsePatch(t *testing.T) {
	tests := []struct {
		name  string
		patch string
		want  diff.Lines
	}{
		{"added lines", "@@ -1,2 +1,4 @@\n a\n+b\n+c\n d", diff.Lines{{From: 2, To: 3}}},
		{"replaced line", "@@ -3,3 +3,3 @@ spec:\n a\n-b\n+B\n c\n", diff.Lines{{From: 4, To: 4}}},
		{"two hunks", "@@ -1 +1 @@\n-a\n+A\n@@ -9,2 +9,3 @@\n x\n+y\n z", diff.Lines{{From: 1, To: 1}, {From: 10, To: 10}}},
		{"only removed, shown at the line before", "@@ -4,3 +4,2 @@\n a\n-b\n c", diff.Lines{{From: 4, To: 4}}},
		{"only removed, without context", "@@ -5,2 +4,0 @@\n-a\n-b", diff.Lines{{From: 4, To: 4}}},
		{"removed at the top", "@@ -1,2 +1 @@\n-a\n b", diff.Lines{{From: 1, To: 1}}},
		{"removed at the end of a hunk", "@@ -4,2 +4 @@\n a\n-b", diff.Lines{{From: 4, To: 4}}},
		{"no newline at the end", "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file", diff.Lines{{From: 1, To: 1}}},
		{"empty context line without its blank", "@@ -1,3 +1,4 @@\n a\n\n+b\n c", diff.Lines{{From: 3, To: 3}}},
		{"content that looks like a hunk header", "@@ -1,1 +1,2 @@\n a\n+@@ -1,1 +1,2 @@", diff.Lines{{From: 2, To: 2}}},
		{"nothing", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := diff.ParsePatch(tt.patch)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func TestParsePatchRefuses(t *testing.T) {
	for name, patch := range map[string]string{
		"cut off":             "@@ -1,5 +1,6 @@\n a\n+b",
		"no header":           "+b\n",
		"too many lines":      "@@ -1 +1,2 @@\n a\n-b\n+c",
		"unknown line":        "@@ -1 +1 @@\n*a",
		"huge number":         "@@ -1,1 +99999999999,1 @@\n a",
		"hunks out of order":  "@@ -9,0 +9,3 @@\n+a\n+b\n+c\n@@ -1,0 +1,1 @@\n+x",
		"number over a limit": "@@ -1,1 +9999999999,1 @@\n a",
	} {
		if got, err := diff.ParsePatch(patch); err == nil {
			t.Errorf("%s: got %v, want an error", name, got)
		}
	}
}

func TestParseGit(t *testing.T) {
	text := strings.Join([]string{
		"diff --git a/services/a.yaml b/services/a.yaml",
		"index 123..456 100644",
		"--- a/services/a.yaml",
		"+++ b/services/a.yaml",
		"@@ -1 +1,2 @@",
		"--- a/fake.yaml", // a removed line that reads like a header
		"+++ b/fake.yaml",
		"+second",
		"diff --git a/old.yaml b/new name.yaml",
		"similarity index 90%",
		"rename from old.yaml",
		"rename to new name.yaml",
		"--- a/old.yaml",
		"+++ b/new name.yaml\t",
		"@@ -2,0 +3 @@",
		"+x",
		`diff --git "a/s\303\244.yaml" "b/s\303\244.yaml"`,
		"old mode 100644",
		"new mode 100755",
		"diff --git a/gone.yaml b/gone.yaml",
		"deleted file mode 100644",
		"--- a/gone.yaml",
		"+++ /dev/null",
		"@@ -1 +0,0 @@",
		"-a",
		"diff --git a/fresh.yaml b/fresh.yaml",
		"new file mode 100644",
		"--- /dev/null",
		"+++ b/fresh.yaml",
		"@@ -0,0 +1,2 @@",
		"+a",
		"+b",
		"diff --git a/logo.png b/logo.png",
		"Binary files a/logo.png and b/logo.png differ",
		"diff --git a/empty.yaml b/empty.yaml",
		"new file mode 100644",
		"",
	}, "\n")
	got, err := diff.ParseGit(text)
	if err != nil {
		t.Fatal(err)
	}
	want := []diff.File{
		{Old: "services/a.yaml", New: "services/a.yaml", Lines: diff.Lines{{From: 1, To: 2}}},
		{Old: "old.yaml", New: "new name.yaml", Lines: diff.Lines{{From: 3, To: 3}}},
		{Old: "sä.yaml", New: "sä.yaml"},
		{Old: "gone.yaml", New: "", Lines: diff.Lines{{From: 1, To: 1}}},
		{Old: "", New: "fresh.yaml", Lines: diff.Lines{{From: 1, To: 2}}},
		{Old: "logo.png", New: "logo.png", Binary: true},
		{Old: "", New: "empty.yaml"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestParseGitRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"no diff":       "fatal: bad revision",
		"cut off":       "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-a",
		"no name":       "diff --git x y\nindex 1..2",
		"wrong prefix":  "diff --git a/a b/a\n--- a/a\n+++ c/a\n@@ -1 +1 @@\n-a\n+b",
		"broken quotes": "diff --git a/a b/a\n--- \"a/a\n",
	} {
		if got, err := diff.ParseGit(text); err == nil {
			t.Errorf("%s: got %+v, want an error", name, got)
		}
	}
}

func TestHas(t *testing.T) {
	lines := diff.Lines{{From: 2, To: 3}, {From: 7, To: 7}}
	for line, want := range map[int]bool{1: false, 2: true, 3: true, 4: false, 7: true, 8: false} {
		if lines.Has(line) != want {
			t.Errorf("line %d: %v", line, !want)
		}
	}
	if lines.Count() != 3 {
		t.Errorf("count %d", lines.Count())
	}
}

// checkLines fails on a set that is not sorted, overlaps or begins before 1.
func checkLines(t *testing.T, lines diff.Lines) {
	t.Helper()
	last := 0
	for _, r := range lines {
		if r.From <= last || r.To < r.From {
			t.Fatalf("lines %v are out of order", lines)
		}
		last = r.To + 1
	}
}

func FuzzParsePatch(f *testing.F) {
	f.Add("@@ -1,2 +1,4 @@\n a\n+b\n+c\n d")
	f.Add("@@ -5,2 +4,0 @@\n-a\n-b\n@@ -9 +7 @@\n-a\n+b")
	f.Add("@@ -1,2 +0,0 @@\n-a\n-b\n@@ -9 +1 @@\n-a\n+b")
	f.Fuzz(func(t *testing.T, patch string) {
		lines, err := diff.ParsePatch(patch)
		if err == nil {
			checkLines(t, lines)
			if lines.Count() > strings.Count(patch, "\n")+1 {
				t.Fatalf("%d lines from a patch of %d", lines.Count(), strings.Count(patch, "\n")+1)
			}
		}
	})
}

func FuzzParseGit(f *testing.F) {
	f.Add("diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-a\n+b")
	f.Add("diff --git \"a/\\303\" \"b/\\303\"\nrename from x\nrename to y")
	f.Fuzz(func(t *testing.T, text string) {
		files, err := diff.ParseGit(text)
		if err != nil {
			return
		}
		for _, file := range files {
			checkLines(t, file.Lines)
		}
	})
}
