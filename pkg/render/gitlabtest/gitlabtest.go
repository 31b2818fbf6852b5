// Package gitlabtest holds files against the formats in which GitLab reads the
// artifacts of a job. GitLab drops a report that it cannot read, and says so where
// few people look. It serves tests.
package gitlabtest

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

var (
	//go:embed testdata/codequality.schema.json
	codeQualitySchema []byte
	//go:embed testdata/annotations.schema.json
	annotationsSchema []byte
)

// CodeQuality checks a report for artifacts:reports:codequality: the documented
// fields, no byte order mark, and fingerprints that tell all findings apart.
func CodeQuality(data []byte) error {
	if err := conforms(codeQualitySchema, data); err != nil {
		return err
	}
	var issues []struct{ Fingerprint string }
	if err := json.Unmarshal(data, &issues); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, i := range issues {
		if seen[i.Fingerprint] {
			return fmt.Errorf("two findings have the fingerprint %s, of which GitLab shows one", i.Fingerprint)
		}
		seen[i.Fingerprint] = true
	}
	return nil
}

// Annotations checks a report for artifacts:reports:annotations.
func Annotations(data []byte) error { return conforms(annotationsSchema, data) }

func conforms(schema, data []byte) error {
	if bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
		return errors.New("the file begins with a byte order mark")
	}
	if !utf8.Valid(data) {
		return errors.New("the file is not UTF-8")
	}
	described, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schema.json", described); err != nil {
		return err
	}
	compiled, err := c.Compile("schema.json")
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return compiled.Validate(value)
}

// The limits of a server that was not told otherwise.
const (
	maxDotenv      = 5 * 1024 // bytes
	maxDotenvNames = 20
)

var dotenvName = regexp.MustCompile(`^[a-zA-Z0-9_]+$`)

// Dotenv checks a report for artifacts:reports:dotenv and returns its variables.
// Besides what GitLab refuses it finds values that a later job would get in another
// form: GitLab takes blanks off both ends, keeps quotes, and expands a dollar sign.
func Dotenv(data []byte) (map[string]string, error) {
	if len(data) > maxDotenv {
		return nil, fmt.Errorf("%d bytes, GitLab takes %d", len(data), maxDotenv)
	}
	if !utf8.Valid(data) || bytes.ContainsAny(data, "\r\x00") || bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
		return nil, errors.New("the file is not UTF-8, or has carriage returns, zeros or a byte order mark")
	}
	if len(data) > 0 && data[len(data)-1] != '\n' {
		return nil, errors.New("the last line does not end")
	}
	out := map[string]string{}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		name, value, ok := strings.Cut(line, "=")
		switch _, twice := out[name]; {
		case !ok:
			return nil, fmt.Errorf("the line %q is no variable", line)
		case !dotenvName.MatchString(name):
			return nil, fmt.Errorf("%q is not the name of a variable", name)
		case twice:
			return nil, fmt.Errorf("%s is there twice", name)
		case strings.ContainsAny(value, " \t\"'`$\\"):
			return nil, fmt.Errorf("a later job would not get %s as it is: %q", name, value)
		}
		out[name] = value
	}
	if len(out) > maxDotenvNames {
		return nil, fmt.Errorf("%d variables, GitLab takes %d", len(out), maxDotenvNames)
	}
	return out, nil
}

// junitCase is what GitLab reads of a test case.
type junitCase struct {
	Name      string    `xml:"name,attr"`
	ClassName string    `xml:"classname,attr"`
	File      string    `xml:"file,attr"`
	Failure   *struct{} `xml:"failure"`
	Error     *struct{} `xml:"error"`
	Skipped   *struct{} `xml:"skipped"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

// JUnit checks a report for artifacts:reports:junit: well-formed XML whose cases
// have names of their own in their suite, relative files and one result each, and whose suites
// count them right.
func JUnit(data []byte) error {
	var all struct {
		XMLName xml.Name     `xml:"testsuites"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	decoder := xml.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(&all); err != nil {
		return err
	}
	if rest := bytes.TrimSpace(data[decoder.InputOffset():]); len(rest) > 0 {
		return fmt.Errorf("there is %q behind the report", rest)
	}
	for _, suite := range all.Suites {
		if err := suite.check(); err != nil {
			return fmt.Errorf("suite %q: %w", suite.Name, err)
		}
	}
	return nil
}

func (s junitSuite) check() error {
	seen := map[string]bool{}
	failures, errs, skips := 0, 0, 0
	for _, c := range s.Cases {
		key := c.ClassName + "\x00" + c.Name
		results := 0
		for count, there := range map[*int]bool{&failures: c.Failure != nil, &errs: c.Error != nil, &skips: c.Skipped != nil} {
			if there {
				*count++
				results++
			}
		}
		switch {
		case c.Name == "" || c.ClassName == "":
			return fmt.Errorf("a case has no name or no class: %+v", c)
		case seen[key]:
			return fmt.Errorf("the case %s %s is there twice, so that GitLab compares the wrong ones", c.ClassName, c.Name)
		case results > 1:
			return fmt.Errorf("the case %s %s has %d results", c.ClassName, c.Name, results)
		case strings.HasPrefix(c.File, "/") || strings.HasPrefix(c.File, "./"):
			return fmt.Errorf("the file %s is not relative to the project", c.File)
		}
		seen[key] = true
	}
	if s.Tests != len(s.Cases) || s.Failures != failures || s.Errors != errs || s.Skipped != skips {
		return fmt.Errorf("says %d tests, %d failures, %d errors, %d skipped and has %d, %d, %d, %d",
			s.Tests, s.Failures, s.Errors, s.Skipped, len(s.Cases), failures, errs, skips)
	}
	return nil
}
