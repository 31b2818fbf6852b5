package report

import (
	"math"
	"strconv"
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
