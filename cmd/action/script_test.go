package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/nthlayer/action/pkg/source/memory"
	"github.com/nthlayer/action/pkg/source/sourcetest"
)

// TestMain lets scripts and documentation call this test binary as nthlayer, and as a pint.
func TestMain(m *testing.M) {
	start := func() { os.Exit(runAsCommand()) }
	testscript.Main(m, map[string]func(){"nthlayer": start, postProgram: start, "pint": func() { os.Exit(fakePint()) }})
}

// runAsCommand is main with a clock that a test can set: NOW is the time at
// which commands run that are not told one by --now.
func runAsCommand() int {
	now, err := time.Parse(time.RFC3339, os.Getenv("NOW"))
	if err != nil {
		now = time.Now()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	return program(ctx, os.Args[0], process{
		args: os.Args[1:], stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		getenv: os.Getenv, readFile: os.ReadFile, now: func() time.Time { return now },
	})
}

// scriptNow is the evaluation time of all scripts.
const scriptNow = "2026-03-01T12:00:00Z"

// TestScripts runs testdata/script. Beside the commands of testscript there are:
//
//	exits CODE COMMAND [ARG ...]
//		run a command and compare its exit code
//	report FILE VERDICT CODE
//		a JSON report (stdout or a file) follows the schema and has this
//		verdict and exit code
//	server start SNAPSHOT
//		serve the Prometheus API over a snapshot; $URL is its address
//	server bearer TOKEN
//		refuse requests without the token
//	server always PATH STEP
//		answer a path in place of the server: a status, hang, html, warn
//	server close
//		refuse connections
//	github start EVENT, github untouched
//		see scriptHost
//	fake start NAME, ...
//		see scriptFakes
func TestScripts(t *testing.T) {
	schema := jsonschema.NewCompiler()
	reports, err := schema.Compile("../../docs/report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		UpdateScripts:       *updateDocs,
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("NOW", scriptNow)
			e.Values[serverKey{}] = &scriptServer{t: t}
			e.Values[hostKey{}] = &scriptHost{t: t}
			e.Values[fakesKey{}] = &scriptFakes{t: t, fakes: map[string]scriptFake{}}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":  exits,
			"report": func(ts *testscript.TestScript, _ bool, args []string) { checkReport(ts, reports, args) },
			"fake": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Value(fakesKey{}).(*scriptFakes).do(ts, args)
			},
			"github": func(ts *testscript.TestScript, _ bool, args []string) {
				github, ok := ts.Value(hostKey{}).(*scriptHost)
				if !ok {
					ts.Fatalf("there is no host")
				}
				github.do(ts, args)
			},
			"server": func(ts *testscript.TestScript, _ bool, args []string) {
				server, ok := ts.Value(serverKey{}).(*scriptServer)
				if !ok || len(args) == 0 {
					ts.Fatalf("usage: server start|bearer|always|close ...")
				}
				server.do(ts, args[0], args[1:])
			},
		},
	})
}

func exits(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARG ...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("run %s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("%s ended with %d, not %d", strings.Join(args[1:], " "), got, want)
	}
}

func checkReport(ts *testscript.TestScript, schema *jsonschema.Schema, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: report FILE VERDICT CODE")
	}
	data := ts.ReadFile(args[0])
	instance, err := jsonschema.UnmarshalJSON(strings.NewReader(data))
	ts.Check(err)
	ts.Check(schema.Validate(instance))
	var rep struct {
		Verdict  string `json:"verdict"`
		ExitCode int    `json:"exit_code"`
	}
	ts.Check(json.Unmarshal([]byte(data), &rep))
	if rep.Verdict != args[1] || strconv.Itoa(rep.ExitCode) != args[2] {
		ts.Fatalf("the report has the verdict %s and the exit code %d", rep.Verdict, rep.ExitCode)
	}
}

type serverKey struct{}

// scriptServer is the Prometheus of one script.
type scriptServer struct {
	t      *testing.T
	server *sourcetest.Server
}

func (s *scriptServer) do(ts *testscript.TestScript, what string, args []string) {
	switch {
	case what == "start" && len(args) == 1:
		at, err := time.Parse(time.RFC3339, scriptNow)
		ts.Check(err)
		store, err := memory.Snapshot(args[0], []byte(ts.ReadFile(args[0])), at)
		ts.Check(err)
		s.server = sourcetest.NewServer(s.t, store)
		ts.Setenv("URL", s.server.URL)
	case what == "bearer" && len(args) == 1:
		s.server.RequireBearer(args[0])
	case what == "always" && len(args) == 2:
		s.server.Always(args[0], step(ts, args[1]))
	case what == "close":
		s.server.Close()
	default:
		ts.Fatalf("there is no server %s %s", what, strings.Join(args, " "))
	}
}

func step(ts *testscript.TestScript, name string) sourcetest.Step {
	switch name {
	case "hang":
		return sourcetest.Hang()
	case "html":
		return sourcetest.HTML()
	case "warn":
		return sourcetest.Warn("a store is away")
	}
	status, err := strconv.Atoi(name)
	ts.Check(err)
	return sourcetest.Status(status)
}

func TestEveryCommandHasAScript(t *testing.T) {
	for _, c := range shownCommands() {
		name := c.Name()
		if _, err := os.Stat("testdata/script/" + name + ".txtar"); err != nil {
			t.Errorf("the command %s has no script: %v", name, err)
		}
	}
}
