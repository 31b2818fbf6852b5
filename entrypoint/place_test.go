package entrypoint

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/diff"
	"github.com/nthlayer/action/pkg/report"
)

const placeFile = `service:
  name: checkout
  tier: critical
resources:
  - kind: SLO
    name: availability
    spec:
      objective: 99.9
      # a comment
      window: 30d

      indicator:
        query: up
  - kind: SLO
    name: latency
    spec:
      objective: 99
`

func TestPlaceFindsTheNearestChangedLineOfTheObject(t *testing.T) {
	tests := []struct {
		name    string
		line    int
		changed int
		want    int // 0: not annotated
	}{
		{"the line itself", 8, 8, 8},
		{"next key of the same mapping", 8, 10, 10},
		{"key that opens the mapping", 8, 7, 7},
		{"deeper in the same mapping", 8, 13, 13},
		{"below the key", 7, 13, 13},
		{"list item from its first line", 5, 10, 10},
		{"name of a list item, changed in its spec", 6, 8, 8},
		{"another list item", 8, 17, 0},
		{"another top-level key", 8, 2, 0},
		{"top-level key and its block", 1, 3, 3},
		{"top-level key and another block", 1, 8, 0},
		{"first line of the next item", 13, 14, 0},
		{"line behind the end", 99, 8, 0},
		{"the file as a whole", 0, 8, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := placer{
				changes: host.Changes{Precision: host.ByLine, Files: []host.ChangedFile{
					{Path: "a.yaml", Status: host.Modified, Lines: diff.Lines{{From: tt.changed, To: tt.changed}}},
				}},
				read:  func(string) ([]byte, error) { return []byte(placeFile), nil },
				texts: map[string][]string{},
			}
			f := report.Finding{File: "a.yaml", Line: tt.line, Column: 3, Message: "m"}
			got, ok := p.place(f)
			want := tt.want
			if tt.line == 0 {
				want, ok = 0, !ok // a finding about the file stays where it is
			}
			if ok != (want > 0) || ok && got.Line != want {
				t.Fatalf("line %d, %v; want %d", got.Line, ok, want)
			}
			if moved := ok && got.Line != tt.line; moved != strings.Contains(got.Message, "which this change does not touch") || moved && got.Column != 0 {
				t.Errorf("%+v does not say where it is from", got)
			}
		})
	}
}

func TestPlaceTakesTheNearestOfSeveralLines(t *testing.T) {
	for line, want := range map[int]int{8: 7, 11: 12} {
		p := placer{
			changes: host.Changes{Precision: host.ByLine, Files: []host.ChangedFile{
				{Path: "a.yaml", Status: host.Modified, Lines: diff.Lines{{From: 6, To: 7}, {From: 12, To: 13}}},
			}},
			read: func(string) ([]byte, error) {
				return []byte(strings.Replace(placeFile, "\n\n", "\n      owner: a\n", 1)), nil
			},
			texts: map[string][]string{},
		}
		if got, ok := p.place(report.Finding{File: "a.yaml", Line: line, Message: "m"}); !ok || got.Line != want {
			t.Errorf("line %d is shown at %d, %t, want %d", line, got.Line, ok, want)
		}
	}
}

func TestPlaceLeavesOutWhatDidNotChange(t *testing.T) {
	p := placer{
		changes: host.Changes{Precision: host.ByLine, Files: []host.ChangedFile{{Path: "a.yaml", Status: host.Modified, Lines: diff.Lines{{From: 1, To: 1}}}}},
		read:    func(string) ([]byte, error) { return nil, errors.New("no such file") },
		texts:   map[string][]string{},
	}
	for name, f := range map[string]report.Finding{
		"other file": {File: "b.yaml", Line: 1}, "no file": {}, "file that cannot be read": {File: "a.yaml", Line: 5},
	} {
		if got, ok := p.place(f); ok {
			t.Errorf("%s: annotated at %+v", name, got)
		}
	}
	if _, ok := p.place(report.Finding{File: "a.yaml", Line: -3, EndLine: 4}); !ok {
		t.Error("a finding over several lines, one of which changed, is left out")
	}
	p.changes = host.Changes{Precision: host.Everything}
	if _, ok := p.place(report.Finding{File: "b.yaml", Line: 9}); !ok {
		t.Error("with nothing to compare with every line counts")
	}
}

// A wrong name in an input is an error that stands in no file of the change, and
// must be seen all the same.
func TestPlaceShowsWhatIsNotThere(t *testing.T) {
	p := placer{
		changes: host.Changes{Precision: host.ByLine},
		read: func(name string) ([]byte, error) {
			if name == "folder" {
				return nil, errors.New("is a directory")
			}
			return nil, fs.ErrNotExist
		},
	}
	got, ok := p.place(report.Finding{Rule: "spec/unreadable", Severity: report.Error, File: "gone/", Message: "no such file or folder"})
	if !ok || got.File != "" || got.Message != "gone/: no such file or folder" {
		t.Errorf("%t, %+v", ok, got)
	}
	for _, f := range []report.Finding{{File: "folder"}, {File: "gone", Line: 3}} {
		if got, ok := p.place(f); ok {
			t.Errorf("%+v", got)
		}
	}
}
