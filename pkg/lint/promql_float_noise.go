package lint

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/nthlayer/action/pkg/report"
)

// promqlFloatNoise reports numbers that a program worked out and printed with all
// their digits, as 0.9990000000000001 for 0.999.
type promqlFloatNoise struct{}

func (promqlFloatNoise) Rule() Rule {
	return Rule{ID: "promql/float-noise", Severity: report.Info, Title: "A number with the noise of a computation"}
}

func (c promqlFloatNoise) CheckExpr(e *Expr) []report.Finding {
	if len(e.V) < minNoisy {
		return nil
	}
	var out []proposal
	parser.Inspect(e.AST, func(n parser.Node, path []parser.Node) error {
		number, ok := n.(*parser.NumberLiteral)
		if !ok {
			return nil
		}
		at := number.PosRange
		written := e.source(number)
		meant := withoutNoise(written)
		if meant == "" {
			return nil
		}
		from := int(at.Start)
		p := e.propose(c.Rule(), from, from+len(written), written+" is "+meant+" with the noise of a computation", "write "+meant)
		switch {
		case equated(path):
			p.Suggestion += ", unless just this number is compared with == or !="
			p.Fix = &report.Fix{Why: "beside == or != each digit counts"}
		case !strings.Contains(meant, ".") && compared(path):
			p.Suggestion += ", unless it stands beside the whole number on purpose, for results that miss it by their own noise"
			p.Fix = &report.Fix{Why: "a threshold just beside a whole number may be meant so"}
		default:
			p.changes = []change{{from, from + len(written), meant}}
		}
		out = append(out, p)
		return nil
	})
	return e.settle(c, out)
}

// equated reports whether what stands at a path of an expression is a part of what ==
// or != compares.
func equated(path []parser.Node) bool {
	return slices.ContainsFunc(path, func(n parser.Node) bool {
		b, ok := n.(*parser.BinaryExpr)
		return ok && (b.Op == parser.EQLC || b.Op == parser.NEQ)
	})
}

// compared reports whether what stands at a path of an expression is a side of a
// comparison.
func compared(path []parser.Node) bool {
	for _, n := range slices.Backward(path) {
		switch n := n.(type) {
		case *parser.ParenExpr, *parser.UnaryExpr:
		case *parser.BinaryExpr:
			return n.Op.IsComparisonOperator()
		default:
			return false
		}
	}
	return false
}

const (
	// minNoisy is how many characters a number with noise has at least: numbers of
	// up to 15 digits are printed as they were written.
	minNoisy = 16
	// maxMeant is how many digits a number has at most that somebody meant, when a
	// few operations led away from it; maxShort is the same after a difference, which
	// leaves more noise behind.
	maxMeant = 9
	maxShort = 4
	// noise is how far rounding leads a few operations away, in steps between
	// neighbouring numbers; loss is the same for a difference, as a share.
	noise = 8
	loss  = 1e-12
)

// withoutNoise returns the short number that a written one was meant to be; empty
// when there is none.
func withoutNoise(written string) string {
	if trimmed := strings.TrimRight(written, "0"); len(trimmed) < minNoisy || strings.HasSuffix(trimmed, ".") {
		return "" // zeros at the end are no noise
	}
	if strings.Trim(written, "0123456789.-") != "" || !strings.Contains(written, ".") {
		return ""
	}
	v, err := strconv.ParseFloat(written, 64)
	if err != nil || v == 0 {
		return ""
	}
	step := math.Abs(math.Nextafter(v, math.Inf(1)) - v)
	for _, try := range []struct {
		digits int
		far    float64
	}{{maxShort, math.Abs(v) * loss}, {maxMeant, noise * step}} {
		meant, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', try.digits, 64), 64)
		if err != nil || math.Abs(v-meant) > try.far {
			continue
		}
		if text := strconv.FormatFloat(meant, 'f', -1, 64); len(text) < len(written) {
			return text
		}
	}
	return ""
}
