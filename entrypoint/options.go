// Package entrypoint leads from a CI job's environment to one run and back: it
// reads the inputs, the event and the changed files, calls the pipeline once,
// delivers the report to every surface of the host and returns the exit code.
package entrypoint

import (
	"strings"
	"time"
)

// Kind is the type of an option's value.
type Kind string

// The kinds.
const (
	Text     Kind = "text"
	Secret   Kind = "secret" // masked in the log; no flag, because command lines are visible
	Boolean  Kind = "boolean"
	Integer  Kind = "integer"
	Duration Kind = "duration"
	Choice   Kind = "choice"
	Choices  Kind = "choices" // a list of allowed words
	List     Kind = "list"    // one a line, or separated by commas
	Path     Kind = "path"    // inside the workspace
)

// Option is one input, flag and environment variable.
type Option struct {
	// Name is the input's name in kebab case, and the flag's.
	Name string
	// Short is the flag's letter; empty for none.
	Short string
	Kind  Kind
	// Default is the value of an input that is unset or empty.
	Default string
	// ActionDefault stands in action.yml where the default is an expression
	// that only GitHub can evaluate.
	ActionDefault string
	// GitLabDefault is the default on GitLab where it is another one.
	GitLabDefault string
	// Allowed are the words of a Choice or Choices.
	Allowed []string
	// Min and Max bound an Integer, or a Duration in seconds.
	Min, Max int
	// Env are further environment variables, asked after NTHLAYER_NAME.
	Env []string
	// Text is one sentence for people.
	Text string
}

// InputVariable returns the variable in which GitHub passes the input. Blanks
// become underscores, hyphens stay.
func (o Option) InputVariable() string {
	return "INPUT_" + strings.ToUpper(strings.ReplaceAll(o.Name, " ", "_"))
}

// Variable returns the variable for every other place: NTHLAYER_FAIL_ON.
func (o Option) Variable() string {
	return "NTHLAYER_" + strings.ToUpper(strings.NewReplacer("-", "_", " ", "_").Replace(o.Name))
}

// bounds returns Min and Max of a Duration.
func (o Option) bounds() (time.Duration, time.Duration) {
	return time.Duration(o.Min) * time.Second, time.Duration(o.Max) * time.Second
}

// StageNames returns the stages that a CI run can be told to run, in the order
// in which they run. Reading the service files is not among them: it always
// happens. Nor is StageGenerate, which an input of its own adds.
func StageNames() []string { return []string{"lint", "verify", "gate", "portfolio"} }

// StageGenerate is the stage that check-generated adds before the others.
const StageGenerate = "generate"

// Options returns the one table of all options. Flags, action.yml, the README
// and the environment follow it.
func Options() []Option {
	var all []Option
	for _, part := range [][]Option{runOptions(), sourceOptions(), verdictOptions(), hostOptions(), fileOptions(), limitOptions()} {
		all = append(all, part...)
	}
	return all
}

func runOptions() []Option {
	return []Option{
		{
			Name: "services", Kind: List, Default: "services/, **/service.yaml, **/*.reliability.yaml",
			Text: "Service files, directories or globs, one a line or separated by commas.",
		},
		{
			Name: "stages", Kind: Choices, Allowed: StageNames(), Default: strings.Join(StageNames(), ", "),
			Text: "The stages to run.",
		},
		{
			Name: "environment", Short: "e", Kind: Text,
			Text: "The environment whose overrides and thresholds apply, as prod.",
		},
	}
}

func sourceOptions() []Option {
	return []Option{
		{
			Name: "prometheus-url", Short: "p", Kind: Text, Env: []string{"PROMETHEUS_URL"},
			Text: "Where samples come from: an http(s) address with the Prometheus API, file:PATH of a snapshot or metrics dump, or scrape:URL of a metrics page.",
		},
		{
			Name: "prometheus-username", Kind: Text, Env: []string{"PROMETHEUS_USERNAME", "NTHLAYER_METRICS_USER"},
			Text: "User name for basic authentication.",
		},
		{
			Name: "prometheus-password", Kind: Secret, Env: []string{"PROMETHEUS_PASSWORD", "NTHLAYER_METRICS_PASSWORD"},
			Text: "Password for basic authentication.",
		},
		{
			Name: "prometheus-token", Kind: Secret, Env: []string{"PROMETHEUS_TOKEN"},
			Text: "Bearer token, instead of user name and password.",
		},
		{
			Name: "prometheus-tenant", Kind: Text, Env: []string{"MIMIR_TENANT_ID"},
			Text: "Tenant for Mimir, Cortex or Loki, sent as X-Scope-OrgID.",
		},
		{
			Name: "prometheus-headers", Kind: Secret,
			Text: "Further request headers, one a line as Name: value.",
		},
		{
			Name: "ca-file", Kind: Text,
			Text: "A PEM file with certificate authorities to trust besides the system's: a path inside the workspace, or an absolute one.",
		},
		{
			Name: "service-label", Kind: Text, Default: "service",
			Text: "The label that carries a service's name in the metrics.",
		},
	}
}

func verdictOptions() []Option {
	return []Option{
		{
			Name: "fail-on", Kind: Choice, Allowed: []string{"error", "warning", "none"}, Default: "error",
			Text: "The least severity that fails the job; none never fails it for findings.",
		},
		{
			Name: "on-unknown", Kind: Choice, Allowed: []string{"fail", "warn", "pass"},
			Text: "What a verdict that could not be reached counts as; when empty, warn for the stage verify and fail for every other stage, and for a source that fails the command verify.",
		},
		{
			Name: "changed-only", Kind: Boolean, Default: "false",
			Text: "Whether to look only at services whose files the change touches.",
		},
		{
			Name: "check-generated", Kind: Boolean, Default: "false",
			Text: "Whether to add the stage generate, which fails when the generated files in the repository are not those of the service files.",
		},
		{
			Name: "generated-dir", Kind: Path, Default: "generated",
			Text: "The folder with the generated files, for check-generated.",
		},
		{
			Name: "policy", Kind: Text,
			Text: "The organisation's policy, a path inside the workspace; when empty .nthlayer/policy.yaml, if there is one.",
		},
		{
			Name: "policy-ref", Kind: Choice, Allowed: []string{"base", "head"}, Default: "base",
			Text: "What a pull request is judged by: base is the policy of before the change, and for the gate the stricter of before and after, head the change alone.",
		},
		{
			Name: "from-report", Kind: Path,
			Text: "A JSON report of an earlier run to publish instead of running the stages, as after a pull request from a fork.",
		},
		{
			Name: "max-age", Kind: Duration, Default: "24h", Min: 60, Max: 30 * 24 * 60 * 60,
			Text: "The age from which the report of from-report is too old to be published as a verdict.",
		},
	}
}

func hostOptions() []Option {
	return []Option{
		{
			Name: "annotate", Kind: Choice, Allowed: []string{"changed", "all", "checks", "off"}, Default: "changed",
			Text: "Which lines get annotations: changed ones, all, or none; checks makes a check run on GitHub that holds all of them.",
		},
		{
			Name: "comment", Kind: Choice, Allowed: []string{"auto", "always", "off"}, Default: "auto",
			Text: "Whether to keep one comment on the pull request; auto begins one only when there is something to say.",
		},
		{
			Name: "comment-key", Kind: Text, Default: "default",
			Text: "Tells several comments on one pull request apart, as for the jobs of a matrix.",
		},
		{
			Name: "statuses", Kind: Boolean, Default: "true", GitLabDefault: "false",
			Text: "Whether to set one commit status for each stage.",
		},
		{
			Name: "status-prefix", Kind: Text, Default: "nthlayer",
			Text: "The first part of the names of commit statuses, as in nthlayer/gate, and the name of the check run.",
		},
		{
			Name: "pending", Kind: Boolean, Default: "false",
			Text: "Whether the commit statuses say pending while the stages run; they are closed also when the job is cancelled.",
		},
		{
			Name: "strict-publish", Kind: Boolean, Default: "false",
			Text: "Whether a job that passes ends with 4 when something that was wanted could not be delivered.",
		},
		{
			Name: "suggestions", Kind: Boolean, Default: "true",
			Text: "On GitHub, whether a fix that is certain, of lines that a pull request changes, becomes a comment with a suggestion to apply; ten at most.",
		},
		{
			Name: "gitlab-threads", Kind: Boolean, Default: "false",
			Text: "On GitLab, whether errors and warnings on changed lines become threads on the merge request; needs gitlab-token.",
		},
		{
			Name: "token", Kind: Secret, ActionDefault: "${{ github.token }}", Env: []string{"GITHUB_TOKEN"},
			Text: "The token for reading changed files and for writing comments and statuses.",
		},
		{
			Name: "gitlab-token", Kind: Secret, Env: []string{"GITLAB_TOKEN"},
			Text: "On GitLab, a project, group or personal access token with the scope api for writing the comment and statuses; without one everything else works.",
		},
	}
}

func fileOptions() []Option {
	return []Option{
		{
			Name: "sarif-file", Kind: Path,
			Text: "Where to write the findings as SARIF; not written when empty.",
		},
		{
			Name: "junit-file", Kind: Path, GitLabDefault: "nthlayer-junit.xml",
			Text: "Where to write the findings as JUnit XML; not written when empty.",
		},
		{
			Name: "report-file", Kind: Path, Default: "nthlayer-report.json",
			Text: "Where to write the whole report as JSON.",
		},
		{
			Name: "comment-file", Kind: Path,
			Text: "Where to write the pull request comment as Markdown; not written when empty.",
		},
		{
			Name: "codequality-file", Kind: Path, GitLabDefault: "gl-code-quality-report.json",
			Text: "Where to write the findings as GitLab Code Quality; not written when empty.",
		},
		{
			Name: "dotenv-file", Kind: Path, GitLabDefault: "nthlayer.env",
			Text: "Where to write the outputs as a dotenv report, as NTHLAYER_RESULT_VERDICT; not written when empty.",
		},
		{
			Name: "annotations-file", Kind: Path, GitLabDefault: "nthlayer-links.json",
			Text: "Where to write links for the page of a GitLab job; not written when empty.",
		},
	}
}

func limitOptions() []Option {
	return []Option{
		{
			Name: "timeout", Kind: Duration, Default: "10m", Min: 1, Max: 6 * 60 * 60,
			Text: "The longest time for all stages together, in CI with reading what changed; delivering the result may take two minutes more.",
		},
		{
			Name: "concurrency", Kind: Integer, Default: "8", Min: 1, Max: 64,
			Text: "The most requests to Prometheus at the same time.",
		},
	}
}

// OutputOption is one output of the step.
type OutputOption struct {
	Name string
	Text string
}

// Outputs returns the table of all outputs.
func Outputs() []OutputOption {
	return []OutputOption{
		{"verdict", "pass, warn, fail or unknown; empty when the run could not start."},
		{"exit-code", "The exit code: 0 pass, 1 warn, 2 fail, 3 wrong call, 4 could not be decided."},
		{"errors", "The number of errors."},
		{"warnings", "The number of warnings."},
		{"blocked-services", "The names of the services that the gate blocks, separated by commas."},
		{"missing-metrics", "The number of required metrics that are missing."},
		{"budget-remaining", "The lowest remaining error budget of all SLOs in percent; empty when none is known."},
		{"score", "The portfolio's score, 0 to 100; empty when it is not known."},
		{"report", "The path of the JSON report in the workspace; empty when it was not written."},
		{"sarif-file", "The path of the SARIF file in the workspace; empty when it was not written."},
		{"comment-url", "The address of the comment on the pull request; empty when there is none."},
		{"undelivered", "What could not be delivered, separated by commas, as statuses,comment."},
	}
}
