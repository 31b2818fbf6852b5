package lint

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/lint/fix"
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// FuzzFix looks for files that fixes break. A fix is never refused, its text can be
// read, differs from the old one in the bytes of the fix alone and means the same;
// there is less to fix afterwards, and in the end nothing.
func FuzzFix(f *testing.F) {
	for _, seed := range []string{
		"groups:\n- name: a\n  ruels:\n  - alert: A\n    exprs: |\n      up{a=~\"^b$\",c!~'d'}\n        == 0.30000000000000004\n    for: 0s\n",
		"groups:\n- name: a\n  rules:\n  - {alert: A, expr: \"up{a=~\\\"b\\\"} == 0 # why\", for: 0s}\n  - &r {alert: A, expr: 'up{a=~''b''} > 1'}\n  - *r\n",
		"groups:\n- name: a\n  rules:\n  - alert: A\n    expr: >-\n      histogram_quantile(0.9,\n        sum(rate(x_bucket[5m]))\n        by (job)) > 1\n",
		"\xef\xbb\xbfgroups:\r\n- name: é\r\n  rules:\r\n  - alert: A\r\n    expr: \"up{b=~\\\"\\u00e9\\\"} \\\r\n      == 0.1\"\r\n    keep_firing_for: '0s'\r\n    labls: {a: b} # c\r\n",
		"kind: List\nitems:\n- kind: PrometheusRule\n  spec:\n    gruops:\n    - name: a\n      rules:\n      - record: a\n        expr: up{a=~'^(b|c)$'}\n---\nkind: PrometheusRule\nspec: {groups: [{name: b, rules: [{alert: A, expr: 'x{a!~\"^b.*$\"} > 0.7999999999999999'}]}]}\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 8<<10 {
			t.Skip("larger files say nothing new")
		}
		for range 20 {
			found := findingsOf(data)
			out := fix.File(t.Context(), "r.yaml", data, found, document.RuleLimits())
			if len(out.Refused) > 0 {
				t.Fatalf("%v in\n%q", out.Refused[0].Err, data)
			}
			if len(out.Fixed) == 0 {
				if !bytes.Equal(out.Data, data) {
					t.Fatalf("nothing is fixed, and the text changes in\n%q", data)
				}
				return
			}
			if err := keepsTheRest(data, out); err != nil {
				t.Fatalf("%v: %q became\n%q", err, data, out.Data)
			}
			if err := meansTheSame(data, out); err != nil {
				t.Fatalf("%v: %q became\n%q", err, data, out.Data)
			}
			// Behind a key that was misspelt there may be more.
			structure := slices.ContainsFunc(out.Fixed, func(f report.Finding) bool { return f.Rule == rulefile.RuleStructure })
			if before, after := fixable(found), fixable(findingsOf(out.Data)); after >= before && !structure {
				t.Fatalf("%d to fix instead of %d: %q became\n%q", after, before, data, out.Data)
			}
			data = out.Data
		}
		t.Fatalf("fixing does not come to an end:\n%q", data)
	})
}

func findingsOf(data []byte) []report.Finding {
	return RuleFiles(context.Background(), []File{{Name: "r.yaml", Data: data}}, Options{})
}

func fixable(findings []report.Finding) (n int) {
	for _, f := range findings {
		if f.Fix != nil && len(f.Fix.Edits) > 0 {
			n++
		}
	}
	return n
}

// keepsTheRest demands that the file can be read as well as before and that all
// bytes outside of the fixes are what they were.
func keepsTheRest(before []byte, out fix.Result) error {
	_, was := document.Parse("r.yaml", before, document.RuleLimits())
	if _, is := document.Parse("r.yaml", out.Data, document.RuleLimits()); len(is) > len(was) {
		return errors.New(is[0].Message)
	}
	var edits []report.Edit
	for _, f := range out.Fixed {
		edits = append(edits, f.Fix.Edits...)
	}
	slices.SortFunc(edits, func(a, b report.Edit) int { return cmp.Compare(a.Start, b.Start) })
	edits = slices.Compact(edits)
	rest, at := out.Data, 0
	for _, e := range append(edits, report.Edit{Start: len(before), End: len(before)}) {
		kept, ok := bytes.CutPrefix(rest, before[at:e.Start])
		if !ok {
			return fmt.Errorf("the bytes %d to %d change without a fix", at, e.Start)
		}
		if rest, ok = bytes.CutPrefix(kept, []byte(e.Text)); !ok {
			return fmt.Errorf("the fix at byte %d is not what was written", e.Start)
		}
		at = e.End
	}
	if len(rest) > 0 {
		return fmt.Errorf("%q is added at the end", rest)
	}
	return nil
}

// meansTheSame demands that the rules of a file ask the same as before, where no key
// got another name.
func meansTheSame(before []byte, out fix.Result) error {
	for _, f := range out.Fixed {
		if f.Rule == rulefile.RuleStructure {
			return nil
		}
	}
	was, is := rulesRead(before), rulesRead(out.Data)
	if len(was) != len(is) {
		return fmt.Errorf("%d rules instead of %d", len(is), len(was))
	}
	for i := range was {
		if was[i].Name.V != is[i].Name.V || durationOf(was[i].For) != durationOf(is[i].For) || len(was[i].Labels) != len(is[i].Labels) {
			return fmt.Errorf("the rule %s is another one", was[i].Name.V)
		}
		if err := sameQuestion(was[i].Expr.V, is[i].Expr.V); err != nil {
			return err
		}
	}
	return nil
}

func rulesRead(data []byte) (out []*rulefile.Rule) {
	f, _ := rulefile.Parse(context.Background(), "r.yaml", data)
	for _, g := range f.Groups {
		out = append(out, g.Rules...)
	}
	return out
}

func durationOf(t rulefile.Text) string { return strings.TrimLeft(t.V, "0smhdwy") }

// sameQuestion compares the parts of two expressions. A quantile may have got the
// label le, without which it has no answer.
func sameQuestion(was, is string) error {
	a, b := nodesOf(was), nodesOf(is)
	if len(a) != len(b) {
		return fmt.Errorf("%q asks otherwise than %q", is, was)
	}
	for i := range a {
		if !samePart(a[i], b[i]) {
			return fmt.Errorf("%q asks otherwise than %q at %q", is, was, a[i])
		}
	}
	return nil
}

func nodesOf(expr string) (out []parser.Node) {
	ast, err := promql.Parse(expr)
	if err != nil {
		return nil
	}
	parser.Inspect(ast, func(n parser.Node, _ []parser.Node) error {
		if n != nil {
			out = append(out, n)
		}
		return nil
	})
	return out
}

func samePart(was, is parser.Node) bool {
	if reflect.TypeOf(was) != reflect.TypeOf(is) {
		return false
	}
	switch a := was.(type) {
	case *parser.NumberLiteral:
		b, ok := is.(*parser.NumberLiteral)
		return ok && (a.Val == b.Val || math.Abs(a.Val-b.Val) <= 1e-9*math.Abs(a.Val))
	case *parser.VectorSelector:
		b, ok := is.(*parser.VectorSelector)
		return ok && a.Name == b.Name && a.Offset == b.Offset && slices.EqualFunc(a.LabelMatchers, b.LabelMatchers, sameMatcher)
	case *parser.AggregateExpr:
		b, ok := is.(*parser.AggregateExpr)
		others := slices.DeleteFunc(slices.Clone(b.Grouping), func(l string) bool { return l == labels.BucketLabel })
		return ok && a.Op == b.Op && a.Without == b.Without && (slices.Equal(a.Grouping, b.Grouping) || slices.Equal(a.Grouping, others))
	case *parser.BinaryExpr:
		b, ok := is.(*parser.BinaryExpr)
		return ok && a.Op == b.Op && a.ReturnBool == b.ReturnBool
	case *parser.Call:
		b, ok := is.(*parser.Call)
		return ok && a.Func.Name == b.Func.Name
	}
	return true
}

// sameMatcher tries two matchers with values that are near to theirs.
func sameMatcher(a, b *labels.Matcher) bool {
	if a.Name != b.Name {
		return false
	}
	for _, v := range []string{a.Value, b.Value} {
		trimmed := strings.TrimSuffix(strings.TrimPrefix(v, "^"), "$")
		for _, try := range []string{"", v, trimmed, v + "x", "x" + v, trimmed + "x", "x" + trimmed, v + "\n", strings.ReplaceAll(v, `\`, ""), strings.ReplaceAll(trimmed, ".", "x"), strings.ToUpper(v)} {
			if a.Matches(try) != b.Matches(try) {
				return false
			}
		}
	}
	return true
}
