package entrypoint_test

import (
	"encoding/pem"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/entrypoint"
)

// A list of nothing but commas would run no stage, and so pass.
func TestListsThatNameNothingAreWrong(t *testing.T) {
	for input, text := range map[string]string{"stages": ",", "services": ",,\n ,"} {
		got := problems(t, vars("INPUT_"+strings.ToUpper(input), text))
		if len(got) != 1 || !strings.HasPrefix(got[0], input+" is ") || !strings.Contains(got[0], "leave it empty for the default") {
			t.Errorf("%s: %q", input, got)
		}
	}
}

func TestSecretsInWrongAddressesAreHiddenAndMasked(t *testing.T) {
	for _, address := range []string{
		"admin:hunter2pw@prom.example.com:9090", "http//admin:hunter2pw@h", "scrape:admin:hunter2pw@h/metrics", "//admin:hunter2pw@h",
		"https://admin:hunter2pw@prom.example.com/#x", "https://user:hunter2pw%zz@h",
	} {
		values := entrypoint.Resolve(nil, vars("INPUT_PROMETHEUS-URL", address))
		_, err := values.Settings(t.TempDir())
		if err == nil || strings.Contains(err.Error()+values.Debug(), "hunter2pw") {
			t.Errorf("%s: %v\n%s", address, err, values.Debug())
		}
		if masked := values.Secrets(); len(masked) == 0 || !strings.HasPrefix(masked[len(masked)-1], "hunter2pw") {
			t.Errorf("%s: masked is %q", address, masked)
		}
	}
}

func TestQueriesOfAddressesAreHidden(t *testing.T) {
	for _, address := range []string{"https://prom.example.com/?token=SECRETQ123", "scrape:http://h/metrics?token=SECRETQ123"} {
		values := entrypoint.Resolve(nil, vars("INPUT_PROMETHEUS-URL", address, "INPUT_TIMEOUT", "never"))
		_, err := values.Settings(t.TempDir())
		if err == nil || strings.Contains(err.Error()+values.Debug(), "SECRETQ123") {
			t.Errorf("%s: %v\n%s", address, err, values.Debug())
		}
	}
}

// Who reads the workflow sees an input with its default, and not the variable
// that decided.
func TestVariableInPlaceOfADefaultIsSaid(t *testing.T) {
	j := newJob(t, "pull_request").set("INPUT_FAIL-ON", "error", "NTHLAYER_FAIL_ON", "none", "INPUT_TIMEOUT", "5m", "NTHLAYER_TIMEOUT", "1m", "NTHLAYER_COMMENT", "off")
	if code := j.start(); code != entrypoint.ExitPass {
		t.Errorf("exit code %d", code)
	}
	var notes []string
	for line := range strings.Lines(j.stdout) {
		if strings.HasPrefix(line, "note: ") {
			notes = append(notes, strings.TrimSpace(line))
		}
	}
	want := []string{`note: fail-on is "none" because of the variable NTHLAYER_FAIL_ON; the input has its default, "error"`}
	if diff := cmp.Diff(want, notes); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWrongFilesAreToldWithAllOtherWrongInputs(t *testing.T) {
	j := newJob(t, "pull_request").set(
		"INPUT_FAIL-ON", "x", "INPUT_SERVICES", "../../etc, gone.yaml, a.yaml", "INPUT_CA-FILE", "nope.pem",
		"INPUT_PROMETHEUS-URL", "file:nope.yaml", "INPUT_REPORT-FILE", "a.yaml", "NTHLAYER_HOST", "moon",
	).files("a.yaml", "name: a\n")
	if code := j.start(); code != entrypoint.ExitUsage || len(j.seen) > 0 {
		t.Fatalf("exit code %d", code)
	}
	errs := j.commands("error")
	if len(errs) != 1 {
		t.Fatalf("errors %+v", errs)
	}
	for _, want := range []string{
		`fail-on is "x"`, `../../etc`, "gone.yaml: ", `ca-file is "nope.pem" (from INPUT_CA-FILE): it must be a PEM file with certificates, and there is no such file`,
		"prometheus-url (from INPUT_PROMETHEUS-URL): file:nope.yaml cannot be read: there is no such file",
		"report-file is \"a.yaml\" (from INPUT_REPORT-FILE): it must be another path than that of the input a.yaml, which it would replace",
		"NTHLAYER_HOST is \"moon\"",
	} {
		if !strings.Contains(errs[0].Message, want) {
			t.Errorf("the message lacks %q:\n%s", want, errs[0].Message)
		}
	}
}

// The runner cuts an annotation at 4,096 characters. What does not fit is in the
// log, and what fits is whole.
func TestWrongInputsBeyondAnAnnotationAreInTheLog(t *testing.T) {
	var names []string
	for i := range 90 {
		names = append(names, fmt.Sprintf("gone-%02d-%s.yaml", i, strings.Repeat("é", 20)))
	}
	for text, cut := range map[string]bool{strings.Join(names, ","): true, strings.Join(names[:10], ","): false} {
		j := newJob(t, "pull_request").set("INPUT_FAIL-ON", "x", "INPUT_SERVICES", text)
		j.start()
		errs := j.commands("error")
		if len(errs) != 1 {
			t.Fatalf("errors %+v", errs)
		}
		lines := strings.Split(errs[0].Message, "\n")
		last := lines[len(lines)-1]
		var left int
		_, err := fmt.Sscanf(last, "and %d more, see the log", &left)
		if utf8.RuneCountInString(errs[0].Message) > 4096 || (err == nil) != cut || cut && left+len(lines)-1 != 1+len(names) {
			t.Errorf("%d characters, %d lines, the last is %q", utf8.RuneCountInString(errs[0].Message), len(lines), last)
		}
		for _, name := range strings.Split(text, ",") {
			if !strings.Contains(j.stdout, name) {
				t.Errorf("the log lacks %s", name)
			}
		}
	}
}

// One problem longer than all of the annotation is cut, and whole in the log.
func TestAWrongInputLongerThanAnAnnotationIsInTheLog(t *testing.T) {
	j := newJob(t, "pull_request").set("INPUT_FAIL-ON", strings.Repeat("x", 5000)+"y")
	j.start()
	errs := j.commands("error")
	if len(errs) != 1 || len(errs[0].Message) > 4096 || !strings.HasPrefix(errs[0].Message, "see the log: fail-on is ") || !strings.Contains(j.stdout, "xy\"") {
		t.Errorf("errors %+v", errs)
	}
}

func TestFilesThatWouldReplaceEachOtherAreWrong(t *testing.T) {
	tests := []struct {
		name string
		env  []string
		want string
	}{
		{"the same path", []string{"INPUT_REPORT-FILE", "x", "INPUT_JUNIT-FILE", "./x"}, "report-file is \"x\" (from INPUT_REPORT-FILE): it must be another path than that of junit-file"},
		{"the same by a link", []string{"INPUT_SARIF-FILE", "link/x", "INPUT_JUNIT-FILE", "real/x"}, "it must be another path than that of sarif-file"},
		{"the default", []string{"INPUT_SARIF-FILE", "nthlayer-report.json"}, "it must be another path than that of sarif-file"},
		{"a service file by a link", []string{"INPUT_SARIF-FILE", "link/service.yaml"}, "that of the input real/service.yaml, which it would replace"},
		{"the source", []string{"INPUT_SARIF-FILE", "metrics.yaml", "INPUT_PROMETHEUS-URL", "file:metrics.yaml"}, "that of the source of metrics, metrics.yaml"},
		{"the policy", []string{"INPUT_SARIF-FILE", ".nthlayer/policy.yaml"}, "that of the policy, which it would replace"},
		{"a policy that is named", []string{"INPUT_SARIF-FILE", "ours.yaml", "INPUT_POLICY", "./ours.yaml"}, "that of the policy, which it would replace"},
		{"the baseline", []string{"INPUT_SARIF-FILE", ".nthlayer/baseline.yaml"}, "that of the baseline, which it would replace"},
		{"an environment", []string{"INPUT_SARIF-FILE", "real/environments/prod.yaml"}, "that of the input real/environments/prod.yaml, which it would replace"},
		{"own alerts by a link", []string{"INPUT_JUNIT-FILE", "link/.nthlayer/alerts/a.yaml"}, "that of the input real/.nthlayer/alerts/a.yaml, which it would replace"},
		{"where a source leads", []string{"INPUT_SARIF-FILE", "metrics.yaml", "INPUT_PROMETHEUS-URL", "file:led.yaml"}, "that of the source of metrics, led.yaml, which it would replace"},
		{"the workspace", []string{"INPUT_SARIF-FILE", "./."}, "it must be a path inside the workspace"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := newJob(t, "pull_request").set(tt.env...).files("real/service.yaml", "name: a\n", "metrics.yaml", "interval: 1m\n",
				"real/environments/prod.yaml", "tier: high\n", "real/.nthlayer/alerts/a.yaml", "alerts: []\n")
			for name, to := range map[string]string{"link": "real", "led.yaml": "metrics.yaml"} {
				if err := os.Symlink(to, filepath.Join(j.dir, name)); err != nil {
					t.Fatal(err)
				}
			}
			code := j.start()
			errs := j.commands("error")
			if code != entrypoint.ExitUsage || len(errs) != 1 || !strings.Contains(errs[0].Message, tt.want) {
				t.Errorf("exit code %d, errors %+v", code, errs)
			}
		})
	}
}

// certificate returns a certificate as PEM.
func certificate(t *testing.T) string {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
}

// The path is the job's, but what lies in the workspace is the pull request's.
func TestAuthoritiesAreReadFromTheWorkspace(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "ca.pem")
	dir := t.TempDir()
	authorities := certificate(t)
	for name, text := range map[string]string{outside: authorities, filepath.Join(dir, "ca.pem"): authorities, filepath.Join(dir, "no.pem"): "no"} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"in.pem": "ca.pem", "out.pem": outside} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.pem"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, fails := range map[string]string{
		"ca.pem": "", "in.pem": "", outside: "", filepath.Join(dir, "ca.pem"): "",
		"out.pem": "a link that leads out", filepath.Join(dir, "out.pem"): "a link that leads out", "../ca.pem": "leads out of the workspace",
		"no.pem": "it holds none", "gone.pem": "there is no such file", "pipe.pem": "no regular file", "/nowhere/ca.pem": "its folder cannot be opened",
	} {
		s, err := entrypoint.Resolve(nil, vars("INPUT_CA-FILE", name)).Settings(dir)
		switch {
		case fails == "" && (err != nil || string(s.Prometheus.CA) != authorities):
			t.Errorf("%s: %v", name, err)
		case fails != "" && (err == nil || !strings.Contains(err.Error(), fails) || !strings.Contains(err.Error(), "ca-file is ")):
			t.Errorf("%s: error %v, want %q", name, err, fails)
		}
	}
}

// Only publishing needs the token, and a failure to publish changes no verdict.
func TestTokenThatCannotBeSentDoesNotStopTheRun(t *testing.T) {
	j := newJob(t, "pull_request").set("INPUT_TOKEN", "ghs_one\ntwo")
	if code := j.start(); code != entrypoint.ExitFail || len(j.seen) != 1 {
		t.Fatalf("exit code %d\n%s", code, j.stdout)
	}
	if got := j.outputs(); got["undelivered"] != "statuses,comment" || got["verdict"] != "fail" {
		t.Errorf("outputs %v", got)
	}
	checkNotice(t, j, []string{"the token or password has a character that HTTP does not allow, as a line break"})
	if len(j.g.Requests("", "")) > 0 {
		t.Error("a request was sent")
	}
}
