package lint

import (
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/report"
)

// promqlRegexpWithoutPattern reports regular expressions that say no more than a
// plain comparison, and anchors that Prometheus adds by itself.
type promqlRegexpWithoutPattern struct{}

func (promqlRegexpWithoutPattern) Rule() Rule {
	return Rule{ID: "promql/regexp-without-pattern", Severity: report.Info, Title: "A regular expression without a pattern"}
}

func (c promqlRegexpWithoutPattern) CheckExpr(e *Expr) []report.Finding {
	var out []report.Finding
	parser.Inspect(e.AST, func(n parser.Node, _ []parser.Node) error {
		vs, ok := n.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		for _, m := range vs.LabelMatchers {
			if message, fix := needlessRegexp(m); message != "" {
				out = append(out, e.about(c.Rule(), vs, message, fix))
			}
		}
		return nil
	})
	return out
}

func needlessRegexp(m *labels.Matcher) (message, fix string) {
	plain := labels.MatchEqual
	switch m.Type {
	case labels.MatchRegexp:
	case labels.MatchNotRegexp:
		plain = labels.MatchNotEqual
	case labels.MatchEqual, labels.MatchNotEqual:
		return "", ""
	}
	trimmed := strings.TrimPrefix(m.Value, "^")
	if strings.HasSuffix(trimmed, "$") && !strings.HasSuffix(trimmed, `\$`) {
		trimmed = strings.TrimSuffix(trimmed, "$")
	}
	text, literal := unescape(trimmed)
	switch {
	case m.Value == "":
		return "", ""
	case literal:
		return m.String() + " is a regular expression without a pattern", "write " + labels.MustNewMatcher(plain, m.Name, text).String()
	case trimmed != m.Value && !strings.Contains(trimmed, "|"):
		better := labels.MustNewMatcher(labels.MatchEqual, m.Name, trimmed)
		return m.String() + " has anchors that Prometheus adds by itself", "write " + m.Name + m.Type.String() + strings.TrimPrefix(better.String(), m.Name+"=")
	}
	return "", ""
}

// unescape returns the text that a regular expression stands for, if it stands
// for one text only.
func unescape(re string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(re); i++ {
		if re[i] != '\\' {
			if strings.IndexByte(`.*+?()|[]{}^$`, re[i]) >= 0 {
				return "", false
			}
			b.WriteByte(re[i])
			continue
		}
		i++
		if i == len(re) || strings.IndexByte(`.*+?()|[]{}^$\-/:@_ `, re[i]) < 0 {
			return "", false
		}
		b.WriteByte(re[i])
	}
	return b.String(), true
}
