package entrypoint_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/nthlayer/action/entrypoint"
)

// vars returns an environment from names and values in turn.
func vars(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return m[name] }
}

func settings(t *testing.T, getenv func(string) string) entrypoint.Settings {
	t.Helper()
	s, err := entrypoint.Resolve(nil, getenv).Settings("/repo")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// problems returns what is wrong with an environment.
func problems(t *testing.T, getenv func(string) string) []string {
	t.Helper()
	s, err := entrypoint.Resolve(nil, getenv).Settings("/repo")
	usage, ok := errors.AsType[*entrypoint.UsageError](err)
	if !ok {
		t.Fatalf("settings %+v, error %v; want a usage error", s, err)
	}
	return usage.Problems
}

func TestDefaults(t *testing.T) {
	want := entrypoint.Settings{
		Services: []string{"services/", "**/service.yaml", "**/*.reliability.yaml"}, Stages: []string{"lint", "verify", "gate", "portfolio"},
		ServiceLabel: "service", Workspace: "/repo",
		Exit: entrypoint.ExitPolicy{FailOn: entrypoint.FailOnError}, PolicyRef: entrypoint.PolicyBase, MaxAge: 24 * time.Hour, Timeout: 10 * time.Minute, Concurrency: 8,
		GeneratedDir: "generated",
		Deliver: entrypoint.DeliverOptions{
			Annotate: entrypoint.AnnotateChanged, Comment: entrypoint.CommentAuto, CommentKey: "default",
			Statuses: true, StatusPrefix: "nthlayer", ReportFile: "nthlayer-report.json", Suggestions: true,
		},
	}
	if diff := cmp.Diff(want, settings(t, vars())); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestCheckingGeneratedFilesIsTheFirstStage(t *testing.T) {
	s := settings(t, vars("INPUT_CHECK-GENERATED", "true", "INPUT_STAGES", "gate,lint", "INPUT_GENERATED-DIR", "monitoring/gen/"))
	if diff := cmp.Diff([]string{"generate", "lint", "gate"}, s.Stages); diff != "" || s.GeneratedDir != "monitoring/gen" || !s.CheckGenerated {
		t.Errorf("%q %v\n%s", s.GeneratedDir, s.CheckGenerated, diff)
	}
}

func TestFlagBeforeInputBeforeVariableBeforeDefault(t *testing.T) {
	all := []string{"INPUT_FAIL-ON", "none", "NTHLAYER_FAIL_ON", "warning"}
	flags := func(args ...string) *pflag.FlagSet {
		fs := pflag.NewFlagSet("t", pflag.ContinueOnError)
		entrypoint.AddFlags(fs)
		if err := fs.Parse(args); err != nil {
			t.Fatal(err)
		}
		return fs
	}
	tests := []struct {
		name string
		fs   *pflag.FlagSet
		env  []string
		want entrypoint.Value
	}{
		{"flag", flags("--fail-on", "error"), all, entrypoint.Value{Text: "error", Origin: "--fail-on"}},
		{"input", flags(), all, entrypoint.Value{Text: "none", Origin: "INPUT_FAIL-ON"}},
		{"empty input counts as unset", flags(), []string{"INPUT_FAIL-ON", " ", "NTHLAYER_FAIL_ON", "warning"}, entrypoint.Value{Text: "warning", Origin: "NTHLAYER_FAIL_ON"}},
		{"empty flag counts as unset", flags("--fail-on", ""), all, entrypoint.Value{Text: "none", Origin: "INPUT_FAIL-ON"}},
		{"input that action.yml filled in counts as unset", flags(), []string{"INPUT_FAIL-ON", "error", "NTHLAYER_FAIL_ON", "warning"}, entrypoint.Value{Text: "warning", Origin: "NTHLAYER_FAIL_ON", Over: "error"}},
		{"default", flags(), nil, entrypoint.Value{Text: "error"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := entrypoint.Resolve(tt.fs, vars(tt.env...))["fail-on"]; got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestPrometheusAddressFromTheEnvironment(t *testing.T) {
	both := settings(t, vars("NTHLAYER_PROMETHEUS_URL", "https://a.example", "PROMETHEUS_URL", "https://b.example"))
	one := settings(t, vars("PROMETHEUS_URL", "https://b.example"))
	if both.Prometheus.URL != "https://a.example" || one.Prometheus.URL != "https://b.example" {
		t.Errorf("%q, %q", both.Prometheus.URL, one.Prometheus.URL)
	}
}

func TestEveryWrongValueIsNamedAtOnce(t *testing.T) {
	got := problems(t, vars(
		"INPUT_FAIL-ON", "eror", "INPUT_STAGES", "lint, deploy", "INPUT_CHANGED-ONLY", "yes", "INPUT_TIMEOUT", "5",
		"INPUT_CONCURRENCY", "0", "INPUT_REPORT-FILE", "../x.json", "INPUT_SERVICE-LABEL", "my-label",
		"INPUT_COMMENT-KEY", "a b", "INPUT_POLICY-REF", "--upload-pack=x", "INPUT_PROMETHEUS-URL", "ftp://x",
		"INPUT_ENVIRONMENT", "a b", "INPUT_STATUS-PREFIX", "a b", "INPUT_PROMETHEUS-HEADERS", "no colon",
	))
	want := []string{
		`stages is "lint, deploy" (from INPUT_STAGES): it must be a list of lint, verify, gate, portfolio; "deploy" is none of them`,
		`environment is "a b" (from INPUT_ENVIRONMENT): it must be letters, digits, dots, underscores and hyphens`,
		`prometheus-headers is wrong (from INPUT_PROMETHEUS-HEADERS): it must be one header a line, as X-Scope-OrgID: team-a`,
		`prometheus-url is "ftp://x" (from INPUT_PROMETHEUS-URL): it must be an address that begins with http:// or https://, file:PATH, or scrape:URL, without a query`,
		`service-label is "my-label" (from INPUT_SERVICE-LABEL): it must be a label name: letters, digits and underscores, not beginning with a digit`,
		`fail-on is "eror" (from INPUT_FAIL-ON): it must be one of error, warning, none`,
		`changed-only is "yes" (from INPUT_CHANGED-ONLY): it must be true or false`,
		`policy-ref is "--upload-pack=x" (from INPUT_POLICY-REF): it must be one of base, head`,
		`timeout is "5" (from INPUT_TIMEOUT): it must be a duration from 1s to 6h0m0s, as 90s or 10m`,
		`concurrency is "0" (from INPUT_CONCURRENCY): it must be a whole number from 1 to 64`,
		`comment-key is "a b" (from INPUT_COMMENT-KEY): it must be 1 to 40 letters, digits, dots, underscores and single hyphens`,
		`status-prefix is "a b" (from INPUT_STATUS-PREFIX): it must be up to 60 letters, digits, dots, underscores, hyphens and slashes`,
		`report-file is "../x.json" (from INPUT_REPORT-FILE): it must be a path inside the workspace`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestBooleansAreYAMLWordsOnly(t *testing.T) {
	for _, text := range []string{"true", "True", "TRUE"} {
		if !settings(t, vars("INPUT_CHANGED-ONLY", text)).ChangedOnly {
			t.Errorf("%s is not true", text)
		}
	}
	for _, text := range []string{"false", "False", "FALSE"} {
		if settings(t, vars("INPUT_STATUSES", text)).Deliver.Statuses {
			t.Errorf("%s is not false", text)
		}
	}
	for _, text := range []string{"yes", "on", "1", "tRUE", "y"} {
		problems(t, vars("INPUT_CHANGED-ONLY", text))
	}
}

func TestLists(t *testing.T) {
	got := settings(t, vars("INPUT_SERVICES", "services/{a,b}.yaml, x.yaml\n my dir/*.yaml \n\n{open,\nlast.yaml"))
	want := []string{"services/{a,b}.yaml", "x.yaml", "my dir/*.yaml", "{open,", "last.yaml"}
	if diff := cmp.Diff(want, got.Services); diff != "" || !got.ServicesGiven {
		t.Errorf("-want +got:\n%s", diff)
	}
	stages := settings(t, vars("INPUT_STAGES", "gate\nlint")).Stages
	if diff := cmp.Diff([]string{"lint", "gate"}, stages); diff != "" {
		t.Errorf("stages run in their own order:\n%s", diff)
	}
}

// GitHub passes the default of action.yml as if somebody had given it.
func TestDefaultServicesAreNotGiven(t *testing.T) {
	if s := settings(t, vars("INPUT_SERVICES", "services/, **/service.yaml, **/*.reliability.yaml")); s.ServicesGiven {
		t.Error("the default counts as given, so that a repository without services/ would fail")
	}
}

func TestPathsInsideTheWorkspace(t *testing.T) {
	s := settings(t, vars("INPUT_SARIF-FILE", "/repo/out/x.sarif", "INPUT_JUNIT-FILE", "./out//x.xml"))
	if s.Deliver.SARIFFile != "out/x.sarif" || s.Deliver.JUnitFile != "out/x.xml" {
		t.Errorf("%+v", s.Deliver)
	}
	for _, path := range []string{"/etc/passwd", "../x", "a/../../x", "/workspace/x"} {
		problems(t, vars("INPUT_SARIF-FILE", path))
	}
}

func TestPrometheusLogin(t *testing.T) {
	s := settings(t, vars("PROMETHEUS_URL", "https://me:pass%40word@prom.example/base", "INPUT_PROMETHEUS-HEADERS", "X-A: one\n\nX-B:two: three"))
	want := entrypoint.Prometheus{
		URL: "https://prom.example/base", Username: "me", Password: "pass@word",
		Headers: []entrypoint.Header{{Name: "X-A", Value: "one"}, {Name: "X-B", Value: "two: three"}},
	}
	if diff := cmp.Diff(want, s.Prometheus); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for name, env := range map[string][]string{
		"password without name":   {"PROMETHEUS_PASSWORD", "x"},
		"name and token":          {"PROMETHEUS_USERNAME", "a", "PROMETHEUS_TOKEN", "b"},
		"two names":               {"PROMETHEUS_URL", "https://a:b@x.example", "PROMETHEUS_USERNAME", "c"},
		"query":                   {"PROMETHEUS_URL", "https://x.example/?a=b"},
		"no host":                 {"PROMETHEUS_URL", "https:///x"},
		"tenant with line break":  {"MIMIR_TENANT_ID", "a\nb"},
		"header with no value":    {"NTHLAYER_PROMETHEUS_HEADERS", "X-A:"},
		"file without a path":     {"PROMETHEUS_URL", "file:"},
		"scrape of something odd": {"PROMETHEUS_URL", "scrape:file:///etc/passwd"},
	} {
		t.Run(name, func(t *testing.T) { problems(t, vars(env...)) })
	}
	for _, url := range []string{"scrape:http://localhost:8080/metrics?x=y", "http://127.0.0.1:9090"} {
		if got := settings(t, vars("PROMETHEUS_URL", url)).Prometheus.URL; got != url {
			t.Errorf("%q became %q", url, got)
		}
	}
}

func TestSecretsAreKnownAndNeverShown(t *testing.T) {
	values := entrypoint.Resolve(nil, vars(
		"PROMETHEUS_URL", "https://me:in-the-url@prom.example", "PROMETHEUS_PASSWORD", "the-password", "PROMETHEUS_TOKEN", "the-token",
		"INPUT_PROMETHEUS-HEADERS", "X-Key: the-header", "GITHUB_TOKEN", "the-github-token", "PROMETHEUS_USERNAME", "other"))
	want := []string{"the-password", "the-token", "the-header", "the-github-token", "in-the-url"}
	if diff := cmp.Diff(want, values.Secrets()); diff != "" {
		t.Error(diff)
	}
	_, err := values.Settings("/repo")
	if err == nil {
		t.Fatal("two logins are wrong")
	}
	for _, secret := range want {
		if strings.Contains(values.Debug()+err.Error(), secret) {
			t.Errorf("%s is shown:\n%s\n%v", secret, values.Debug(), err)
		}
	}
	fs := pflag.NewFlagSet("t", pflag.ContinueOnError)
	entrypoint.AddFlags(fs)
	for _, o := range entrypoint.Options() {
		if (fs.Lookup(o.Name) == nil) != (o.Kind == entrypoint.Secret) {
			t.Errorf("%s: exactly the secrets have no flag", o.Name)
		}
	}
}

func TestTableIsSound(t *testing.T) {
	seen := map[string]bool{}
	for _, o := range entrypoint.Options() {
		if seen[o.Name] || o.Text == "" || !strings.HasSuffix(o.Text, ".") || strings.ToLower(o.Name) != o.Name {
			t.Errorf("%+v", o)
		}
		seen[o.Name] = true
		if o.Kind == entrypoint.Choice != (len(o.Allowed) > 0 && o.Kind != entrypoint.Choices) {
			t.Errorf("%s: allowed words and kind disagree", o.Name)
		}
	}
}
