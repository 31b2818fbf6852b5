package tool_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/host/tool"
)

// TestMain lets tests run this binary as the program: FAULT says what it does.
func TestMain(m *testing.M) {
	if fault := os.Getenv("FAULT"); fault != "" {
		os.Exit(behave(fault, os.Args[1:]))
	}
	os.Exit(m.Run())
}

func behave(fault string, args []string) int {
	switch fault {
	case "tell":
		dir, _ := os.Getwd()
		fmt.Printf("%q in %s with %q\n", args, filepath.Base(dir), os.Environ())
		fmt.Fprint(os.Stderr, "said")
		return 3
	case "flood":
		chunk := strings.Repeat("x", 1<<16)
		for {
			if _, err := fmt.Print(chunk); err != nil {
				return 1
			}
		}
	case "talk":
		fmt.Fprint(os.Stderr, "first\n", strings.Repeat("noise \xff\n", 1<<15), "last")
		return 1
	case "die":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "hang", "leave":
		// Who reads the named pipe sees its end when both are gone.
		pipe, err := os.OpenFile(args[0], os.O_WRONLY, 0)
		if err != nil {
			return 1
		}
		child := exec.Command(os.Args[0])
		child.Env = []string{"FAULT=wait"}
		child.Stdout, child.ExtraFiles = os.Stdout, []*os.File{pipe}
		if err := child.Start(); err != nil {
			return 1
		}
		fmt.Fprintln(pipe, "started")
		if fault == "leave" {
			return 0
		}
		select {}
	case "wait":
		r, w, _ := os.Pipe() // nobody ever writes
		defer w.Close()
		_, _ = io.ReadAll(r)
	}
	return 0
}

func call(t *testing.T, fault string, args ...string) tool.Call {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return tool.Call{Path: self, Args: args, Dir: t.TempDir(), Env: []string{"FAULT=" + fault}}
}

func TestAProgramSeesItsCallAlone(t *testing.T) {
	t.Setenv("GITHUB_TOKEN", "hidden")
	c := call(t, "tell", "a b", "$HOME;", "--", "-x")
	c.Dir = filepath.Join(c.Dir, "here")
	if err := os.Mkdir(c.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	got, err := tool.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	want := tool.Output{Stdout: fmt.Appendf(nil, "%q in here with %q\n", []string{"a b", "$HOME;", "--", "-x"}, []string{"FAULT=tell"}), Stderr: "said", Code: 3}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNoEnvironmentIsNotOurs(t *testing.T) {
	c := call(t, "tell")
	c.Path, c.Args, c.Env = "/usr/bin/env", nil, nil
	t.Setenv("GITHUB_TOKEN", "hidden")
	got, err := tool.Run(t.Context(), c)
	if err != nil || strings.Contains(string(got.Stdout), "hidden") {
		t.Errorf("%v, %q", err, got.Stdout)
	}
}

func TestFaults(t *testing.T) {
	for fault, want := range map[string]string{
		"flood": tool.ErrTooMuch.Error(),
		"die":   "it ended early: signal: killed",
	} {
		c := call(t, fault)
		c.MaxOutput = 1 << 20
		if out, err := tool.Run(t.Context(), c); err == nil || err.Error() != want || len(out.Stdout) > c.MaxOutput {
			t.Errorf("%s: %v and %d bytes, want %s", fault, err, len(out.Stdout), want)
		}
	}
	c := call(t, "tell")
	c.Path = filepath.Join(c.Dir, "none")
	if _, err := tool.Run(t.Context(), c); err == nil || !strings.HasPrefix(err.Error(), "it could not be started: ") {
		t.Errorf("a program that is not there: %v", err)
	}
}

func TestTheEndOfWhatItSaidIsKept(t *testing.T) {
	out, err := tool.Run(t.Context(), call(t, "talk"))
	if err != nil || len(out.Stderr) > 8<<10 || !strings.HasSuffix(out.Stderr, "noise ?\nlast") || strings.Contains(out.Stderr, "first") {
		t.Errorf("%v, %d bytes: %.40q", err, len(out.Stderr), out.Stderr)
	}
}

func TestWhatItStartedEndsWithIt(t *testing.T) {
	for fault, want := range map[string]error{"hang": context.Canceled, "leave": exec.ErrWaitDelay} {
		pipe := filepath.Join(t.TempDir(), "pipe")
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan error, 1)
		go func() {
			gone <- untilEnd(pipe, func() {
				if fault == "hang" {
					cancel()
				}
			})
		}()
		if _, err := tool.Run(ctx, call(t, fault, pipe)); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", fault, err, want)
		}
		select {
		case err := <-gone:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(10 * time.Second): // it would never come
			t.Errorf("%s: what it started lives on", fault)
		}
		cancel()
	}
}

// untilEnd reads a named pipe until nobody holds its other end.
func untilEnd(pipe string, started func()) error {
	f, err := os.Open(pipe)
	if err != nil {
		return err
	}
	defer f.Close()
	r := bufio.NewReader(f)
	if _, err := r.ReadString('\n'); err != nil {
		return err
	}
	started()
	_, err = io.ReadAll(r)
	return err
}
