package lint

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/report"
)

var (
	templateLine = regexp.MustCompile(`^template: alert:(\d+): ?(.*)$`)
	quotedWord   = regexp.MustCompile(`"([^"]+)"`)
)

// broken turns the error of the template parser, which names a line, into a
// finding at that line or at the word that it quotes.
func (c alertTemplate) broken(p rulefile.Pair, err error) report.Finding {
	r := c.Rule()
	message, line := err.Error(), 1
	if m := templateLine.FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = m[2]
	}
	start, end := lineRange(p.Value.V, line)
	if m := quotedWord.FindStringSubmatch(message); m != nil {
		if i := strings.Index(p.Value.V[start:end], m[1]); i >= 0 {
			start, end = start+i, start+i+len(m[1])
		}
	}
	from, to := lineRange(p.Value.V, line)
	return p.Value.Finding(r.ID, r.Severity, start, end, "the template of "+p.Key.V+" is wrong: "+message, c.fix(message, p.Value.V[from:to]))
}

// fix says what to do about an error of the template parser in a line.
func (c alertTemplate) fix(message, line string) string {
	quoted := quotedWord.FindStringSubmatch(message)
	switch {
	case quoted != nil && strings.HasPrefix(message, "undefined variable"):
		return variableFix(quoted[1])
	case quoted != nil && strings.Contains(message, "not defined"):
		return c.functionFix(quoted[1])
	}
	for _, action := range actions.FindAllString(line, -1) {
		if fix := otherLanguage(action); fix != "" {
			return fix
		}
	}
	return "correct the template; see the template reference of Prometheus for its functions and variables"
}

func (c alertTemplate) functionFix(name string) string {
	names := make([]string, 0, len(c.functions))
	for name := range c.functions {
		names = append(names, name)
	}
	switch question := report.DidYouMean(name, names); {
	case name == "labels", name == "externalLabels":
		return "write $" + name
	case question != "" && len(name) > 3:
		return question
	}
	return "close the braces before it, use a function of Prometheus's templates, or write $labels." + name + " for a label"
}

func variableFix(name string) string {
	known := []string{"$labels", "$value", "$externalLabels", "$externalURL"}
	for _, k := range known {
		if strings.EqualFold(k, name) || len(name) > 3 && strings.HasPrefix(k, name) {
			return "did you mean " + k + "?"
		}
	}
	return cmp.Or(report.DidYouMean(name, known), "the variables are "+strings.Join(known, ", ")+"; others begin with {{ "+name+" := ... }}")
}

var (
	actions      = regexp.MustCompile(`\{\{.*?(?:\}\}|$)`)
	oddLabel     = regexp.MustCompile(`(\$labels|\.Labels)(?:\.([\w.]*-[\w.-]*|\d\w*)|\.?"([^"]+)"|\[\s*['"]?([^\]'"]+?)['"]?\s*\])`)
	comparison   = regexp.MustCompile(`([$.][\w.]*)\s*(==|!=|>=|<=|>|<|=)\s*(?:"([^"]*)"|'([^']*)'|([\w.$+-]+))`)
	calculation  = regexp.MustCompile(`[$.][\w.]*\s*[-+*/%]\s*[\w.$(]`)
	booleanSigns = regexp.MustCompile(`&&|\|\||!\s*[$.(]`)
	plainLabel   = regexp.MustCompile(`^[a-zA-Z_]\w*$`)
)

// otherLanguage says how to write in a template what is written as in other languages.
func otherLanguage(action string) string {
	if m := oddLabel.FindStringSubmatch(action); m != nil {
		name := m[2] + m[3] + m[4]
		if plainLabel.MatchString(name) {
			return "write " + m[1] + "." + name
		}
		return "write index " + m[1] + " " + strconv.Quote(name)
	}
	if m := comparison.FindStringSubmatch(action); m != nil {
		return "write " + comparisonCall(m[1], m[2], m[5], m[3]+m[4]) + ": comparisons are functions in templates"
	}
	switch {
	case booleanSigns.MatchString(action):
		return "write and A B, or A B, not A: these are functions in templates"
	case calculation.MatchString(action):
		return "templates do not calculate: do it in the expression; a share is printed as a percentage by humanizePercentage"
	}
	return ""
}

// comparisonCall writes a comparison as a template does, with a decimal number for the
// value.
func comparisonCall(left, sign, word, text string) string {
	function := map[string]string{"==": "eq", "=": "eq", "!=": "ne", ">=": "ge", "<=": "le", ">": "gt", "<": "lt"}[sign]
	switch _, err := strconv.Atoi(word); {
	case word == "":
		word = strconv.Quote(text)
	case err == nil && (left == "$value" || strings.HasSuffix(left, ".Value")):
		word += ".0"
	case err == nil:
		word = strconv.Quote(word)
	}
	return function + " " + left + " " + word
}

// lineRange returns the bytes of a line, counted from 1.
func lineRange(text string, line int) (start, end int) {
	for ; line > 1; line-- {
		i := strings.IndexByte(text[start:], '\n')
		if i < 0 {
			break
		}
		start += i + 1
	}
	if i := strings.IndexByte(text[start:], '\n'); i >= 0 {
		return start, start + i
	}
	return start, len(text)
}
