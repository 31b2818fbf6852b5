package entrypoint_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/hosttest"
)

// context runs nthlayer ci context in a job.
func (p *patient) context(args ...string) int {
	p.t.Helper()
	var stdout, stderr bytes.Buffer
	code := entrypoint.RunContext(p.process(&stdout, &stderr, args))
	p.stdout, p.stderr = stdout.String(), stderr.String()
	if n := len(p.requests()); n > 0 {
		p.t.Errorf("%d requests were sent", n)
	}
	return code
}

func TestContextOfRecordedEvents(t *testing.T) {
	payloads, err := filepath.Glob("../pkg/host/testdata/events/*.json")
	if err != nil || len(payloads) < 8 {
		t.Fatalf("%d payloads, %v", len(payloads), err)
	}
	for _, payload := range payloads {
		name := strings.TrimSuffix(filepath.Base(payload), ".json")
		t.Run(name, func(t *testing.T) {
			p, _ := onGitHub(t, name)
			event := name
			for _, known := range []string{"pull_request_target", "pull_request", "push", "workflow_run"} {
				if strings.HasPrefix(name, known) {
					event = known
					break
				}
			}
			p.set("GITHUB_EVENT_NAME", event)
			if code := p.context("--format", "json"); code != entrypoint.ExitPass && p.unsure() == "" {
				t.Fatalf("exit code %d\n%s", code, p.stderr)
			}
			data, err := os.ReadFile(payload)
			if err != nil {
				t.Fatal(err)
			}
			wanted, err := host.FromEnvironment(func(name string) string { return p.env[name] }, data)
			if err != nil {
				t.Fatal(err)
			}
			var got host.Context
			if err := json.Unmarshal([]byte(p.stdout), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(wanted, got); diff != "" {
				t.Errorf("the JSON is not the context, -want +got:\n%s", diff)
			}
		})
	}
}

// unsure is what the printed context says about it.
func (p *patient) unsure() string {
	var at host.Context
	if err := json.Unmarshal([]byte(p.stdout), &at); err != nil {
		p.t.Fatalf("%v in %q, %s", err, p.stdout, p.stderr)
	}
	return at.Unsure
}

func TestContextForPeople(t *testing.T) {
	p, _ := onGitHub(t, "pull_request")
	if code := p.context(); code != entrypoint.ExitPass || p.stderr != "" {
		t.Errorf("exit code %d\n%s", code, p.stderr)
	}
	golden(t, "context_pull_request.txt", p.text())
	p, _ = onGitLab(t)
	if code := p.context(); code != entrypoint.ExitPass {
		t.Errorf("exit code %d\n%s", code, p.stderr)
	}
	golden(t, "context_merge_request.txt", p.text())
}

func TestContextIsUnsureOrWrong(t *testing.T) {
	tests := []struct {
		name   string
		set    []string
		args   []string
		stderr string
		stdout bool
	}{
		{"a comment on a pull request", []string{"GITHUB_EVENT_NAME", "issue_comment"}, nil, "does not name the head", true},
		{"another event", []string{"GITHUB_EVENT_NAME", "merge_group"}, nil, "has no merge_group", false},
		{"no event", []string{"GITHUB_EVENT_PATH", "/no/such/file"}, nil, "GITHUB_EVENT_PATH", false},
		{"two hosts", []string{"GITLAB_CI", "true"}, nil, "NTHLAYER_HOST", false},
		{"a wrong format", nil, []string{"--format", "yaml"}, "it must be table or json", false},
		{"a wrong flag", nil, []string{"--verbose"}, "unknown flag", false},
		{"an argument", nil, []string{"services"}, "takes no arguments", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := onGitHub(t, "pull_request")
			if tt.stdout {
				path := filepath.Join(t.TempDir(), "event.json")
				if err := os.WriteFile(path, []byte(`{"issue": {"number": 7, "pull_request": {}}}`), 0o600); err != nil {
					t.Fatal(err)
				}
				p.set("GITHUB_EVENT_PATH", path)
			}
			code := p.set(tt.set...).context(tt.args...)
			if code != entrypoint.ExitUsage || !strings.Contains(p.stderr, tt.stderr) || (p.stdout != "") != tt.stdout {
				t.Errorf("exit code %d\n%s\n%s", code, p.stdout, p.stderr)
			}
			if errs := hosttest.ParseLog(p.stderr); len(errs) != 1 || errs[0].Name != "error" {
				t.Errorf("the runner gets %+v", errs)
			}
		})
	}
}

func TestContextHoldsNoSecret(t *testing.T) {
	p, _ := onGitHub(t, "pull_request")
	p.set("GITHUB_API_URL", "https://user:s3cret@github.example/api/v3?key=s3cret", "GITHUB_SERVER_URL", "https://user:s3cret@github.example")
	for _, format := range []string{"table", "json"} {
		if code := p.context("-f", format); code != entrypoint.ExitPass || strings.Contains(p.stdout, "s3cret") || strings.Contains(p.stdout, jobToken) {
			t.Errorf("exit code %d\n%s", code, p.stdout)
		}
	}
}
