package source_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/memory"
	"github.com/nthlayer/action/pkg/transport"
)

const smallSnapshot = "input_series:\n  - {series: 'm{service=\"a\"}', values: '0+1x10'}\n"

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOpenTellsTheSourceByItsValue(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "m.yaml"), smallSnapshot)
	write(t, filepath.Join(root, "sub", "m.YML"), smallSnapshot)
	for _, name := range []string{"m.txt", "m.prom", "m.om"} {
		write(t, filepath.Join(root, name), "m 1\n")
	}
	engine := func(name string) source.Info { return source.Info{Name: name, TargetLabels: true, History: true} }
	tests := map[string]source.Info{
		"http://prom.example:9090":             engine("http://prom.example:9090"),
		"HTTPS://joe:secret@prom.example/path": engine("https://prom.example/path"),
		"file:m.yaml":                          engine("file:m.yaml"),
		"file:sub/m.YML":                       engine("file:sub/m.YML"),
		"file:./sub/../m.yaml":                 engine("file:./sub/../m.yaml"),
		"file:m.txt":                           {Name: "file:m.txt"},
		"file:m.prom":                          {Name: "file:m.prom"},
		"file:m.om":                            {Name: "file:m.om"},
	}
	for value, want := range tests {
		src, err := source.Open(context.Background(), value, source.Options{Root: root, Now: now()})
		if err != nil {
			t.Errorf("%s: %v", value, err)
			continue
		}
		if d := diff(want, src.Info()); d != "" {
			t.Errorf("%s: info (-want +got):\n%s", value, d)
		}
	}
}

func TestOpenRefusesOtherValues(t *testing.T) {
	const secret = "s3cr3t"
	for _, value := range []string{
		"", "prom.example:9090", "prom.example", "ftp://prom.example", "htps://joe:s3cr3t@prom.example", "http://", "http:prom", "https:///x",
		"http://joe:s3cr3t@prom.example:port", "http://joe:s3cr3t/x@prom.example", "http://joe:%zz" + secret + "@x", "http://prom.example/?token=s3cr3t", "http://prom.example#s3cr3t",
		"scrape:", "scrape:prom.example/metrics", "scrape:file:m.txt", "scrape:http://", "file:", "file:m", "file:m.json", "file:m.yaml.gz", "s3cr3t@x",
	} {
		_, err := source.Open(context.Background(), value, source.Options{Root: t.TempDir(), Now: now()})
		var e *source.InputError
		if !errors.As(err, &e) {
			t.Errorf("%q: error = %v, want an *InputError", value, err)
			continue
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%q: the error shows the secret: %v", value, err)
		}
		if !strings.HasPrefix(value, "http") && !strings.Contains(err.Error(), source.Forms) {
			t.Errorf("%q: the error does not list what is accepted: %v", value, err)
		}
	}
}

func TestOpenChecksItsOptions(t *testing.T) {
	_, err := source.Open(context.Background(), "http://prom.example", source.Options{Transport: transport.Options{CAFile: "/none.pem"}})
	var e *source.InputError
	if !errors.As(err, &e) || !strings.Contains(err.Error(), "CA file") {
		t.Errorf("error = %v, want one about the CA file", err)
	}
	for _, value := range []string{"file:m.yaml", "scrape:http://127.0.0.1:1/metrics"} {
		if _, err := source.Open(context.Background(), value, source.Options{}); err == nil || !strings.Contains(err.Error(), "evaluation time") {
			t.Errorf("%s without a time: error = %v", value, err)
		}
	}
}

func TestCheckFileSaysWhatOpenWouldSay(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "in.yaml"), smallSnapshot)
	write(t, filepath.Join(root, "in.json"), "{}")
	for _, value := range []string{"file:in.yaml", "file:in.json", "file:none.yaml", "file:../in.yaml", "file:" + root + "/in.yaml", "file:"} {
		_, opened := source.Open(context.Background(), value, source.Options{Root: root, Now: now()})
		checked := source.CheckFile(value, root)
		if (opened == nil) != (checked == nil) || opened != nil && opened.Error() != checked.Error() {
			t.Errorf("%s: open says %v, check says %v", value, opened, checked)
		}
	}
}

func TestFilesStayInsideTheirRoot(t *testing.T) {
	top := t.TempDir()
	root := filepath.Join(top, "root")
	write(t, filepath.Join(root, "in.yaml"), smallSnapshot)
	write(t, filepath.Join(root, "dir.yaml", "x"), "")
	write(t, filepath.Join(top, "out.yaml"), smallSnapshot)
	links := map[string]string{
		"link-in.yaml":       "in.yaml",
		"link-out.yaml":      "../out.yaml",
		"link-absolute.yaml": filepath.Join(top, "out.yaml"),
		"link-dir":           "..",
		"link-to-link.yaml":  "link-out.yaml",
		"link-loop.yaml":     "link-loop.yaml",
	}
	for name, target := range links {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(root, "pipe.yaml"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]string{
		"in.yaml":                       "",
		"link-in.yaml":                  "",
		"../out.yaml":                   "must be relative",
		"a/../../out.yaml":              "must be relative",
		filepath.Join(root, "in.yaml"):  "must be relative",
		filepath.Join(top, "out.yaml"):  "must be relative",
		"link-out.yaml":                 "leads out",
		"link-absolute.yaml":            "leads out",
		"link-dir/out.yaml":             "leads out",
		"link-to-link.yaml":             "leads out",
		"link-loop.yaml":                "cannot be read",
		"missing.yaml":                  "no such file",
		"dir.yaml":                      "no regular file",
		"pipe.yaml":                     "no regular file",
		"in.yaml/x.yaml":                "cannot be read",
		"../root/in.yaml":               "must be relative",
		"/etc/passwd/../../../etc.yaml": "must be relative",
	}
	for path, want := range tests {
		_, err := source.Open(context.Background(), "file:"+path, source.Options{Root: root, Now: now()})
		var e *source.InputError
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", path, err)
		case want != "" && (!errors.As(err, &e) || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: error = %v, want %q", path, err, want)
		}
	}
	if _, err := source.Open(context.Background(), "file:in.yaml", source.Options{Root: filepath.Join(top, "none"), Now: now()}); err == nil {
		t.Error("a root that does not exist gave no error")
	}
}

func TestLargeFilesAreRefused(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "large.yaml")
	write(t, path, "")
	if err := os.Truncate(path, memory.MaxBytes+1); err != nil {
		t.Fatal(err)
	}
	_, err := source.Open(context.Background(), "file:large.yaml", source.Options{Root: root, Now: now()})
	if err == nil || !strings.Contains(err.Error(), "67108864") {
		t.Errorf("error = %v, want the limit", err)
	}
}

func TestBadFilesNameEveryPlace(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "m.yaml"), "intervall: 1m\ninput_series:\n  - series: m{\n    values: 1\n")
	write(t, filepath.Join(root, "m.txt"), "a 1\nb\n")
	for value, want := range map[string][]string{"file:m.yaml": {"m.yaml:1:1:", "m.yaml:4:13:"}, "file:m.txt": {"m.txt:2:1:"}} {
		_, err := source.Open(context.Background(), value, source.Options{Root: root, Now: now()})
		var e *memory.FileError
		if !errors.As(err, &e) || len(e.Problems) != len(want) {
			t.Errorf("%s: error = %v, want a *memory.FileError with %d problems", value, err, len(want))
			continue
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %v does not say %q", value, err, w)
			}
		}
	}
}

func TestSnapshotAnswers(t *testing.T) {
	src, err := source.NewSnapshot("m.yaml", []byte("input_series:\n  - {series: 'm{service=\"a\"}', values: '0+60x60'}\n  - {series: 'n{service=\"b\"}', values: '1x5'}\n"), source.Options{Now: now()})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	a, err := src.Query(ctx, `rate(m[10m])`, now())
	want := source.Answer{Series: []source.Series{{Labels: one("service", "a"), Points: []source.Point{{At: now(), Value: 1}}}}}
	if d := diff(want, a); d != "" || err != nil {
		t.Errorf("Query: %v (-want +got):\n%s", err, d)
	}
	a, err = src.QueryRange(ctx, `m @ end()`, source.Range{Start: now().Add(-time.Minute), End: now(), Step: time.Minute})
	want = source.Answer{Series: []source.Series{{Labels: one("__name__", "m", "service", "a"), Points: []source.Point{{At: now().Add(-time.Minute), Value: 3600}, {At: now(), Value: 3600}}}}}
	if d := diff(want, a); d != "" || err != nil {
		t.Errorf("QueryRange: %v (-want +got):\n%s", err, d)
	}
	names, err := src.Names(ctx, nil, now().Add(-5*time.Minute), now())
	if d := diff(source.Names{Names: []string{"m"}}, names); d != "" || err != nil {
		t.Errorf("Names: %v (-want +got):\n%s", err, d)
	}
	names, err = src.Names(ctx, []string{`{__name__=~"n|m"}`, `n{service="b"}`}, now().Add(-time.Hour), now())
	if d := diff(source.Names{Names: []string{"m", "n"}}, names); d != "" || err != nil {
		t.Errorf("Names of selectors: %v (-want +got):\n%s", err, d)
	}
	if rec, err := src.Recorded(ctx); rec != nil || err != nil {
		t.Errorf("Recorded = %v, %v, want none", rec, err)
	}
}
