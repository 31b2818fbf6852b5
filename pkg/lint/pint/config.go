package pint

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// DefaultConfig is the file that pint itself reads when nobody names one. Here it has to
// be named.
const DefaultConfig = ".pint.hcl"

var (
	// plain matches a string that names a check as it stands: nothing of it is escaped or
	// put in when pint runs.
	plain = regexp.MustCompile(`^"[\w/]+"$`)
	// variable is the name of an environment variable in a configuration.
	variable = regexp.MustCompile(`\bENV_(\w+)`)
	// secret matches names of variables that may hold one.
	secret = regexp.MustCompile(`(?i)TOKEN|SECRET|PASS|KEY|CRED|AUTH|COOKIE|PRIVATE|SESSION|HEADER|JWT|DSN|CERT`)
)

// Config is a configuration of pint by which it asks no server. The zero value is none.
type Config struct {
	text []byte
	// leavesOut is the line by which pint looks at some files only, 0 for none.
	leavesOut int
}

// ReadConfig reads a configuration. It refuses one that makes pint ask servers in spite
// of its flag --offline, because the flag only disables checks and a rule block may enable
// them again, and one in which nobody here can tell.
func ReadConfig(text []byte) (Config, error) {
	c := Config{text: text}
	attributes, err := attributesOf(text)
	if err != nil {
		return Config{}, err
	}
	for _, a := range attributes {
		switch {
		case a.name == "enable":
			if err := offline(a); err != nil {
				return Config{}, err
			}
		case a.block == "parser" && (a.name == "include" || a.name == "exclude") && !slices.Equal(a.value, []string{"[", "]"}) && c.leavesOut == 0:
			c.leavesOut = a.line
		}
	}
	return c, nil
}

// offline refuses a list of checks that a rule block switches on when one of them asks a
// server.
func offline(a attribute) error {
	last := len(a.value) - 1
	if last < 1 || a.value[0] != "[" || a.value[last] != "]" {
		return unclear(a)
	}
	for _, token := range a.value[1:last] {
		name := strings.Trim(token, `"`)
		switch {
		case token == ",":
		case !plain.MatchString(token):
			return unclear(a)
		case slices.Contains(online(), name):
			return fmt.Errorf("line %d: enable makes pint ask its servers for %s even with --offline: take it out, or run pint by itself", a.line, name)
		}
	}
	return nil
}

func unclear(a attribute) error {
	return fmt.Errorf("line %d: enable is no list of plain strings, so nobody knows whether pint asks a server: write the names of the checks", a.line)
}

// Environment returns the environment for pint: the variables that its configuration
// names, and nothing else. One that may hold a secret is empty, which is all that a
// pint that asks no server needs of it.
func (c Config) Environment(getenv func(string) string) []string {
	var out []string
	for _, m := range variable.FindAllStringSubmatch(string(c.text), -1) {
		name := m[1]
		switch value := getenv(name); {
		case secret.MatchString(name) || strings.Contains(value, "@"):
			out = append(out, name+"=")
		case value != "":
			out = append(out, name+"="+value)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// ParseEngine reads the value of --engine: whether pint runs, and whether it runs
// alone.
func ParseEngine(value string) (runs, alone bool, err error) {
	switch cmp.Or(value, "nthlayer") {
	case "nthlayer":
		return false, false, nil
	case "pint":
		return true, true, nil
	case "both":
		return true, false, nil
	}
	return false, false, errors.New("--engine is " + value + ": it must be nthlayer, pint or both")
}
