package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// validateTo validates the one service file of a new folder and writes the
// report to a file.
func validateTo(t *testing.T, output string) (code int, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	code = run(context.Background(), process{
		args: []string{"validate", "-f", "json", "-o", output, "service.yaml"}, stdout: &out, stderr: &errs,
		getenv: func(string) string { return "" }, readFile: os.ReadFile, now: time.Now,
	})
	if out.Len() > 0 {
		t.Errorf("standard output is not empty: %s", &out)
	}
	return code, errs.String()
}

func outputFolder(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile("service.yaml", []byte("name: a\nteam: t\ntier: low\ntype: api\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func symlink(t *testing.T, to, name string) {
	t.Helper()
	if err := os.Symlink(to, name); err != nil {
		t.Fatal(err)
	}
}

func isReport(text string) bool {
	return strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}\n")
}

// TestOutputIntoAPipe guards devices too, which must not be replaced either: a
// report to /dev/null is no reason to lose /dev/null.
func TestOutputIntoAPipe(t *testing.T) {
	outputFolder(t)
	if err := syscall.Mkfifo("pipe", 0o600); err != nil {
		t.Skip("no named pipes here:", err)
	}
	symlink(t, "pipe", "link")
	for _, name := range []string{"pipe", "link"} {
		read := make(chan string)
		go func() {
			f, err := os.Open("pipe")
			if err != nil {
				read <- err.Error()
				return
			}
			defer f.Close()
			data, _ := io.ReadAll(f)
			read <- string(data)
		}()
		code, stderr := validateTo(t, name)
		info, err := os.Lstat("pipe")
		if err != nil || info.Mode()&os.ModeNamedPipe == 0 {
			t.Fatalf("%s: the pipe was replaced", name) // nobody would ever answer its reader
		}
		if got := <-read; !isReport(got) || code != 0 || stderr != "" {
			t.Errorf("%s: exit code %d, %s, the reader got %q", name, code, stderr, got)
		}
	}
}

// TestOutputIntoADevice asks a device that refuses everything, if the test may
// make one.
func TestOutputIntoADevice(t *testing.T) {
	outputFolder(t)
	const full = 1<<8 | 7 // the device that /dev/full is
	if err := syscall.Mknod("device", syscall.S_IFCHR|0o600, full); err != nil {
		t.Skip("the test may not make devices:", err)
	}
	if f, err := os.OpenFile("device", os.O_WRONLY, 0); err != nil {
		t.Skip("the test may not open devices:", err)
	} else if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	code, stderr := validateTo(t, "device")
	if code != 3 || stderr != "nthlayer: write the report to device: no space left on device\n" {
		t.Errorf("exit code %d, %q", code, stderr)
	}
	if info, err := os.Lstat("device"); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		t.Errorf("the device was replaced: %v %v", info, err)
	}
}

func TestOutputFollowsLinks(t *testing.T) {
	outputFolder(t)
	if err := os.MkdirAll("real/deep", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("real/old.json", []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	symlink(t, "real/old.json", "old")
	symlink(t, "real/new.json", "new") // its target is not there yet
	symlink(t, "real/deep", "folder")
	symlink(t, "../up.json", "real/deep/up") // behind folder, .. is real
	symlink(t, "old", "twice")
	for name, target := range map[string]string{"old": "real/old.json", "twice": "real/old.json", "new": "real/new.json", "folder/up": "real/up.json"} {
		if code, stderr := validateTo(t, name); code != 0 || stderr != "" {
			t.Errorf("%s: exit code %d, %s", name, code, stderr)
		}
		info, err := os.Lstat(name)
		if err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("%s: the link was replaced", name)
		}
		if data, err := os.ReadFile(target); err != nil || !isReport(string(data)) {
			t.Errorf("%s: %s holds %q, %v", name, target, data, err)
		}
	}
	if info, err := os.Stat("real/old.json"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the permissions of the file were not kept: %v %v", info, err)
	}
	left, err := filepath.Glob("real/.*")
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestOutputIsRefused(t *testing.T) {
	outputFolder(t)
	if err := os.Mkdir("folder", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Link("service.yaml", "hard"); err != nil {
		t.Fatal(err)
	}
	symlink(t, "service.yaml", "soft")
	symlink(t, "loop", "loop")
	before, err := os.ReadFile("service.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const overwrites = " would overwrite the input service.yaml: write the report to another file"
	for output, want := range map[string]string{
		"service.yaml":   "-o service.yaml" + overwrites,
		"./service.yaml": "-o ./service.yaml" + overwrites,
		"hard":           "-o hard" + overwrites,
		"soft":           "-o soft" + overwrites,
		"folder":         "-o folder is a folder: name a file in it, as folder/report.txt",
		"gone/x.json":    "write the report to gone/x.json: no such file or directory",
		"loop":           "write the report to loop: too many levels of symbolic links",
	} {
		code, stderr := validateTo(t, output)
		if code != 3 || stderr != "nthlayer: "+want+"\n" {
			t.Errorf("%s: exit code %d, %s", output, code, stderr)
		}
		if after, err := os.ReadFile("service.yaml"); err != nil || string(after) != string(before) {
			t.Fatalf("%s: the service file now holds %q, %v", output, after, err)
		}
	}
}
