package entrypoint

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/transport"
)

// Value is the text of an option and where it is from.
type Value struct {
	Text string
	// Origin is the flag or variable, as --fail-on or INPUT_FAIL-ON; empty for
	// the default.
	Origin string
	// Over is the default that an input had, when a variable decided instead.
	Over string
}

// Values are the texts of all options, by name.
type Values map[string]Value

// UsageError is a wrong call: exit code 3. It holds every problem at once.
type UsageError struct {
	Problems []string
}

// Error returns the problems, one a line.
func (e *UsageError) Error() string { return strings.Join(e.Problems, "\n") }

// AddFlags adds a flag for every option that is not a secret. Secrets have
// none, because the arguments of a process are visible to others.
func AddFlags(fs *pflag.FlagSet) {
	for _, o := range Options() {
		if o.Kind == Secret {
			continue
		}
		f := fs.VarPF(&flagValue{kind: o.Kind, text: o.Default}, o.Name, o.Short, o.description())
		if o.Kind == Boolean {
			f.NoOptDefVal = "true"
		}
	}
}

// flagValue keeps the text of a flag as it was given. All values are checked in
// one place, whether they come from a flag, an input or a variable.
type flagValue struct {
	kind Kind
	text string
}

func (v *flagValue) String() string     { return v.text }
func (v *flagValue) Set(s string) error { v.text = s; return nil }
func (v *flagValue) Type() string       { return string(v.kind) }

// Resolve returns the value of every option: the flag, else the action's input,
// else the variable NTHLAYER_NAME, else the option's further variables, else the
// default. Empty counts as unset, because an action cannot tell them apart; so
// does an input with the value of the default, because GitHub fills in the
// defaults of action.yml itself. fs may be nil.
func Resolve(fs *pflag.FlagSet, getenv func(string) string) Values {
	values := make(Values)
	for _, o := range Options() {
		values[o.Name] = resolve(o, fs, getenv)
	}
	return values
}

func resolve(o Option, fs *pflag.FlagSet, getenv func(string) string) Value {
	if fs != nil {
		if f := fs.Lookup(o.Name); f != nil && f.Changed && strings.TrimSpace(f.Value.String()) != "" {
			return Value{Text: strings.TrimSpace(f.Value.String()), Origin: "--" + o.Name}
		}
	}
	input := strings.TrimSpace(getenv(o.InputVariable()))
	if input != "" && input != o.Default {
		return Value{Text: input, Origin: o.InputVariable()}
	}
	for _, variable := range append([]string{o.Variable()}, o.Env...) {
		s := strings.TrimSpace(getenv(variable))
		if s == "" {
			continue
		}
		v := Value{Text: s, Origin: variable}
		if s != input {
			v.Over = input
		}
		return v
	}
	return Value{Text: o.Default}
}

// On returns the values with the defaults of a host.
func (v Values) On(kind host.Kind) Values {
	if kind != host.GitLab {
		return v
	}
	for _, o := range Options() {
		if o.GitLabDefault != "" && v[o.Name].Origin == "" {
			v[o.Name] = Value{Text: o.GitLabDefault}
		}
	}
	return v
}

// Secrets returns the values that must not show in a log, and the passwords in
// addresses.
func (v Values) Secrets() []string {
	var out []string
	for _, o := range Options() {
		text := v[o.Name].Text
		if o.Kind != Secret || text == "" {
			continue
		}
		if o.Name == "prometheus-headers" {
			out = append(out, headerSecrets(text)...)
			continue
		}
		out = append(out, text)
	}
	return append(out, transport.AddressSecrets(v["prometheus-url"].Text)...)
}

// Notes returns a sentence for each input whose default gave way to a variable.
// Nobody who reads the workflow sees that.
func (v Values) Notes() []string {
	var out []string
	for _, o := range Options() {
		if value := v[o.Name]; value.Over != "" {
			out = append(out, fmt.Sprintf("%s is %q because of the variable %s; the input has its default, %q", o.Name, value.Text, value.Origin, value.Over))
		}
	}
	return out
}

// Debug returns one line for each option: its value and where it is from, with
// secrets hidden.
func (v Values) Debug() string {
	var b strings.Builder
	for _, o := range Options() {
		fmt.Fprintf(&b, "%s = %q (%s)\n", o.Name, v.visible(o), cmp.Or(v[o.Name].Origin, "default"))
	}
	return b.String()
}

// visible returns the value of an option with secrets hidden.
func (v Values) visible(o Option) string {
	text := v[o.Name].Text
	switch {
	case o.Kind == Secret && text != "":
		return "(hidden)"
	case o.Name == "prometheus-url":
		return transport.RedactedText(text)
	}
	return text
}
