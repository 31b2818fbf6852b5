//go:build e2e

package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/e2e/neighbour"
)

// maxImage is the most that an image may have in a registry, in bytes.
const maxImage = 15_000_000

// level is how hard a release compresses its layers, by .github/workflows/release.yml.
const level = gzip.BestCompression

// imageName is the image in the store of a test's podman.
const imageName = "localhost/nthlayer-action:test"

// podman returns a podman with an empty store.
func (l *lab) podman(t *testing.T) *neighbour.Podman {
	t.Helper()
	p, err := neighbour.NewPodman(t.TempDir())
	if err != nil {
		l.absent(t, optional, err)
	}
	t.Cleanup(func() {
		if err := p.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return p
}

// image builds GitHub's image for a processor from what make dist laid out.
func (l *lab) image(t *testing.T, p *neighbour.Podman, arch, target string, more ...string) {
	t.Helper()
	dist := filepath.Join(l.root, "dist")
	if _, err := os.Stat(filepath.Join(dist, "linux", arch, "nthlayer")); err != nil {
		t.Fatalf("%v (run make dist)", err)
	}
	args := []string{
		"build", "--isolation", "chroot", "-f", filepath.Join(l.root, "Dockerfile.release"), "--target", target,
		"--platform", "linux/" + arch, "--build-arg", "TARGETARCH=" + arch, "-t", imageName,
	}
	if _, err := p.Run(t.Context(), append(append(args, more...), dist)...); err != nil {
		t.Fatal(err)
	}
}

// TestImage reads the images as a registry would hold them.
func TestImage(t *testing.T) {
	l := newLab(t)
	for _, arch := range []string{"amd64", "arm64"} {
		t.Run(arch, func(t *testing.T) {
			p := l.podman(t)
			l.image(t, p, arch, "action")
			folder := t.TempDir()
			if _, err := p.Run(t.Context(), "push", imageName, "oci:"+folder); err != nil {
				t.Fatal(err)
			}
			i := readImage(t, folder)
			if i.size > maxImage {
				t.Errorf("the layers have %d bytes, and %d is the most", i.size, maxImage)
			}
			t.Logf("%d bytes in a registry", i.size)
			want := imageConfig{Architecture: arch, OS: "linux"}
			want.Config.Entrypoint = []string{"/nthlayer", "ci"}
			if d := cmp.Diff(want, i.config); d != "" {
				t.Errorf("configuration (-want +got):\n%s", d)
			}
			if d := cmp.Diff(map[string]string{
				"nthlayer": "", "nthlayer-post": "nthlayer", "etc/ssl/certs/ca-certificates.crt": "",
			}, i.files); d != "" {
				t.Errorf("files and where they link to (-want +got):\n%s", d)
			}
			// 116 when this was written; half of them would be a broken list.
			if n := certificates(i.authorities); n < 80 {
				t.Errorf("%d certificate authorities", n)
			}
		})
	}
}

// imageConfig is what matters of an image's configuration. User and WorkingDir
// must stay empty: the runner starts the container as root in a folder of its own.
type imageConfig struct {
	Architecture string
	OS           string
	Config       struct {
		User, WorkingDir string
		Entrypoint, Cmd  []string
	}
}

// image is an image in the layout of the Open Container Initiative.
type image struct {
	config      imageConfig
	size        int64             // of all layers, compressed as those of a release
	files       map[string]string // with the targets of links; folders are left out
	authorities []byte
}

// blob names a file of the layout.
type blob struct{ Digest string }

func readImage(t *testing.T, folder string) image {
	t.Helper()
	var index struct{ Manifests []blob }
	readJSON(t, filepath.Join(folder, "index.json"), &index)
	if len(index.Manifests) != 1 {
		t.Fatalf("%d manifests", len(index.Manifests))
	}
	path := func(b blob) string {
		return filepath.Join(folder, "blobs", "sha256", strings.TrimPrefix(b.Digest, "sha256:"))
	}
	var manifest struct {
		Config blob
		Layers []blob
	}
	readJSON(t, path(index.Manifests[0]), &manifest)
	i := image{files: map[string]string{}}
	readJSON(t, path(manifest.Config), &i.config)
	for _, layer := range manifest.Layers {
		f, err := os.Open(path(layer))
		if err != nil {
			t.Fatal(err)
		}
		unzipped, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(unzipped)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		i.size += pushed(t, content)
		i.unpack(t, content)
	}
	return i
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// pushed returns how many bytes a layer has once a release has pushed it: that uses
// BuildKit, which compresses as Go does, and other programs differ by some hundredths.
func pushed(t *testing.T, layer []byte) int64 {
	t.Helper()
	var out bytes.Buffer
	zipped, err := gzip.NewWriterLevel(&out, level)
	if err != nil {
		t.Fatal(err)
	}
	_, err = zipped.Write(layer)
	if err := errors.Join(err, zipped.Close()); err != nil {
		t.Fatal(err)
	}
	return int64(out.Len())
}

func (i *image) unpack(t *testing.T, layer []byte) {
	t.Helper()
	files := tar.NewReader(bytes.NewReader(layer))
	for {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if header.Typeflag == tar.TypeDir {
			continue
		}
		name := filepath.Clean(header.Name)
		i.files[name] = header.Linkname
		if filepath.Ext(name) == ".crt" {
			if i.authorities, err = io.ReadAll(files); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func certificates(bundle []byte) int {
	n := 0
	for {
		block, rest := pem.Decode(bundle)
		if block == nil {
			return n
		}
		if block.Type == "CERTIFICATE" {
			n++
		}
		bundle = rest
	}
}

// TestGitLabImage runs a job's script in the image for GitLab as its runner does:
// piped to a shell, over a checkout that belongs to somebody else.
func TestGitLabImage(t *testing.T) {
	l := newLab(t)
	busybox := l.tool(t, "debian/bin/busybox", optional)
	p := l.podman(t)
	base := filepath.Join(t.TempDir(), "Dockerfile")
	if err := os.WriteFile(base, []byte("FROM scratch\nCOPY busybox /bin/busybox\nRUN [\"/bin/busybox\", \"--install\", \"-s\", \"/bin\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Run(t.Context(), "build", "--isolation", "chroot", "-f", base, "-t", "localhost/base:test", filepath.Dir(busybox)); err != nil {
		t.Fatal(err)
	}
	l.image(t, p, runtime.GOARCH, "gitlab", "--build-arg", "GITLAB_BASE=localhost/base:test")
	r := newRepository(t, l)
	before := r.commit("the demo")
	r.write("services/recommender.yaml", r.read("services/recommender.yaml")+"\n# a word\n")
	head := r.commit("a word")
	r.giveAway()
	cmd := p.Command(t.Context(), "run", "--rm", "-i", "--network", "none", "-v", r.dir+":/builds/example/shop",
		"-e", "GITLAB_CI=true", "-e", "CI_PROJECT_ID=42", "-e", "CI_PROJECT_DIR=/builds/example/shop", "-e", "CI_COMMIT_SHA="+head,
		"-e", "CI_PIPELINE_SOURCE=merge_request_event", "-e", "CI_MERGE_REQUEST_IID=7", "-e", "CI_MERGE_REQUEST_PROJECT_ID=42",
		"-e", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID=42", "-e", "CI_MERGE_REQUEST_DIFF_BASE_SHA="+before,
		imageName, "/bin/sh")
	cmd.Stdin = strings.NewReader("set -e\ncd \"$CI_PROJECT_DIR\"\nnthlayer ci --changed-only --prometheus-url file:metrics.yaml\n")
	out, err := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != 4 {
		t.Errorf("exit code %d, %v", code, err)
	}
	// The one service that the change touches, and no other.
	if log := string(out); !strings.Contains(log, "recommender") || strings.Contains(log, "payments-api") {
		t.Errorf("log:\n%s", log)
	}
	if r.read("gl-code-quality-report.json") == "" {
		t.Error("the report for Code Quality is empty")
	}
}
