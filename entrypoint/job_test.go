package entrypoint_test

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/report"
)

const jobToken = "ghs_the-token-of-the-job"

var (
	headSHA = strings.Repeat("1", 40)
	baseSHA = strings.Repeat("2", 40)
)

// job is a CI job on the fake GitHub: its environment, its workspace and what a
// run left behind.
type job struct {
	t      *testing.T
	g      *hosttest.GitHub
	env    map[string]string
	dir    string
	rep    *report.Report
	run    entrypoint.RunFunc // nil returns rep
	seen   []entrypoint.Settings
	now    time.Time // the clock
	stdout string
	stderr string
	// network, when set, takes the place of the network.
	network http.RoundTripper
	// started, when set, gets the process of an executed program.
	started chan *os.Process
	// slept are the waits that were asked for, ends when whoever waited has to be
	// done.
	waiting sync.Mutex
	slept   []time.Duration
	ends    []time.Time
}

func newJob(t *testing.T, event string) *job {
	t.Helper()
	g := hosttest.New(t)
	g.Grant(jobToken, hosttest.Token{User: hosttest.ActionsBot, Installation: true, Comments: true, Statuses: true})
	g.SetHead(headSHA)
	g.SetFiles(hosttest.File{Filename: "services/checkout.yaml", Status: "modified", Changes: 1, Patch: "@@ -3,2 +3,3 @@ spec:\n a\n+b\n c"})
	g.SetCompared(hosttest.File{Filename: "services/checkout.yaml", Status: "modified", Changes: 1, Patch: "@@ -3,2 +3,3 @@ spec:\n a\n+b\n c"})
	j := &job{t: t, g: g, dir: t.TempDir(), rep: sample()}
	payload, err := filepath.Abs(filepath.Join("..", "pkg", "host", "testdata", "events", event+".json"))
	if err != nil {
		t.Fatal(err)
	}
	name, _, _ := strings.Cut(event, "_fork")
	j.env = map[string]string{
		"GITHUB_ACTIONS": "true", "CI": "true", "GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": payload,
		"GITHUB_SHA": strings.Repeat("3", 40), "GITHUB_REPOSITORY": "example/shop", "GITHUB_ACTOR": "octocat",
		"GITHUB_RUN_ID": "100", "GITHUB_RUN_ATTEMPT": "1", "GITHUB_WORKSPACE": j.dir,
		"GITHUB_API_URL": g.API(), "GITHUB_GRAPHQL_URL": g.GraphQL(), "GITHUB_SERVER_URL": g.URL(),
		"GITHUB_OUTPUT": filepath.Join(t.TempDir(), "output"), "GITHUB_STEP_SUMMARY": filepath.Join(t.TempDir(), "summary"),
		"GITHUB_STATE": filepath.Join(t.TempDir(), "state"),
		"INPUT_TOKEN":  jobToken,
	}
	return j
}

// start runs the job once more and returns its exit code.
func (j *job) start(args ...string) int {
	j.t.Helper()
	return j.startWith(j.t.Context(), args...)
}

func (j *job) startWith(ctx context.Context, args ...string) int {
	j.t.Helper()
	for _, file := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_STATE"} { // each step has its own
		if err := os.RemoveAll(j.env[file]); err != nil {
			j.t.Fatal(err)
		}
	}
	var stdout, stderr bytes.Buffer
	code := entrypoint.RunCI(ctx, entrypoint.Env{
		Args: args, Getenv: func(name string) string { return j.env[name] }, Stdout: &stdout, Stderr: &stderr,
		ReadFile: os.ReadFile, Sleep: j.sleep, Network: j.network, Now: func() time.Time { return j.now },
	}, func(ctx context.Context, s entrypoint.Settings) (*report.Report, error) {
		j.seen = append(j.seen, s)
		if j.run != nil {
			return j.run(ctx, s)
		}
		return j.rep, nil
	})
	j.stdout, j.stderr = stdout.String(), stderr.String()
	return code
}

func (j *job) sleep(ctx context.Context, wait time.Duration) error {
	j.waiting.Lock()
	defer j.waiting.Unlock()
	j.slept = append(j.slept, wait)
	if end, ok := ctx.Deadline(); ok {
		j.ends = append(j.ends, end)
	}
	return nil
}

// outputs are the outputs of the step as the runner reads them.
func (j *job) outputs() map[string]string {
	j.t.Helper()
	data, err := os.ReadFile(j.env["GITHUB_OUTPUT"])
	if err != nil {
		j.t.Fatal(err)
	}
	out, err := hosttest.ParseFile(string(data))
	if err != nil {
		j.t.Fatal(err)
	}
	return out
}

func (j *job) summary() string {
	j.t.Helper()
	data, err := os.ReadFile(j.env["GITHUB_STEP_SUMMARY"])
	if err != nil {
		j.t.Fatal(err)
	}
	return string(data)
}

// commands are the workflow commands of a name in the log.
func (j *job) commands(name string) []hosttest.Command {
	return slices.DeleteFunc(hosttest.ParseLog(j.stdout), func(c hosttest.Command) bool { return c.Name != name })
}

// ours returns the comments that are not among the given ones.
func (j *job) ours(foreign []hosttest.Comment) []hosttest.Comment {
	return slices.DeleteFunc(j.g.Comments(), func(c hosttest.Comment) bool {
		return slices.ContainsFunc(foreign, func(f hosttest.Comment) bool { return f.ID == c.ID })
	})
}

// set changes the environment by names and values in turn.
func (j *job) set(pairs ...string) *job {
	j.env = maps.Clone(j.env)
	for i := 0; i < len(pairs); i += 2 {
		j.env[pairs[i]] = pairs[i+1]
	}
	return j
}

// sample is the report of a run with a blocked service, a missing metric and a
// warning on a line that did not change.
func sample() *report.Report {
	rep := &report.Report{
		SchemaVersion: 1, Tool: report.Tool{Name: "nthlayer", Version: "test"}, Command: "ci",
		EvaluatedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Environment: "prod", Verdict: report.Fail,
		Stages: []report.Stage{
			{Name: "lint", Verdict: report.Warn, Warnings: 1},
			{Name: "verify", Verdict: report.Fail, Errors: 1},
			{Name: "gate", Verdict: report.Fail, Errors: 1},
			{Name: "portfolio", Verdict: report.Pass},
		},
		Services: []report.Service{{
			Name: "checkout", File: "services/checkout.yaml", Tier: "critical", Team: "payments", Type: "api", Verdict: report.Fail,
			SLOs: []report.SLO{{
				Name: "availability", Objective: report.Num(99.9), Window: "30d", SLI: report.Num(0.998), State: report.StateOK, Status: report.StatusExhausted,
				Budget: report.Budget{TotalMinutes: report.Num(43.2), BurnedMinutes: report.Num(86.4), ConsumedPercent: report.Num(200), RemainingPercent: report.Num(-100)},
			}},
			Metrics: []report.Metric{
				{Name: "m", Selector: `m{service="checkout"}`, Required: true, State: report.MetricMissing, Line: 4},
				{Name: "o", Selector: "o", State: report.MetricMissing, Line: 5},
			},
			Gate: &report.Gate{
				Decision: report.Blocked, WorstSLO: "availability", RemainingPercent: report.Num(-100),
				Reasons: []report.Reason{{Code: "budget_exhausted", Text: "the budget of availability is used up"}},
			},
		}},
		Portfolio: &report.Portfolio{Score: report.Num(62.5), Known: 1, Total: 1},
		Findings: report.Normalise([]report.Finding{
			{Rule: "verify/metric-missing", Severity: report.Error, Service: "checkout", File: "services/checkout.yaml", Line: 4, Column: 3, Message: "m is missing"},
			{Rule: "gate/budget-exhausted", Severity: report.Error, Service: "checkout", File: "services/checkout.yaml", Line: 4, Message: "the error budget is used up"},
			{Rule: "promql/rate-range", Severity: report.Warning, Service: "checkout", File: "services/checkout.yaml", Line: 40, Message: "the range is short"},
		}),
	}
	rep.Summary.Services = 1
	rep.Summary.Errors, rep.Summary.Warnings, rep.Summary.Infos = report.Count(rep.Findings)
	return rep
}

// healthy is the report of a run with nothing to say.
func healthy() *report.Report {
	rep := sample()
	rep.Verdict, rep.Findings, rep.Summary = report.Pass, []report.Finding{}, report.Summary{Services: 1}
	for i := range rep.Stages {
		rep.Stages[i].Verdict, rep.Stages[i].Errors, rep.Stages[i].Warnings = report.Pass, 0, 0
	}
	s := &rep.Services[0]
	s.Verdict, s.Metrics, s.Gate, s.SLOs = report.Pass, nil, &report.Gate{Decision: report.Approved}, nil
	return rep
}
