package spec

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// folder is a workspace of a few files.
func folder(t *testing.T, files map[string]string) *Workspace {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ws, err := OpenWorkspace(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	return ws
}

func paths(found []Found) (out []string) {
	for _, f := range found {
		out = append(out, f.Path)
	}
	return out
}

func TestFilesOverAWorkspaceAreFoundAndReadInPlaceOfItsOwn(t *testing.T) {
	ws := folder(t, map[string]string{"services/a.yaml": "old", "services/b.yaml": "b", "services/.git/x.yaml": "x"})
	over := ws.Over(map[string][]byte{
		"services/a.yaml": []byte("new"), "services/b.yaml": nil, "services/c/d.yaml": []byte("d"),
		"services/.hidden/e.yaml": []byte("e"), "services/readme.md": []byte("text"), "other/f.yaml": []byte("f"),
	})
	for _, c := range []struct {
		args []string
		want []string
	}{
		{nil, []string{"services/a.yaml", "services/c/d.yaml"}},
		{[]string{"services"}, []string{"services/a.yaml", "services/c/d.yaml"}},
		{[]string{"other/f.yaml", "services/a.yaml"}, []string{"other/f.yaml", "services/a.yaml"}},
		{[]string{"**/f.yaml"}, []string{"other/f.yaml"}},
	} {
		found, problems := over.Find(context.Background(), c.args)
		if diff := cmp.Diff(c.want, paths(found)); diff != "" || problems != nil {
			t.Errorf("%v: %v, -want +got:\n%s", c.args, problems, diff)
		}
	}
	if _, problems := over.Find(context.Background(), []string{"services/b.yaml"}); problems == nil {
		t.Error("a removed file was found")
	}
	if data, err := over.Read("services/a.yaml", 100); err != nil || string(data) != "new" {
		t.Errorf("read %q, %v", data, err)
	}
	if data, err := over.Read("services/b.yaml", 100); err == nil {
		t.Errorf("a removed file has the content %q", data)
	}
	if data, err := over.Read("services/a.yaml", 1); err != nil || len(data) != 2 {
		t.Errorf("the limit is not kept: %q, %v", data, err)
	}
	if data, err := ws.Read("services/a.yaml", 100); err != nil || string(data) != "old" {
		t.Errorf("the workspace itself has %q, %v", data, err)
	}
}

func TestEnvironmentsAndTemplatesOverAWorkspaceCount(t *testing.T) {
	ws := folder(t, map[string]string{
		"services/checkout.yaml":          "name: checkout\nteam: t\ntype: api\ntemplate: house\n",
		"services/environments/prod.yaml": "tier: low\n",
	})
	files := []Found{{Path: "services/checkout.yaml"}}
	tier := func(ws *Workspace) Tier {
		loaded := Load(context.Background(), ws, files, Options{Environment: "prod"})
		if len(loaded.Services) != 1 {
			t.Fatalf("%d services: %v %v", len(loaded.Services), loaded.Findings, loaded.Unreadable)
		}
		return loaded.Services[0].Tier.V
	}
	template := []byte("name: house\ndescription: d\ntier: high\ntype: api\nresources: []\n")
	if got := tier(ws.Over(map[string][]byte{".nthlayer/templates/house.yaml": template})); got != TierLow {
		t.Errorf("with the environment: %s", got)
	}
	if got := tier(ws.Over(map[string][]byte{".nthlayer/templates/house.yaml": template, "services/environments/prod.yaml": nil})); got != TierHigh {
		t.Errorf("without the environment: %s", got)
	}
}

func TestLayersAreEnvironmentsAndTemplates(t *testing.T) {
	for name, want := range map[string]bool{
		"services/environments/prod.yaml": true, "environments/a-prod.yml": true, ".nthlayer/templates/a.yaml": true,
		"services/.nthlayer/environments/x.yaml": true, "services/a.yaml": false, "services/environments/readme.md": false, "myenvironments/a.yaml": false,
	} {
		if got := IsLayer(name); got != want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
