package main

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

const someDigest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestPinChangesTheImageOfTheActionAlone(t *testing.T) {
	before, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run([]string{"pin", someDigest}, bytes.NewReader(before), &out); err != nil {
		t.Fatal(err)
	}
	was, is := strings.Split(string(before), "\n"), strings.Split(out.String(), "\n")
	if len(was) != len(is) {
		t.Fatalf("%d lines became %d", len(was), len(is))
	}
	changed := 0
	for i := range was {
		if was[i] != is[i] {
			changed++
			if was[i] != "  image: Dockerfile" {
				t.Errorf("line %d: %q became %q", i+1, was[i], is[i])
			}
		}
	}
	var action struct {
		Runs map[string]string
	}
	if err := yaml.Unmarshal(out.Bytes(), &action); err != nil || action.Runs["image"] != "docker://ghcr.io/nthlayer/action@"+someDigest || changed != 1 {
		t.Errorf("%d lines changed, runs %v, %v", changed, action.Runs, err)
	}
	again, err := Pin(out.String(), strings.Replace(someDigest, "0", "f", 1))
	if err != nil || !strings.Contains(again, "sha256:f123") {
		t.Errorf("a pinned file cannot be pinned again: %v", err)
	}
}

func TestPinRefusesWhatItDoesNotKnow(t *testing.T) {
	const action = "runs:\n  using: docker\n  image: Dockerfile\n"
	for name, c := range map[string]struct{ action, digest, want string }{
		"a tag":            {action, "1.2.3", "is no digest"},
		"a short digest":   {action, "sha256:0123", "is no digest"},
		"more than one":    {action, someDigest + "\n  post-entrypoint: /x", "is no digest"},
		"no image":         {"runs:\n  using: node24\n", someDigest, "has 0 lines with an image"},
		"two images":       {action + "  image: other\n", someDigest, "has 2 lines"},
		"another kind":     {"runs:\n  using: composite\n  image: x\n", someDigest, "runs composite"},
		"image of nothing": {"inputs:\n  image: x\nruns:\n  using: docker\n", someDigest, "runs docker with "},
		"broken":           {action + "\t", someDigest, "is no YAML"},
	} {
		if got, err := Pin(c.action, c.digest); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %q, %v; want %q", name, got, err, c.want)
		}
	}
}

func TestTagsOfAVersion(t *testing.T) {
	for tag, want := range map[string][]string{
		"v1.2.3":      {"1.2.3", "1.2", "1"},
		"v0.10.0":     {"0.10.0", "0.10", "0"},
		"v1.2.3-rc.1": {"1.2.3-rc.1"},
		"1.2.3":       nil,
		"v1.2":        nil,
		"v01.2.3":     nil,
		"v1.2.3;id":   nil,
		"v1.2.3\nx":   nil,
		"":            nil,
	} {
		if got, err := Tags(tag); !slices.Equal(got, want) || (err == nil) != (want != nil) {
			t.Errorf("%q: got %q, %v", tag, got, err)
		}
	}
}

func TestWrongCallsAreSaid(t *testing.T) {
	for _, args := range [][]string{nil, {"tags"}, {"pin"}, {"publish", "v1.2.3"}, {"tags", "main"}, {"pin", "latest"}} {
		if err := run(args, strings.NewReader(""), &bytes.Buffer{}); err == nil {
			t.Errorf("%q is taken", args)
		}
	}
}
