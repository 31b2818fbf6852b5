package main

import (
	"fmt"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// Image is where the action's image is published.
const Image = "ghcr.io/nthlayer/action"

var (
	digest    = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	imageLine = regexp.MustCompile(`(?m)^  image: .*$`)
	version   = regexp.MustCompile(`^v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?$`)
)

// Pin returns action.yml with the image of a digest in place of the Dockerfile,
// and nothing else changed. A tag of an image can be moved, a digest cannot.
func Pin(action, digestOfImage string) (string, error) {
	if !digest.MatchString(digestOfImage) {
		return "", fmt.Errorf("%q is no digest: it must be sha256: and 64 hexadecimal digits", digestOfImage)
	}
	if n := len(imageLine.FindAllString(action, -1)); n != 1 {
		return "", fmt.Errorf("action.yml has %d lines with an image, not one", n)
	}
	want := "docker://" + Image + "@" + digestOfImage
	pinned := imageLine.ReplaceAllLiteralString(action, "  image: "+want)
	var read struct {
		Runs struct {
			Using string `yaml:"using"`
			Image string `yaml:"image"`
		} `yaml:"runs"`
	}
	if err := yaml.Unmarshal([]byte(pinned), &read); err != nil {
		return "", fmt.Errorf("the pinned action.yml is no YAML: %w", err)
	}
	if read.Runs.Using != "docker" || read.Runs.Image != want {
		return "", fmt.Errorf("the pinned action.yml runs %s with %s", read.Runs.Using, read.Runs.Image)
	}
	return pinned, nil
}

// Tags returns the names of a version without the v: 1.2.3, and 1.2 and 1, which
// move from release to release. A version before a release has but its own.
func Tags(tag string) ([]string, error) {
	m := version.FindStringSubmatch(tag)
	if m == nil {
		return nil, fmt.Errorf("%q is no version: it must be as v1.2.3 or v1.2.3-rc.1", tag)
	}
	full := strings.TrimPrefix(tag, "v")
	if m[4] != "" {
		return []string{full}, nil
	}
	return []string{full, m[1] + "." + m[2], m[1]}, nil
}
