package gitlabtest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/render/gitlabtest"
)

const issue = `[{"description":"d","check_name":"a/b","fingerprint":"1","severity":"minor","location":{"path":"services/a.yaml","lines":{"begin":1}}}]`

func TestCodeQualityTakesOnlyWhatGitLabShows(t *testing.T) {
	for _, good := range []string{issue, "[]"} {
		if err := gitlabtest.CodeQuality([]byte(good)); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for name, change := range map[string][2]string{
		"byte order mark":  {"[{", "\ufeff[{"},
		"not an array":     {"[{", "{"},
		"not UTF-8":        {`"d"`, "\"\xff\""},
		"no fingerprint":   {`"fingerprint":"1",`, ""},
		"own severity":     {"minor", "warning"},
		"absolute path":    {"services/a", "/builds/services/a"},
		"dot path":         {"services/a", "./services/a"},
		"path leading out": {"services/a", "services/../../a"},
		"line 0":           {`"begin":1`, `"begin":0`},
		"no line":          {`,"lines":{"begin":1}`, ""},
		"misspelt field":   {"check_name", "checkname"},
		"empty text":       {`"d"`, `""`},
		"twice":            {"}}}]", "}}}," + strings.Trim(issue, "[]") + "]"},
	} {
		bad := strings.Replace(issue, change[0], change[1], 1)
		if bad == issue {
			t.Fatalf("%s changes nothing", name)
		}
		if err := gitlabtest.CodeQuality([]byte(bad)); err == nil {
			t.Errorf("%s is taken: %s", name, bad)
		}
	}
}

func TestAnnotationsTakesOnlyLinks(t *testing.T) {
	const good = `{"nthlayer":[{"external_link":{"label":"report","url":"https://gitlab.example.com/a"}}],"none":[]}`
	if err := gitlabtest.Annotations([]byte(good)); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{
		`[]`, `{"a":{}}`, `{"a":[{"link":{}}]}`, `{"":[]}`,
		strings.Replace(good, "https:", "javascript:", 1), strings.Replace(good, `"report"`, `""`, 1), strings.Replace(good, `,"url"`, `,"href"`, 1),
	} {
		if err := gitlabtest.Annotations([]byte(bad)); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

func TestDotenvTakesOnlyWhatGitLabReads(t *testing.T) {
	got, err := gitlabtest.Dotenv([]byte("A=1\nB_2=\nC=a=b,c#d\n"))
	if diff := cmp.Diff(map[string]string{"A": "1", "B_2": "", "C": "a=b,c#d"}, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	var many strings.Builder
	for i := range 21 {
		many.WriteString("N" + strings.Repeat("X", i) + "=1\n")
	}
	for name, bad := range map[string]string{
		"blank line": "A=1\n\nB=2\n", "comment": "# A=1\n", "hyphen": "A-B=1\n", "no name": "=1\n", "two lines": "A=1\n2\n", "no end": "A=1",
		"twice": "A=1\nA=2\n", "blank": "A=1 2\n", "quotes": "A=\"1\"\n", "expanded": "A=$CI_JOB_TOKEN\n", "carriage return": "A=1\r\n",
		"too long": "A=" + strings.Repeat("1", 5*1024) + "\n", "too many": many.String(), "mark": "\ufeffA=1\n", "not UTF-8": "A=\xff\n",
	} {
		if got, err := gitlabtest.Dotenv([]byte(bad)); err == nil {
			t.Errorf("%s is taken: %v", name, got)
		}
	}
}

func TestJUnitTakesOnlyWhatGitLabReads(t *testing.T) {
	const good = `<testsuites><testsuite name="s" tests="2" failures="1" errors="0" skipped="0">` +
		`<testcase name="a" classname="s" file="x.yaml"><failure/></testcase><testcase name="b" classname="s"/></testsuite></testsuites>` + "\n"
	if err := gitlabtest.JUnit([]byte(good)); err != nil {
		t.Error(err)
	}
	for name, change := range map[string][2]string{
		"another root":  {"testsuites", "suites"},
		"not XML":       {"</testsuites>", ""},
		"wrong count":   {`tests="2"`, `tests="3"`},
		"wrong results": {`failures="1"`, `failures="0"`},
		"no name":       {`name="a"`, `name=""`},
		"twice":         {`name="b"`, `name="a"`},
		"two results":   {"<failure/>", "<failure/><skipped/>"},
		"absolute file": {"x.yaml", "/builds/x.yaml"},
		"text behind":   {"</testsuites>\n", "</testsuites>\nx"},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if err := gitlabtest.JUnit([]byte(bad)); bad == good || err == nil {
			t.Errorf("%s is taken: %s", name, bad)
		}
	}
}
