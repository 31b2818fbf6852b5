package report

import (
	"math"
	"strconv"
	"strings"
)

// Number is a measured number, or nil for one that is not known. It is null in
// JSON, never 0, when it is not known.
type Number = *float64

// Num returns v as a Number, rounded to 12 significant digits so that reports
// are free of binary noise (0.1+0.2). NaN and infinities are not known.
func Num(v float64) Number {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 12, 64), 64)
	if err != nil {
		return nil
	}
	if r == 0 {
		r = 0 // drop the sign of -0
	}
	return &r
}

// Decimal writes a number with at most so many decimals and no zeros behind them.
func Decimal(v float64, digits int) string {
	text := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	if text == "-0" {
		return "0"
	}
	return text
}

// ExactDigits are as many decimals as Num keeps of a percentage.
const ExactDigits = 12

// Percent writes a percentage with at most so many decimals: 99.95 %.
func Percent(v float64, digits int) string { return Decimal(v, digits) + " %" }

// PercentApart writes a percentage with at most so many decimals, or with as many
// as it takes to tell it from another one: beside a limit of 10 %, 9.9996 is not
// shown as 10 %.
func PercentApart(v, other float64, digits int) string {
	for v != other && digits < ExactDigits && Decimal(v, digits) == Decimal(other, digits) {
		digits++
	}
	return Percent(v, digits)
}
