package entrypoint_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/report"
)

// binary builds the program as the image does, but for the linker's flags.
func binary(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the program")
	}
	path := filepath.Join(t.TempDir(), "nthlayer")
	if out, err := exec.Command("go", "build", "-o", path, "../cmd/action").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return path
}

// execute runs the program as the runner does: the entry point, no arguments,
// everything in the environment, the workspace as work directory.
func (j *job) execute(program string) int {
	j.t.Helper()
	for _, file := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		if err := os.RemoveAll(j.env[file]); err != nil {
			j.t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(j.t.Context(), program, "ci")
	cmd.Dir = j.dir
	for name, value := range j.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		j.t.Fatal(err)
	}
	if j.started != nil {
		j.started <- cmd.Process
	}
	err := cmd.Wait()
	j.stdout, j.stderr = stdout.String(), stderr.String()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	if err != nil {
		j.t.Fatal(err)
	}
	return 0
}

// demoJob is a pull request over the demo services, which changes the objective
// of payments-api.
func demoJob(t *testing.T) *job {
	t.Helper()
	j := newJob(t, "pull_request").set(
		"INPUT_SERVICES", "services/", "INPUT_PROMETHEUS-URL", "file:metrics.yaml", "INPUT_SARIF-FILE", "out/nthlayer.sarif",
		"INPUT_FAIL-ON", "error", "INPUT_ON-UNKNOWN", "", "INPUT_ENVIRONMENT", "")
	if err := os.CopyFS(j.dir, os.DirFS("../testdata/demo")); err != nil {
		t.Fatal(err)
	}
	j.g.SetFiles(hosttest.File{
		Filename: "services/payments-api.yaml", Status: "modified", Changes: 2,
		Patch: "@@ -6,3 +6,3 @@\n a\n-b\n+c\n d",
	})
	return j
}

// TestProgram builds the program once and runs it as GitHub's runner does.
func TestProgram(t *testing.T) {
	program := binary(t)
	t.Run("pull request, twice", func(t *testing.T) { programInACIJob(t, program) })
	t.Run("without permissions", func(t *testing.T) { programWithoutPermissions(t, program) })
	t.Run("checkout in a folder", func(t *testing.T) { programFindsTheChangeInAFolder(t, program) })
	t.Run("pipeline on GitLab", func(t *testing.T) { programInAPipeline(t, program) })
	t.Run("behind a proxy", func(t *testing.T) { programBehindAProxy(t, program) })
	t.Run("own authority", func(t *testing.T) { programTrustsSystemAndFile(t, program) })
	t.Run("signals", func(t *testing.T) { programEndsOnTheFirstSignal(t, program) })
	t.Run("signals with something open", func(t *testing.T) { programEndsWhatIsOpenOnASignal(t, program) })
	t.Run("killed", func(t *testing.T) { programKilledAnywhereLeavesNothingOpen(t, program) })
}

func programInACIJob(t *testing.T, program string) {
	j := demoJob(t)
	foreign := j.g.SeedForeign(foreignMarker)
	if code := j.execute(program); code != 2 {
		t.Fatalf("exit code %d\n%s\n%s", code, j.stdout, j.stderr)
	}
	checkDemoReport(t, j)
	annotations := j.commands("error")
	if len(annotations) != 1 || annotations[0].Properties["file"] != "services/payments-api.yaml" || annotations[0].Properties["line"] != "7" {
		t.Errorf("annotations %+v", annotations)
	}
	if n := len(j.commands("notice")); n != 0 {
		t.Errorf("%d notices", n)
	}
	if !strings.Contains(j.summary(), "deploy blocked for") {
		t.Errorf("summary:\n%s", j.summary())
	}
	first := j.ours(foreign)
	if len(first) != 1 || !strings.Contains(first[0].Body, "payments-api") || j.outputs()["comment-url"] != first[0].HTMLURL {
		t.Fatalf("comments %+v", first)
	}
	states := map[string]string{}
	for _, s := range j.g.Statuses() {
		states[s.Context] = s.State
		if s.SHA != headSHA || !strings.Contains(s.Description, ": ") {
			t.Errorf("status %+v", s)
		}
	}
	if states["nthlayer/gate"] != "failure" || states["nthlayer/verify"] != "failure" || states["nthlayer/lint"] != "success" {
		t.Errorf("statuses %v", states)
	}

	if code := j.set("GITHUB_RUN_ID", "101").execute(program); code != 2 {
		t.Fatalf("second run: exit code %d\n%s", code, j.stdout)
	}
	if diff := cmp.Diff(first, j.ours(foreign)); diff != "" || len(j.g.Requests("PATCH", "")) > 0 {
		t.Errorf("the second run wrote although it has nothing new to say:\n%s", diff)
	}
	if code := j.set("GITHUB_RUN_ID", "102", "INPUT_STAGES", "gate").execute(program); code != 2 {
		t.Fatalf("third run: exit code %d\n%s", code, j.stdout)
	}
	third := j.ours(foreign)
	if len(third) != 1 || third[0].ID != first[0].ID || !strings.Contains(third[0].Body, "run=102") {
		t.Errorf("the third run did not edit the comment: %+v", third)
	}
	checkForeign(t, j, foreign)
}

func checkDemoReport(t *testing.T, j *job) {
	t.Helper()
	out := j.outputs()
	data, err := os.ReadFile(filepath.Join(j.dir, out["report"]))
	if err != nil {
		t.Fatal(err)
	}
	var rep report.Report
	if err := json.Unmarshal(data, &rep); err != nil {
		t.Fatal(err)
	}
	if rep.ExitCode != 2 || rep.Verdict != report.Fail || len(rep.Services) != 4 {
		t.Errorf("report: exit code %d, verdict %s, %d services", rep.ExitCode, rep.Verdict, len(rep.Services))
	}
	if out["verdict"] != "fail" || out["blocked-services"] != "payments-api" || out["missing-metrics"] != "1" || !strings.HasPrefix(out["budget-remaining"], "-149.") {
		t.Errorf("outputs %v", out)
	}
	if sarif, err := os.ReadFile(filepath.Join(j.dir, out["sarif-file"])); err != nil || !bytes.Contains(sarif, []byte("gate/budget-exhausted")) {
		t.Errorf("SARIF: %v", err)
	}
}

func programWithoutPermissions(t *testing.T, program string) {
	j := demoJob(t)
	j.g.Grant(jobToken, hosttest.Token{User: hosttest.ActionsBot, Installation: true})
	if code := j.execute(program); code != 2 {
		t.Fatalf("exit code %d\n%s\n%s", code, j.stdout, j.stderr)
	}
	checkNotice(t, j, []string{"Add to the job's permissions: statuses: write, pull-requests: write."})
	if got := j.outputs(); got["undelivered"] != "statuses,comment" || got["verdict"] != "fail" {
		t.Errorf("outputs %v", got)
	}
}

// A service that the change blocks must not pass because its path in the
// workspace is another one than in the repository.
func programFindsTheChangeInAFolder(t *testing.T, program string) {
	tests := []struct {
		name, services string
		arrange        func(t *testing.T, j *job)
	}{
		{"path: shop", "shop/services", func(t *testing.T, j *job) {
			j.files("shop/.git/HEAD", headSHA)
			move(t, j, "services", "shop/services")
		}},
		{"path: shop, without git", "shop/services", func(t *testing.T, j *job) {
			move(t, j, "services", "shop/services")
		}},
		{"a link", "", func(t *testing.T, j *job) {
			move(t, j, "services", "real")
			if err := os.Symlink("real", filepath.Join(j.dir, "services")); err != nil {
				t.Fatal(err)
			}
			j.g.SetFiles(hosttest.File{Filename: "real/payments-api.yaml", Status: "modified", Changes: 2, Patch: "@@ -6,3 +6,3 @@\n a\n-b\n+c\n d"})
		}},
	}
	for _, tt := range tests {
		j := demoJob(t).set("INPUT_CHANGED-ONLY", "true", "INPUT_SERVICES", tt.services, "INPUT_STATUSES", "false")
		tt.arrange(t, j)
		if code := j.execute(program); code != 2 || j.outputs()["blocked-services"] != "payments-api" {
			t.Errorf("%s: exit code %d, outputs %v\n%s", tt.name, code, j.outputs(), j.stdout)
		}
	}
}

func move(t *testing.T, j *job, from, to string) {
	t.Helper()
	to = filepath.Join(j.dir, to)
	if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.Rename(filepath.Join(j.dir, from), to)); err != nil {
		t.Fatal(err)
	}
}

// Process 1 of a container ignores signals that it does not ask for; the runner
// would kill it ten seconds later, and nothing would be said.
func programEndsOnTheFirstSignal(t *testing.T, program string) {
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		j := demoJob(t)
		j.started = make(chan *os.Process, 1)
		j.g.Break(hosttest.Fault{Path: "/files", Hang: true, Before: func() {
			if err := (<-j.started).Signal(sig); err != nil {
				t.Error(err)
			}
		}})
		if code := j.execute(program); code != 4 {
			t.Errorf("%s: exit code %d\n%s\n%s", sig, code, j.stdout, j.stderr)
		}
		if got := j.outputs(); got["exit-code"] != "4" || got["verdict"] != "unknown" {
			t.Errorf("%s: outputs %v", sig, got)
		}
	}
}
