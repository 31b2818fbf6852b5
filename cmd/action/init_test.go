package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/generate/starter"
)

// console is a program that runs in a terminal, as a person sees it.
type console struct {
	t     *testing.T
	dir   string
	file  *os.File
	cmd   *exec.Cmd
	seen  bytes.Buffer
	bytes chan []byte
}

// openConsole starts nthlayer in a terminal of the size that terminals have.
func openConsole(t *testing.T, env []string, args ...string) *console {
	t.Helper()
	program, err := exec.LookPath("nthlayer")
	if err != nil {
		t.Fatal(err)
	}
	c := &console{t: t, dir: t.TempDir(), cmd: exec.Command(program, args...), bytes: make(chan []byte)}
	c.cmd.Dir = c.dir
	c.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.dir, "TERM=xterm"}, env...)
	if c.file, err = pty.StartWithSize(c.cmd, &pty.Winsize{Rows: 40, Cols: 120}); err != nil {
		t.Skipf("there is no terminal to be had: %v", err)
	}
	t.Cleanup(func() { _ = c.file.Close() })
	go func() {
		defer close(c.bytes)
		for {
			data := make([]byte, 4096)
			n, err := c.file.Read(data)
			if n > 0 {
				c.bytes <- data[:n]
			}
			if err != nil {
				return
			}
		}
	}()
	return c
}

// expect waits for a text on the screen and then types.
func (c *console) expect(text, typed string) {
	c.t.Helper()
	limit := time.After(time.Minute) // only a test that fails waits for it
	codes := regexp.MustCompile("\x1b\\[[0-9;?]*[A-Za-z]")
	for !strings.Contains(codes.ReplaceAllString(c.seen.String(), ""), text) {
		select {
		case data, ok := <-c.bytes:
			if !ok {
				c.t.Fatalf("the program ended before it showed %q:\n%s", text, &c.seen)
			}
			c.seen.Write(data)
		case <-limit:
			_ = c.cmd.Process.Kill()
			c.t.Fatalf("%q was not shown:\n%q", text, &c.seen)
		}
	}
	c.seen.Reset()
	if _, err := c.file.WriteString(typed); err != nil {
		c.t.Fatal(err)
	}
}

// end waits for the end and returns the exit code, and what was shown last.
func (c *console) end() (int, string) {
	c.t.Helper()
	for data := range c.bytes {
		c.seen.Write(data)
	}
	err := c.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		c.t.Fatal(err)
	}
	return c.cmd.ProcessState.ExitCode(), c.seen.String()
}

func (c *console) files() []string {
	c.t.Helper()
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		c.t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

// TestInitAsksInATerminal answers as a person does: the name is known from the call.
func TestInitAsksInATerminal(t *testing.T) {
	const enter = "\r"
	c := openConsole(t, nil, "init", "shop-api")
	c.expect("Team that owns it: ", "web"+enter)
	c.expect("Begin with a template?", enter)
	c.expect("How critical is it?", "critical"+enter)
	c.expect("What kind", "web"+enter)
	c.expect("What does it depend on?", "postgresql, redis"+enter)
	code, last := c.end()
	if code != 0 || !strings.Contains(last, "wrote services/shop-api.yaml") {
		t.Fatalf("ended with %d:\n%s", code, last)
	}
	text, err := os.ReadFile(filepath.Join(c.dir, "services", "shop-api.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"name: shop-api", "team: web", "tier: critical", "type: web", "kind: Dependencies", "redis"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

// TestInitThatIsLeftWritesNothing leaves with Ctrl-C, and with Ctrl-D.
func TestInitThatIsLeftWritesNothing(t *testing.T) {
	for _, key := range []string{"shop\x03", "\x04"} {
		c := openConsole(t, nil, "init")
		c.expect("Name of the service", key)
		if code, last := c.end(); code != 3 || len(c.files()) > 0 || !strings.Contains(last, "nothing was written") {
			t.Errorf("%q: ended with %d and left %v:\n%s", key, code, c.files(), last)
		}
	}
}

// TestInitAsksNobodyInCI makes sure that a job with a terminal does not wait.
func TestInitAsksNobodyInCI(t *testing.T) {
	for _, tt := range []struct {
		env, args []string
	}{{[]string{"CI=true"}, []string{"init"}}, {nil, []string{"init", "shop", "--no-interactive"}}} {
		c := openConsole(t, tt.env, tt.args...)
		if code, last := c.end(); code != 3 || !strings.Contains(last, "name the service and its team") {
			t.Errorf("%v: ended with %d:\n%s", tt.args, code, last)
		}
	}
}

// TestQuestionsTakeTheAnswers gives a wrong answer to each question first, and
// nothing where an empty answer has a meaning.
func TestQuestionsTakeTheAnswers(t *testing.T) {
	i := initialise{}
	known, err := i.known(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var a starter.Answers
	var out bytes.Buffer
	lines := []string{"My_Api", "my-api", "", "core", "low-apu", known.Templates[0].Name, "crtical", "critical", "", "a b", " postgresql,, Redis "}
	if err := questions(&a, known, strings.NewReader(strings.Join(lines, "\n")), &out); err != nil {
		t.Fatal(err)
	}
	want := starter.Answers{Name: "my-api", Team: "core", Tier: "critical", Template: known.Templates[0].Name, Dependencies: []string{"postgresql", "Redis"}}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, said := range []string{"other than lower-case letters", "team", "did you mean low-api?", "did you mean critical?", `nothing can be called "a b"`} {
		if !strings.Contains(out.String(), said) {
			t.Errorf("nobody said %s:\n%s", said, &out)
		}
	}
	if err := questions(&starter.Answers{}, known, strings.NewReader("shop\n"), io.Discard); err == nil {
		t.Error("the end of the input is no answer to the questions that are left")
	}
}
