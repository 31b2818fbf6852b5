package host_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/diff"
)

func files() []host.ChangedFile {
	return host.SortFiles([]host.ChangedFile{
		{Path: "services/b.yaml", Status: host.Modified, Lines: diff.Lines{{From: 3, To: 4}}},
		{Path: "services/a.yaml", Status: host.Renamed, Previous: "services/old.yaml"},
		{Path: "services/gone.yaml", Status: host.Removed},
		{Path: "services/big.yaml", Status: host.Modified, Whole: true},
	})
}

func TestTouches(t *testing.T) {
	tests := []struct {
		name string
		by   host.Precision
		path string
		line int
		want bool
	}{
		{"changed line", host.ByLine, "services/b.yaml", 3, true},
		{"other line", host.ByLine, "services/b.yaml", 5, false},
		{"the file", host.ByLine, "services/b.yaml", 0, true},
		{"file without a patch", host.ByLine, "services/big.yaml", 999, true},
		{"removed file", host.ByLine, "services/gone.yaml", 0, false},
		{"other file", host.ByLine, "services/x.yaml", 0, false},
		{"renamed without changes", host.ByLine, "services/a.yaml", 1, false},
		{"any line of a touched file", host.ByFile, "services/b.yaml", 5, true},
		{"removed, by file", host.ByFile, "services/gone.yaml", 1, false},
		{"nothing to compare with", host.Everything, "services/x.yaml", 1, true},
		{"unknown change", host.UnknownChange, "services/b.yaml", 3, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := host.Changes{Precision: tt.by, Files: files()}
			if got := c.Touches(tt.path, tt.line); got != tt.want {
				t.Errorf("touches %v, want %v", got, tt.want)
			}
		})
	}
}

func TestPathsAndRemoved(t *testing.T) {
	c := host.Changes{Precision: host.ByLine, Files: files()}
	if diff := cmp.Diff([]string{"services/a.yaml", "services/b.yaml", "services/big.yaml"}, c.Paths()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"services/gone.yaml", "services/old.yaml"}, c.Removed()); diff != "" {
		t.Error(diff)
	}
	if (host.Changes{Precision: host.UnknownChange}).Known() || !c.Known() {
		t.Error("only a change that was read may leave files out of a run")
	}
}
