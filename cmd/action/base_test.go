package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/pipeline"
	"github.com/nthlayer/action/pkg/spec"
)

// former holds files as they were, and notes which were read.
type former struct {
	mu    sync.Mutex
	files map[string]string
	read  []string
}

func (f *former) ReadBase(_ context.Context, path string) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.read = append(f.read, path)
	if text, ok := f.files[path]; ok {
		return []byte(text), nil
	}
	return nil, errors.New("no such file")
}

func changedFiles(files ...host.ChangedFile) host.Changes {
	return host.Changes{Precision: host.ByFile, Files: host.SortFiles(files)}
}

func workspaceOf(t *testing.T, names ...string) *spec.Workspace {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("now"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ws, err := spec.OpenWorkspace(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	return ws
}

func affected(b pipeline.Base) (out []string) {
	for _, f := range b.Files {
		out = append(out, f.Path)
	}
	return out
}

func TestWhatIsReadOfTheBase(t *testing.T) {
	const a, b, env = "services/a.yaml", "services/b.yaml", "services/environments/prod.yaml"
	tests := []struct {
		name    string
		now     []string
		changes []host.ChangedFile
		args    []string
		// read are the files that are read, affected those that may hold another
		// service than before.
		read, affected []string
		moved          map[string]string
	}{
		{"modified", []string{a, b}, []host.ChangedFile{{Path: a, Status: host.Modified}}, nil, []string{a}, []string{a}, nil},
		{"removed", []string{b}, []host.ChangedFile{{Path: a, Status: host.Removed}}, nil, []string{a}, []string{a}, nil},
		{"added", []string{a, b}, []host.ChangedFile{{Path: a, Status: host.Added}}, nil, nil, nil, nil},
		{"added and named", []string{a}, []host.ChangedFile{{Path: a, Status: host.Added}}, []string{a}, nil, nil, nil},
		{"all that a pattern finds was added", []string{a}, []host.ChangedFile{{Path: a, Status: host.Added}}, []string{"services/*.yaml"}, nil, nil, nil},
		{
			"moved in a circle",
			[]string{a, b},
			[]host.ChangedFile{{Path: a, Previous: b, Status: host.Renamed}, {Path: b, Previous: a, Status: host.Renamed}},
			nil,
			[]string{a, b},
			[]string{a, b},
			map[string]string{a: b, b: a},
		},
		{"not looked at", []string{a, b}, []host.ChangedFile{{Path: a, Status: host.Modified}, {Path: b, Status: host.Modified}}, []string{b}, []string{b}, []string{b}, nil},
		{"other kinds of files", []string{a}, []host.ChangedFile{{Path: "README.md", Status: host.Modified}, {Path: "deploy/values.yaml", Status: host.Removed}}, nil, nil, nil, nil},
		{"environment removed", []string{a, b}, []host.ChangedFile{{Path: env, Status: host.Removed}}, nil, []string{env}, []string{a, b, env}, nil},
		{"environment added", []string{a, b, env}, []host.ChangedFile{{Path: env, Status: host.Added}}, nil, nil, []string{a, b}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			reader := &former{files: map[string]string{a: "was a", b: "was b", env: "was env"}}
			s := entrypoint.Settings{Base: reader, Changes: changedFiles(tt.changes...)}
			got, err := base(s, workspaceOf(t, tt.now...), tt.args)(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(reader.read)
			if diff := cmp.Diff(tt.read, reader.read); diff != "" {
				t.Errorf("read, -want +got:\n%s", diff)
			}
			if diff := cmp.Diff(tt.affected, affected(got)); diff != "" {
				t.Errorf("affected, -want +got:\n%s", diff)
			}
			if tt.moved == nil {
				tt.moved = map[string]string{}
			}
			if diff := cmp.Diff(tt.moved, got.Moved); diff != "" {
				t.Errorf("moved, -want +got:\n%s", diff)
			}
			for _, name := range tt.read {
				if data, err := got.Workspace.Read(name, 100); err != nil || string(data) != reader.files[name] {
					t.Errorf("%s is %q in the base, %v", name, data, err)
				}
			}
		})
	}
}

func TestWhatCouldNotBeReadOfTheBaseIsToldBesideTheRest(t *testing.T) {
	reader := &former{files: map[string]string{"services/b.yaml": ""}}
	s := entrypoint.Settings{Base: reader, Changes: changedFiles(
		host.ChangedFile{Path: "services/a.yaml", Status: host.Modified}, host.ChangedFile{Path: "services/b.yaml", Status: host.Modified},
		host.ChangedFile{Path: "services/c.yaml", Status: host.Removed})}
	got, err := base(s, workspaceOf(t, "services/a.yaml", "services/b.yaml"), nil)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []pipeline.Unread{
		{File: "services/a.yaml", Why: "services/a.yaml could not be read as it was before: no such file"},
		{File: "services/c.yaml", Why: "services/c.yaml could not be read as it was before: no such file"},
	}
	if diff := cmp.Diff(want, got.Unread); diff != "" {
		t.Errorf("unread, -want +got:\n%s", diff)
	}
	// An empty file was there; one that could not be read is not taken for what
	// stands in the checkout.
	if diff := cmp.Diff([]string{"services/b.yaml"}, affected(got)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestABaseIsBoundedAndNeverGuessed(t *testing.T) {
	reader := &former{files: map[string]string{}}
	var many []host.ChangedFile
	for i := range maxBaseFiles + 1 {
		many = append(many, host.ChangedFile{Path: fmt.Sprintf("services/%d.yaml", i), Status: host.Removed})
	}
	for name, changes := range map[string]host.Changes{
		"301 files":            changedFiles(many...),
		"too slow":             {Precision: host.UnknownChange, Notes: []string{"too slow"}},
		"what to compare with": {Precision: host.Everything},
	} {
		got, err := base(entrypoint.Settings{Base: reader, Changes: changes}, workspaceOf(t), nil)(t.Context())
		if err == nil || !strings.Contains(err.Error(), name) || len(got.Files) > 0 || len(reader.read) > 0 {
			t.Errorf("%s: %v, %v", name, affected(got), err)
		}
	}
}

func TestWithoutAProposedChangeNothingIsCompared(t *testing.T) {
	if base(entrypoint.Settings{Changes: changedFiles()}, workspaceOf(t), nil) != nil {
		t.Error("there is something to compare")
	}
}
