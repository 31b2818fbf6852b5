package pint

import (
	"bytes"
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
	// enabling begins the list of checks that a rule block switches on.
	enabling = regexp.MustCompile(`(?m)(^|[^\w-])enable[ \t]*=`)
	// checkNames is a list of plain strings, which names all that it switches on.
	checkNames = regexp.MustCompile(`^\s*\[((?:\s*"[\w/]+"\s*,?)*\s*)\]`)
	// parser is the block about which files are read and how, leavesOut a list in it that
	// is not empty and says that some are not.
	parser    = regexp.MustCompile(`(?ms)^[ \t]*parser\s*\{.*?(\n\s*\}|\}[ \t]*$)`)
	leavesOut = regexp.MustCompile(`(?m)^[^#\n]*\b(exclude|include)[ \t]*=[ \t]*\[\s*"`)
	// variable is the name of an environment variable in a configuration.
	variable = regexp.MustCompile(`\bENV_(\w+)`)
	// secret matches names of variables that may hold one.
	secret = regexp.MustCompile(`(?i)TOKEN|SECRET|PASS|KEY|CRED|AUTH|COOKIE|PRIVATE|SESSION|HEADER|JWT|DSN|CERT`)
)

// Offline refuses a configuration that makes pint ask servers in spite of its flag
// --offline: the flag only disables checks, and a rule block may enable them again.
func Offline(config []byte) error {
	text := string(config)
	for _, at := range enabling.FindAllStringIndex(text, -1) {
		number := 1 + strings.Count(text[:at[1]], "\n")
		begin := 1 + strings.LastIndex(text[:at[1]], "\n")
		if line := strings.TrimSpace(text[begin:at[1]]); (strings.HasPrefix(line, "#") || strings.HasPrefix(line, "//")) && !strings.Contains(line, "*/") {
			continue
		}
		names := checkNames.FindStringSubmatch(text[at[1]:])
		if names == nil {
			return fmt.Errorf("line %d: enable is no list of plain strings, so nobody knows whether pint asks a server: write the names of the checks", number)
		}
		for _, name := range strings.FieldsFunc(names[1], func(r rune) bool { return strings.ContainsRune("\" \t\r\n,", r) }) {
			if slices.Contains(online(), name) {
				return fmt.Errorf("line %d: enable makes pint ask its servers for %s even with --offline: take it out, or run pint by itself", number, name)
			}
		}
	}
	return nil
}

// passesOver returns the line of a configuration by which pint looks at some files only,
// and 0 for none.
func passesOver(config []byte) (line int) {
	for _, block := range parser.FindAllIndex(config, -1) {
		if at := leavesOut.FindIndex(config[block[0]:block[1]]); at != nil {
			return 1 + bytes.Count(config[:block[0]+at[1]], []byte("\n"))
		}
	}
	return 0
}

// Environment returns the environment for pint: the variables that its configuration
// names, and nothing else. One that may hold a secret is empty, which is all that a
// pint that asks no server needs of it.
func Environment(config []byte, getenv func(string) string) []string {
	var out []string
	for _, m := range variable.FindAllStringSubmatch(string(config), -1) {
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
