package entrypoint

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/transport"
)

// CheckVerdict is how a check of the doctor ended.
type CheckVerdict string

// The verdicts of checks, from best to worst but for CheckUnknown, which says
// that a check could not be made.
const (
	CheckOK      CheckVerdict = "ok"
	CheckWarn    CheckVerdict = "warn"
	CheckUnknown CheckVerdict = "unknown"
	CheckFail    CheckVerdict = "fail"
)

// Planned is what would become of a surface.
type Planned string

// The plans. WouldTry is a write that nothing speaks against, for a token whose
// permissions the host does not tell.
const (
	WouldDeliver Planned = "would deliver"
	WouldTry     Planned = "would try"
	WouldSkip    Planned = "would skip"
	Cannot       Planned = "cannot"
)

// Check is one thing that the doctor looked at.
type Check struct {
	// Group is run, inputs, files, token, network, metrics or delivery.
	Group   string       `json:"group"`
	Name    string       `json:"name"`
	Verdict CheckVerdict `json:"verdict"`
	// Says is what was found.
	Says string `json:"says"`
	// Fix is what to do about it; empty when the verdict is ok.
	Fix string `json:"fix,omitempty"`
	// Planned is set for the surfaces of the group delivery.
	Planned Planned `json:"planned,omitempty"`
	// Need is the permission to add, as "statuses: write".
	Need string `json:"need,omitempty"`

	// usage is set for what would end a run with the exit code 3.
	usage bool
}

// InputValue is the value of an input, and where it is from.
type InputValue struct {
	Name string `json:"name"`
	// Value is (hidden) for a secret.
	Value string `json:"value"`
	// Origin is the flag or variable; empty for the default.
	Origin string `json:"origin"`
}

// Diagnosis is all that the doctor found. It holds no secrets.
type Diagnosis struct {
	SchemaVersion int          `json:"schema_version"`
	Tool          report.Tool  `json:"tool"`
	Verdict       CheckVerdict `json:"verdict"`
	ExitCode      int          `json:"exit_code"`
	// Context is what is known of the run, also when its event cannot be read.
	Context host.Context `json:"context"`
	Checks  []Check      `json:"checks"`
	Inputs  []InputValue `json:"inputs"`
}

// Doctor is what RunDoctor needs of the program beside its environment.
type Doctor struct {
	Tool report.Tool
	// Open opens the source of samples as a run does.
	Open func(ctx context.Context, s Settings) (source.Source, error)
}

// doctorTime bounds all questions together.
const doctorTime = 2 * time.Minute

// RunDoctor looks at everything that a run with the same inputs would use, and
// prints what it found. It writes nothing anywhere else: the hosts get requests
// that read, GitHub also the question whom the token belongs to, and the source
// of samples one cheap query. It returns the exit code: 0 when all is well, 1 for
// warnings, 2 when something fails that the run needs, 3 for what would end the
// run as a wrong call, and 4 when something could not be decided.
func RunDoctor(ctx context.Context, env Env, with Doctor) int {
	d := doctor{command: commandOf(env), with: with}
	kind, _ := env.detect()
	var flags *pflag.FlagSet
	values, err := d.ci.values(kind, AddFormatFlag, func(fs *pflag.FlagSet) { flags = fs })
	format := flags.Lookup(formatFlag).Value.String()
	if err == nil {
		err = validFormat(format)
	}
	if err != nil {
		return d.refuse(err)
	}
	if d.runner != nil {
		d.runner.Mask(values.Secrets()...)
	}
	d.values = values
	ctx, cancel := context.WithTimeout(ctx, doctorTime)
	defer cancel()
	d.examine(ctx)
	result := d.diagnosis()
	if format == formatJSON {
		err = render.JSON(env.Stdout, result)
	} else {
		err = d.print(result.table())
	}
	if err != nil {
		return d.refuse(fmt.Errorf("print the diagnosis: %w", err))
	}
	return result.ExitCode
}

// doctor is the state of one RunDoctor.
type doctor struct {
	command
	with     Doctor
	values   Values
	settings Settings
	found    obstacles
	api      client
	// probe is zero without a token that can be used.
	probe  host.Probe
	probed bool
	checks []Check
}

// examine makes all checks, each whatever the others found.
func (d *doctor) examine(ctx context.Context) {
	d.settings, d.found = d.prepare(ctx, d.values)
	if d.settings.Timeout <= 0 { // a wrong value, which has its own check
		d.settings.Timeout = doctorTime
	}
	if d.found.host != nil {
		d.settings.Host = d.withoutEvent()
	}
	d.api = d.client(d.settings)
	d.aboutRun()
	d.aboutInputs()
	d.aboutFiles(ctx)
	d.aboutToken(ctx)
	d.aboutNetwork(ctx)
	d.aboutMetrics(ctx)
	d.aboutDelivery()
}

// withoutEvent returns what is known of a run whose event cannot be read, as the
// repository and the addresses. Nothing may be posted for it.
func (d *doctor) withoutEvent() host.Context {
	at, err := host.FromEnvironment(func(name string) string {
		if name == "GITHUB_EVENT_NAME" {
			return string(host.Dispatch) // needs no event
		}
		return d.env.Getenv(name)
	}, nil)
	if err != nil {
		return host.Context{Host: host.Local, Unsure: "the host is not known"}
	}
	at.Event, at.Head = host.Event(d.env.Getenv("GITHUB_EVENT_NAME")), ""
	at.Unsure = "the event could not be read"
	return at
}

func (d *doctor) ok(group, name, says string) {
	d.checks = append(d.checks, Check{Group: group, Name: name, Verdict: CheckOK, Says: says})
}

func (d *doctor) warn(group, name, says, fix string) {
	d.checks = append(d.checks, Check{Group: group, Name: name, Verdict: CheckWarn, Says: says, Fix: fix})
}

func (d *doctor) failed(group, name, says, fix string) {
	d.checks = append(d.checks, Check{Group: group, Name: name, Verdict: CheckFail, Says: says, Fix: fix})
}

// wrong is for what would end a run with the exit code 3.
func (d *doctor) wrong(group, name, says, fix string) {
	d.checks = append(d.checks, Check{Group: group, Name: name, Verdict: CheckFail, Says: says, Fix: fix, usage: true})
}

func (d *doctor) unknown(group, name, says, fix string) {
	d.checks = append(d.checks, Check{Group: group, Name: name, Verdict: CheckUnknown, Says: says, Fix: fix})
}

// refused adds the check of a call that a host refused: for good, or only now.
func (d *doctor) refused(group, name string, err error, fix string) {
	if e, ok := errors.AsType[*host.Error](err); ok {
		switch e.Kind {
		case host.Permission, host.NotFound, host.Rejected, host.TooLong, host.Conflict:
		case host.Limited, host.Transient, host.Stopped:
			d.unknown(group, name, e.Message, "Run the doctor again; if it stays, "+lowerFirst(fix))
			return
		}
	}
	d.failed(group, name, err.Error(), fix)
}

// diagnosis sums up. No text in it holds a secret of the inputs.
func (d *doctor) diagnosis() Diagnosis {
	out := Diagnosis{
		SchemaVersion: 1, Tool: d.with.Tool, Verdict: CheckOK,
		Context: withoutSecrets(d.settings.Host), Checks: d.checks, Inputs: d.values.shown(),
	}
	hidden := d.hideSecrets()
	for i := range out.Checks {
		c := &out.Checks[i]
		c.Says, c.Fix = hidden.Replace(c.Says), hidden.Replace(c.Fix)
		if code := c.code(); badness(code) > badness(out.ExitCode) {
			out.ExitCode, out.Verdict = code, c.Verdict
		}
	}
	return out
}

// hideSecrets masks the secrets of the inputs in a text of a server or of the
// system that repeats them. What is shorter than four bytes is none.
func (d *doctor) hideSecrets() *strings.Replacer {
	secrets := append(d.values.Secrets(), d.settings.Prometheus.Password)
	for _, variable := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		secrets = append(secrets, transport.AddressSecrets(d.env.Getenv(variable))...)
	}
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, secret := range secrets {
		if len(secret) >= 4 {
			pairs = append(pairs, secret, "***")
		}
	}
	return strings.NewReplacer(pairs...)
}

// code returns the exit code that a check alone stands for.
func (c Check) code() int {
	switch c.Verdict {
	case CheckOK:
		return ExitPass
	case CheckWarn:
		return ExitWarn
	case CheckFail:
		if c.usage {
			return ExitUsage
		}
		return ExitFail
	case CheckUnknown:
	}
	return ExitUnknown
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
