package entrypoint

import (
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/host/sticky"
	"github.com/nthlayer/action/pkg/transport"
)

// Settings checks all values and returns them typed. Paths are taken relative to
// the workspace. The error is a *UsageError with every wrong value; the settings
// hold the others then.
func (v Values) Settings(workspace string) (Settings, error) {
	c := checker{values: v, workspace: workspace}
	s := Settings{
		Services: c.list("services"), ServicesGiven: c.given("services"),
		Stages:       c.choices("stages"),
		Environment:  c.matching("environment", environmentName, "letters, digits, dots, underscores and hyphens"),
		Prometheus:   c.prometheus(),
		ServiceLabel: c.matching("service-label", labelName, "a label name: letters, digits and underscores, not beginning with a digit"),
		Exit: ExitPolicy{
			FailOn: FailOn(c.choice("fail-on")), OnUnknown: OnUnknown(c.choice("on-unknown")),
		},
		ChangedOnly: c.boolean("changed-only"), CheckGenerated: c.boolean("check-generated"), GeneratedDir: c.path("generated-dir"),
		Policy:     c.path("policy"),
		PolicyRef:  PolicyRef(c.choice("policy-ref")),
		FromReport: c.path("from-report"), MaxAge: c.duration("max-age"),
		Timeout:     c.duration("timeout"),
		Concurrency: c.integer("concurrency"),
		Workspace:   workspace,
		Deliver: DeliverOptions{
			Annotate: AnnotateMode(c.choice("annotate")), Comment: CommentMode(c.choice("comment")),
			CommentKey: c.commentKey(), Statuses: c.boolean("statuses"),
			Pending: c.boolean("pending"), Strict: c.boolean("strict-publish"), Threads: c.boolean("gitlab-threads"),
			Suggestions:  c.boolean("suggestions"),
			StatusPrefix: c.matching("status-prefix", statusPrefix, "up to 60 letters, digits, dots, underscores, hyphens and slashes"),
			SARIFFile:    c.path("sarif-file"), JUnitFile: c.path("junit-file"), ReportFile: c.path("report-file"),
			CommentFile: c.path("comment-file"), CodeQualityFile: c.path("codequality-file"),
			DotenvFile: c.path("dotenv-file"), AnnotationsFile: c.path("annotations-file"),
			Token: v["token"].Text, GitLabToken: v["gitlab-token"].Text,
		},
	}
	if s.CheckGenerated {
		s.Stages = append([]string{StageGenerate}, s.Stages...)
	}
	c.distinct()
	s.Notes = v.Notes()
	if len(c.problems) > 0 {
		return s, &UsageError{Problems: c.problems}
	}
	return s, nil
}

var (
	environmentName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)
	labelName       = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	statusPrefix    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,59}$`)
	trueWords       = []string{"true", "True", "TRUE"}
	falseWords      = []string{"false", "False", "FALSE"}
)

// checker reads values and collects what is wrong with them.
type checker struct {
	values    Values
	workspace string
	problems  []string
}

// wrong records a problem with an option: what it is, where it is from, and
// what it must be.
func (c *checker) wrong(name, must string) {
	v := c.values[name]
	shown := strconv.Quote(v.Text)
	if i := slices.IndexFunc(Options(), func(o Option) bool { return o.Name == name }); i >= 0 && Options()[i].Kind == Secret {
		shown = "wrong"
	}
	if name == "prometheus-url" {
		shown = strconv.Quote(transport.RedactedText(v.Text))
	}
	c.problems = append(c.problems, fmt.Sprintf("%s is %s%s: it must be %s", name, shown, c.from(name), must))
}

// from says where a value is from.
func (c *checker) from(name string) string {
	if origin := c.values[name].Origin; origin != "" {
		return " (from " + origin + ")"
	}
	return ""
}

func (c *checker) option(name string) Option {
	all := Options()
	return all[slices.IndexFunc(all, func(o Option) bool { return o.Name == name })]
}

// given reports whether an option has another value than its default. GitLab's
// component passes the defaults on as if somebody had given them.
func (c *checker) given(name string) bool {
	return c.values[name].Origin != "" && c.values[name].Text != c.option(name).Default
}

func (c *checker) choice(name string) string {
	o, text := c.option(name), c.values[name].Text
	if text != "" && !slices.Contains(o.Allowed, text) {
		c.wrong(name, "one of "+strings.Join(o.Allowed, ", "))
	}
	return text
}

// choices returns the chosen words in the order of the table.
func (c *checker) choices(name string) []string {
	o, chosen := c.option(name), c.list(name)
	for _, word := range chosen {
		if !slices.Contains(o.Allowed, word) {
			c.wrong(name, "a list of "+strings.Join(o.Allowed, ", ")+"; "+strconv.Quote(word)+" is none of them")
			return nil
		}
	}
	return slices.DeleteFunc(o.Allowed, func(word string) bool { return !slices.Contains(chosen, word) })
}

// boolean takes the words of YAML 1.2 only. "yes" and "1" mean different things
// to different tools, so they are refused instead of guessed.
func (c *checker) boolean(name string) bool {
	text := c.values[name].Text
	if !slices.Contains(trueWords, text) && !slices.Contains(falseWords, text) {
		c.wrong(name, "true or false")
	}
	return slices.Contains(trueWords, text)
}

func (c *checker) integer(name string) int {
	o := c.option(name)
	n, err := strconv.Atoi(c.values[name].Text)
	if err != nil || n < o.Min || n > o.Max {
		c.wrong(name, fmt.Sprintf("a whole number from %d to %d", o.Min, o.Max))
	}
	return n
}

func (c *checker) duration(name string) time.Duration {
	low, high := c.option(name).bounds()
	d, err := time.ParseDuration(c.values[name].Text)
	if err != nil || d < low || d > high {
		c.wrong(name, fmt.Sprintf("a duration from %s to %s, as 90s or 10m", low, high))
	}
	return d
}

// list returns the parts of a list. One of nothing but commas is not the default,
// and doing nothing is what nobody wants.
func (c *checker) list(name string) []string {
	parts := splitList(c.values[name].Text)
	if len(parts) == 0 && c.values[name].Text != "" {
		c.wrong(name, "a list that names something; leave it empty for the default")
	}
	return parts
}

func (c *checker) matching(name string, pattern *regexp.Regexp, must string) string {
	text := c.values[name].Text
	if text != "" && !pattern.MatchString(text) {
		c.wrong(name, must)
	}
	return text
}

func (c *checker) commentKey() string {
	key := c.values["comment-key"].Text
	if !sticky.ValidKey(key) {
		c.wrong("comment-key", "1 to 40 letters, digits, dots, underscores and single hyphens")
	}
	return key
}

// path returns a path relative to the workspace, with slashes. Leaving the
// workspace is refused here by name, and by links when the file is opened.
func (c *checker) path(name string) string {
	text := c.values[name].Text
	if text == "" {
		return ""
	}
	if filepath.IsAbs(text) && c.workspace != "" {
		if rel, err := filepath.Rel(c.workspace, text); err == nil {
			text = rel
		}
	}
	if !filepath.IsLocal(text) || filepath.Clean(text) == "." {
		c.wrong(name, "a path inside the workspace")
		return ""
	}
	return path.Clean(filepath.ToSlash(text))
}

// distinct wants another path for every file: the last one written would be all
// that is left.
func (c *checker) distinct() {
	first := map[string]string{}
	for _, o := range Options() {
		if o.Kind != Path || c.values[o.Name].Text == "" {
			continue
		}
		file := realPath(c.workspace, c.values[o.Name].Text)
		if other, ok := first[file]; ok {
			c.wrong(o.Name, "another path than that of "+other)
			continue
		}
		first[file] = o.Name
	}
}

// realPath returns where a path of the workspace leads, through the links of the
// folders that exist. The file itself is not followed: it would be replaced.
func realPath(workspace, name string) string {
	if !filepath.IsAbs(name) {
		name = filepath.Join(workspace, name)
	}
	if abs, err := filepath.Abs(name); err == nil {
		name = abs
	}
	dir, rest := filepath.Dir(name), filepath.Base(name)
	for {
		if found, err := filepath.EvalSymlinks(dir); err == nil {
			return filepath.Join(found, rest)
		}
		if dir == filepath.Dir(dir) {
			return name
		}
		dir, rest = filepath.Dir(dir), filepath.Join(filepath.Base(dir), rest)
	}
}

// splitList splits at line breaks and commas, but not at the commas of a glob's
// {a,b}. Empty parts are dropped.
func splitList(text string) []string {
	var out []string
	depth, start := 0, 0
	take := func(end int) {
		if part := strings.TrimSpace(text[start:end]); part != "" {
			out = append(out, part)
		}
		start = end + 1
	}
	for i, r := range text {
		switch {
		case r == '{':
			depth++
		case r == '}' && depth > 0:
			depth--
		case r == '\n':
			depth = 0 // a brace that is never closed ends with its line
			take(i)
		case r == ',' && depth == 0:
			take(i)
		}
	}
	if start < len(text) {
		take(len(text))
	}
	return out
}
