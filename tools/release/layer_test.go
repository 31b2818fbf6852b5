package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestLayerIsCompressed(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "nthlayer"), bytes.Repeat([]byte("nthlayer"), 1<<17), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nthlayer", filepath.Join(dir, "nthlayer-post")); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run([]string{"layer", dir}, nil, &out); err != nil {
		t.Fatal(err)
	}
	size, err := strconv.Atoi(strings.TrimSpace(out.String()))
	if err != nil || size < 100 || size > 10_000 {
		t.Errorf("a layer of %d bytes that repeat takes %q, %v", 1<<20, out.String(), err)
	}
	if _, err := Layer(filepath.Join(dir, "none")); err == nil {
		t.Error("a folder that is not there has a layer")
	}
}

// TestReleaseCompressesAsLayerDoes holds both images of a release to what Layer measures.
func TestReleaseCompressesAsLayerDoes(t *testing.T) {
	workflow, err := os.ReadFile("../../.github/workflows/release.yml")
	if err != nil {
		t.Fatal(err)
	}
	images := strings.Count(string(workflow), "docker/build-push-action@")
	as := fmt.Sprintf("outputs: type=image,push=true,compression=gzip,compression-level=%d\n", layerLevel)
	if n := strings.Count(string(workflow), as); images == 0 || n != images {
		t.Errorf("%d of %d images have %q", n, images, as)
	}
}
