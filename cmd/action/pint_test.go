package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/entrypoint"
)

// fakePint is pint for scripts: its configuration says what it does, line by line.
//
//	# answer FILE   print a file of the working directory
//	# say TEXT      write to standard error; env is the whole environment
//	# exit CODE     end
//	# hang, # flood never end, say nothing or too much
//
// Without any of these it prints the empty report.
func fakePint() int {
	at := slices.Index(os.Args, "--config")
	if at < 0 || !slices.Contains(os.Args[:at], "--offline") || !slices.Contains(os.Args, "--") {
		fmt.Fprintf(os.Stderr, "the wrong arguments: %q\n", os.Args)
		return 9
	}
	config, err := os.ReadFile(os.Args[at+1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 9
	}
	steps := regexp.MustCompile(`(?m)^# (answer|say|exit|hang|flood) ?(.*)$`).FindAllStringSubmatch(string(config), -1)
	if steps == nil {
		fmt.Println("[]")
	}
	for _, step := range steps {
		switch step[1] {
		case "answer":
			data, _ := os.ReadFile(step[2])
			_, _ = os.Stdout.Write(data)
		case "say":
			text := strings.NewReplacer("ESC", "\x1b", "CONFIG", os.Args[at+1], "ENV", fmt.Sprint(os.Environ())).Replace(step[2])
			fmt.Fprintln(os.Stderr, text)
		case "exit":
			return int(step[2][0] - '0')
		case "hang":
			r, _, _ := os.Pipe() // nobody writes
			_, _ = io.ReadAll(r)
		case "flood":
			for chunk := bytes.Repeat([]byte("x"), 1<<20); err == nil; {
				_, err = os.Stdout.Write(chunk)
			}
		}
	}
	return 0
}

// pintCall runs lint in a folder with one rule file.
func pintCall(t *testing.T, env map[string]string, args ...string) (code int, said string) {
	t.Helper()
	if err := os.MkdirAll("rules", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("rules/a.yaml", []byte("groups:\n- name: a\n  rules:\n  - record: a:b\n    expr: sum(up)\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	code = run(context.Background(), process{
		args: append([]string{"lint", "rules"}, args...), stdout: &stdout, stderr: &stderr,
		getenv: func(name string) string { return env[name] }, readFile: os.ReadFile, now: time.Now,
	})
	return code, stdout.String() + stderr.String()
}

// plantPint puts a program into a folder, which does nothing and writes no report.
func plantPint(t *testing.T, dir string, mode os.FileMode) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "pint")
	if err := os.WriteFile(file, []byte("#!/bin/sh\necho started: $0 >&2\n"), mode); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestPintIsFound(t *testing.T) {
	workspace, outside, linked := t.TempDir(), t.TempDir(), t.TempDir()
	t.Chdir(workspace)
	inside := plantPint(t, filepath.Join(workspace, "bin"), 0o700)
	good := plantPint(t, outside, 0o700)
	plantPint(t, filepath.Join(outside, "text"), 0o600)
	if err := os.Symlink(inside, filepath.Join(linked, "pint")); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		env  map[string]string
		args []string
		code int
		want string
	}{
		"PATH":                     {map[string]string{"PATH": outside}, nil, 4, "started: " + good},
		"PATH, behind others":      {map[string]string{"PATH": "bin:" + filepath.Join(outside, "text") + ":" + filepath.Dir(inside) + "::" + outside}, nil, 4, "started: " + good},
		"no PATH":                  {nil, nil, 3, "pint is not in PATH: install it from https://github.com/cloudflare/pint/releases, name its file with --pint or NTHLAYER_PINT, or leave --engine out"},
		"only in the workspace":    {map[string]string{"PATH": filepath.Dir(inside)}, nil, 3, "the pint of PATH is " + inside + ", a file of the workspace"},
		"only beside":              {map[string]string{"PATH": "bin"}, nil, 3, "the pint of PATH is bin/pint, a file of the workspace"},
		"a link into it":           {map[string]string{"PATH": linked}, nil, 3, "a file of the workspace, which a change may have brought along: name it with --pint"},
		"only a text":              {map[string]string{"PATH": filepath.Join(outside, "text")}, nil, 3, "pint is not in PATH"},
		"the flag":                 {map[string]string{"NTHLAYER_PINT": "/none"}, []string{"--pint", "bin/pint"}, 4, "started: " + inside},
		"the variable":             {map[string]string{"NTHLAYER_PINT": good}, nil, 4, "started: " + good},
		"the variable of nothing":  {map[string]string{"NTHLAYER_PINT": "/none/pint", "PATH": outside}, nil, 3, "NTHLAYER_PINT is /none/pint: there is no such file"},
		"the flag of nothing":      {nil, []string{"--pint", "none"}, 3, "--pint is none: there is no such file"},
		"the flag of a folder":     {nil, []string{"--pint", "bin"}, 3, "--pint is bin: this is no program: is it executable?"},
		"the flag of a text":       {nil, []string{"--pint", "rules/a.yaml"}, 3, "--pint is rules/a.yaml: this is no program"},
		"the flag without engine":  {nil, []string{"--engine", "nthlayer", "--pint", "bin/pint"}, 3, "add --engine pint or --engine both"},
		"another engine":           {nil, []string{"--engine", "promtool"}, 3, "--engine is promtool: it must be nthlayer, pint or both"},
		"with --fix":               {map[string]string{"PATH": outside}, []string{"--fix"}, 3, "--fix puts right what our rules find: leave --engine out"},
		"a configuration of none":  {map[string]string{"PATH": outside}, []string{"--pint-config", "none.hcl"}, 3, "read the configuration of pint: "},
		"a configuration far away": {map[string]string{"PATH": outside}, []string{"--pint-config", "../x.hcl"}, 3, "read the configuration of pint: "},
	} {
		code, said := pintCall(t, c.env, append([]string{"--engine", "both"}, c.args...)...)
		if code != c.code || !strings.Contains(said, c.want) {
			t.Errorf("%s: exit code %d, want %d\n%s\nwant %s", name, code, c.code, said, c.want)
		}
	}
	if code, said := pintCall(t, nil); code != entrypoint.ExitPass {
		t.Errorf("without an engine nobody looks for pint: %d\n%s", code, said)
	}
}
