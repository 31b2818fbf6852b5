// The release program does what a release needs beside building: it says which
// tags a version has and how large an image is, and pins action.yml to an image by
// its digest.
//
//	go run ./tools/release tags v1.2.3
//	go run ./tools/release layer dist/linux/amd64
//	go run ./tools/release pin sha256:... < action.yml
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "release: "+err.Error())
		os.Exit(1) //nolint:forbidigo // this is a main package
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	const usage = "usage: release tags VERSION | release layer DIR | release pin DIGEST"
	if len(args) != 2 {
		return errors.New(usage)
	}
	var text string
	switch args[0] {
	case "tags":
		tags, err := Tags(args[1])
		if err != nil {
			return err
		}
		text = strings.Join(tags, "\n") + "\n"
	case "layer":
		size, err := Layer(args[1])
		if err != nil {
			return err
		}
		text = fmt.Sprintln(size)
	case "pin":
		action, err := io.ReadAll(in)
		if err != nil {
			return fmt.Errorf("read action.yml: %w", err)
		}
		if text, err = Pin(string(action), args[1]); err != nil {
			return err
		}
	default:
		return errors.New(usage)
	}
	_, err := io.WriteString(out, text)
	return err
}
