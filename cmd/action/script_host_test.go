package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/nthlayer/action/pkg/host/hosttest"
)

type hostKey struct{}

// scriptHost is the GitHub of one script.
type scriptHost struct {
	t      *testing.T
	github *hosttest.GitHub
}

// do runs one of the script's commands:
//
//	github start EVENT
//		a pull request of example/shop with the recorded event; the variables
//		of the job are set
//	github untouched
//		every request so far only read something, and there was one
func (h *scriptHost) do(ts *testscript.TestScript, args []string) {
	switch {
	case len(args) == 2 && args[0] == "start":
		h.start(ts, args[1])
	case len(args) == 1 && args[0] == "untouched":
		h.untouched(ts)
	default:
		ts.Fatalf("usage: github start EVENT | github untouched")
	}
}

func (h *scriptHost) start(ts *testscript.TestScript, event string) {
	h.github = hosttest.New(h.t)
	h.github.Grant("ghs_of-the-job", hosttest.Token{User: hosttest.ActionsBot, Installation: true, Comments: true, Statuses: true})
	h.github.SetHead(strings.Repeat("1", 40))
	h.github.SetFiles(hosttest.File{Filename: "services/checkout.yaml", Status: "modified", Changes: 1, Patch: "@@ -1 +1 @@\n-a\n+b"})
	payload, err := filepath.Abs(filepath.Join("..", "..", "pkg", "host", "testdata", "events", event+".json"))
	ts.Check(err)
	_, err = os.Stat(payload)
	ts.Check(err)
	for name, value := range map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": event, "GITHUB_EVENT_PATH": payload, "GITHUB_SHA": strings.Repeat("3", 40),
		"GITHUB_REPOSITORY": "example/shop", "GITHUB_RUN_ID": "100", "GITHUB_RUN_ATTEMPT": "1", "GITHUB_WORKSPACE": ts.MkAbs("."),
		"GITHUB_API_URL": h.github.API(), "GITHUB_GRAPHQL_URL": h.github.GraphQL(), "GITHUB_SERVER_URL": h.github.URL(),
		"GITHUB_OUTPUT": ts.MkAbs("output"), "GITHUB_STEP_SUMMARY": ts.MkAbs("summary"), "INPUT_TOKEN": "ghs_of-the-job",
	} {
		ts.Setenv(name, value)
	}
}

func (h *scriptHost) untouched(ts *testscript.TestScript) {
	requests := h.github.Requests("", "")
	if len(requests) == 0 {
		ts.Fatalf("no request was sent")
	}
	for _, r := range requests {
		if r.Method != http.MethodGet && r.Method != http.MethodHead && (r.Path != "/api/graphql" || strings.Contains(r.Body, "mutation")) {
			ts.Fatalf("%s %s was sent", r.Method, r.Path)
		}
	}
}
