// Package pint lets an installed pint look at the rule files of a run, and puts what
// it finds beside what is found here. It starts nothing: whoever runs it says how.
package pint

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// RuleUnanswered is the rule about a pint that did not do its work.
const RuleUnanswered = "pint/unanswered"

// Call is one run of pint in the folder that names of files are relative to.
type Call struct {
	// Config is what its configuration file holds.
	Config []byte
	// Arguments returns the arguments for a configuration file of that path.
	Arguments func(config string) []string
}

// Output is what pint left behind when it ended by itself.
type Output struct {
	// Report is its standard output, Said the end of its standard error.
	Report []byte
	Said   string
	Code   int
}

// Engine is an installed pint.
type Engine struct {
	// Program names it for people, as it was found.
	Program string
	// Alone leaves the rule files to pint: only what nobody can read of them is told
	// by us.
	Alone bool
	// Config is its configuration.
	Config Config
	// Run runs it. The error is for one that could not be started or did not end by
	// itself.
	Run func(ctx context.Context, c Call) (Output, error)
}

// Lint returns what pint finds in rule files that Prometheus reads. An error means
// that nobody knows what it would have found.
func (e *Engine) Lint(ctx context.Context, files []lint.File) ([]report.Finding, error) {
	if len(files) == 0 {
		return nil, nil
	}
	if line := e.Config.leavesOut; e.Alone && line > 0 {
		return nil, fmt.Errorf("line %d of its configuration leaves files out, which nobody would look at: take it out, or use --engine both", line)
	}
	config := e.Config.text
	if config == nil {
		config = relaxed(files)
	}
	out, err := e.Run(ctx, Call{Config: config, Arguments: func(config string) []string { return arguments(config, files) }})
	if err != nil {
		return nil, withSaid(err.Error(), out.Said)
	}
	problems, err := out.problems()
	if err != nil {
		return nil, err
	}
	return findings(problems, files)
}

// arguments are those for a report on standard output about the files. What is asked
// on top of --offline is in ReadConfig.
func arguments(config string, files []lint.File) []string {
	args := []string{"--no-color", "--log-level", "warn", "--offline", "--config", config, "lint", "--min-severity", "info", "--json", "/dev/stdout", "--"}
	for _, f := range files {
		args = append(args, literal.ReplaceAllString(f.Name, `\$0`))
	}
	return args
}

// literal are the characters that pint takes for those of a pattern.
var literal = regexp.MustCompile(`[*?\[\\]`)

// classic matches a rule file of Prometheus. Others are resources of Kubernetes, or
// hold rules somewhere inside.
var classic = regexp.MustCompile(`(?m)^groups[ \t]*:`)

// relaxed returns the configuration where there is none. Without it pint refuses what
// is no classic rule file, as PrometheusRule resources.
func relaxed(files []lint.File) []byte {
	var b bytes.Buffer
	b.WriteString("parser {\n  relaxed = [\n")
	for _, f := range files {
		if !classic.Match(f.Data) {
			b.WriteString("    " + quote("^"+regexp.QuoteMeta(f.Name)+"$") + ",\n")
		}
	}
	b.WriteString("  ]\n}\n")
	return b.Bytes()
}

// quote writes a string of HCL. Its templates cannot begin in a quoted pattern.
func quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(text) + `"`
}

// problems reads what pint printed. Its exit code is 1 when it found a bug or worse;
// any other failure leaves nobody knowing whether the report is whole.
func (o Output) problems() ([]Problem, error) {
	if len(bytes.TrimSpace(o.Report)) == 0 {
		if strings.Contains(o.Said, "flag provided but not defined") {
			return nil, withSaid("it is too old: the report as JSON came with pint 0.67", o.Said)
		}
		return nil, withSaid(fmt.Sprintf("it wrote no report, and its exit code is %d", o.Code), o.Said)
	}
	problems, err := Decode(o.Report)
	if err != nil {
		return nil, withSaid("what it wrote is no report of pint: "+err.Error(), o.Said)
	}
	bad := slices.ContainsFunc(problems, func(p Problem) bool { return severities()[p.Severity] == report.Error })
	if o.Code != 0 && (o.Code != 1 || !bad) {
		return nil, withSaid(fmt.Sprintf("its exit code is %d, which its report does not explain", o.Code), o.Said)
	}
	return problems, nil
}

// withSaid returns an error that ends with what pint said last.
func withSaid(why, said string) error {
	const most = 600
	lines := strings.Split(strings.TrimSpace(said), "\n")
	kept, size := []string{}, 0
	for _, line := range slices.Backward(lines) {
		line = report.Clip(strings.Join(strings.Fields(line), " "), most)
		if size += len(line); size > most && len(kept) > 0 {
			break
		}
		if line != "" {
			kept = append(kept, line)
		}
	}
	if len(kept) == 0 {
		return errors.New(why)
	}
	slices.Reverse(kept)
	return errors.New(why + "; it said: " + strings.Join(kept, " / "))
}

// Unanswered returns what is to be said when Lint failed.
func (e *Engine) Unanswered(err error) report.Finding {
	return report.Finding{
		Rule: RuleUnanswered, Severity: report.Warning,
		Message:    "nobody knows what pint would find: " + e.Program + ": " + err.Error(),
		Suggestion: "run it by itself: pint --offline lint FILE; or leave --engine out",
	}
}
