package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/source/sourcetest"
)

// gateOver runs a command on a service with a healthy budget, over a server that
// does one thing in place of what it should.
func gateOver(t *testing.T, step sourcetest.Step, args ...string) (code int, said string) {
	t.Helper()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	server := sourcetest.NewServer(t, sourcetest.Load(t, at, "1m",
		`http_requests_total{service="checkout",status="200"} 0+1000x1500`, `http_requests_total{service="checkout",status="500"} 0+0x1500`))
	if step != nil {
		for _, path := range []string{"/api/v1/query", "/api/v1/query_range", "/api/v1/series", "/api/v1/rules", "/api/v1/label/__name__/values"} {
			server.Always(path, step)
		}
	}
	env := map[string]string{"NTHLAYER_PROMETHEUS_URL": server.URL}
	if args[0] == "ci" {
		dir := t.TempDir() // the report is written there
		if err := os.CopyFS(dir, os.DirFS("testdata/gated")); err != nil {
			t.Fatal(err)
		}
		env["GITHUB_ACTIONS"], env["GITHUB_WORKSPACE"], env["GITHUB_REPOSITORY"] = "true", dir, "example/shop"
		env["GITHUB_EVENT_NAME"], env["GITHUB_SHA"], env["GITHUB_OUTPUT"] = "workflow_dispatch", strings.Repeat("1", 40), filepath.Join(t.TempDir(), "output")
	}
	var stdout, stderr bytes.Buffer
	code = run(context.Background(), process{
		args: args, stdout: &stdout, stderr: &stderr, readFile: os.ReadFile, now: func() time.Time { return at },
		getenv: func(name string) string { return env[name] },
	})
	return code, stdout.String() + stderr.String()
}

// gates are the two ways to ask a gate.
func gates() [][]string {
	return [][]string{{"check-deploy", "testdata/gated", "--now", "2026-03-01T12:00:00Z"}, {"ci", "--stages", "gate", "--services", "checkout.yaml"}}
}

// A gate that cannot see stays shut: whatever a server does in place of an answer,
// the deploy is neither approved nor blocked for a reason that nobody knows.
func TestTheGateStaysShutWhenItCannotSee(t *testing.T) {
	for name, step := range map[string]sourcetest.Step{
		"503":                      sourcetest.Status(503),
		"429":                      sourcetest.RetryAfter(429, "0"),
		"401":                      sourcetest.Status(401),
		"404":                      sourcetest.Status(404),
		"500 of the API":           sourcetest.Fail(500, "internal", "head is broken"),
		"timeout of the query":     sourcetest.Fail(503, "timeout", "query timed out"),
		"no answer in time":        sourcetest.Hang(),
		"a cut connection":         sourcetest.CutOff(),
		"a reset connection":       sourcetest.Reset(),
		"a login page":             sourcetest.HTML(),
		"truncated JSON":           sourcetest.Truncated(),
		"an empty answer":          sourcetest.JSON(""),
		"no data":                  sourcetest.JSON(`{"status":"success"}`),
		"an empty vector":          sourcetest.Data(`{"resultType":"vector","result":[]}`),
		"NaN":                      sourcetest.Data(`{"resultType":"vector","result":[{"metric":{"service":"checkout"},"value":[1772366400,"NaN"]}]}`),
		"infinite":                 sourcetest.Data(`{"resultType":"vector","result":[{"metric":{"service":"checkout"},"value":[1772366400,"+Inf"]}]}`),
		"no number":                sourcetest.Data(`{"resultType":"vector","result":[{"metric":{"service":"checkout"},"value":[1772366400,"many"]}]}`),
		"another type":             sourcetest.Data(`{"resultType":"string","result":[1772366400,"ok"]}`),
		"success with a warning":   sourcetest.Warn("store thanos-3 is away"),
		"success, but a part only": sourcetest.Partial(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, args := range gates() {
				if name == "no answer in time" {
					args = append(args, "--timeout", "1s")
				}
				if code, said := gateOver(t, step, args...); code != 4 {
					t.Errorf("%s: exit code %d, want 4\n%s", args[0], code, said)
				}
			}
		})
	}
}

// Without a fault the same gate opens.
func TestTheGateOpensWhenItSeesAHealthyBudget(t *testing.T) {
	for _, args := range gates() {
		if code, said := gateOver(t, nil, args...); code != 0 {
			t.Errorf("%s: exit code %d\n%s", args[0], code, said)
		}
	}
}
