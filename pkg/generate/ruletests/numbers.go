package ruletests

import (
	"math"
	"strconv"
	"strings"
)

// sequence are the values of a series in the notation of tests, built step by step.
type sequence struct {
	b strings.Builder
	// last is the value, and times how often it came, of what is not yet written.
	last  float64
	times int
}

// add adds a value a number of times; NaN is no sample.
func (s *sequence) add(v float64, times int) {
	if times == 0 {
		return
	}
	if s.times > 0 && (v == s.last || math.IsNaN(v) && math.IsNaN(s.last)) {
		s.times += times
		return
	}
	s.flush()
	s.last, s.times = v, times
}

func (s *sequence) flush() {
	switch {
	case s.times == 0:
		return
	case math.IsNaN(s.last):
		s.item("_x" + strconv.Itoa(s.times))
	case s.times == 1:
		s.item(decimal(s.last))
	default:
		s.item(decimal(s.last) + "x" + strconv.Itoa(s.times-1))
	}
	s.times = 0
}

func (s *sequence) item(text string) {
	if s.b.Len() > 0 {
		s.b.WriteByte(' ')
	}
	s.b.WriteString(text)
}

// text ends the sequence.
func (s *sequence) text() string {
	s.flush()
	return s.b.String()
}

// decimal prints a number with as many digits as it needs, and no exponent, which
// the notation of series does not have.
func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// round rounds a number times a scale as round does in PromQL. It is false between
// two whole numbers, where the last digit in binary picks one.
func round(v, scale float64) (int64, bool) {
	scaled := v * scale
	if math.Abs(scaled) > 1<<52 {
		return 0, false
	}
	n := math.Floor(scaled + 0.5)
	return int64(n), math.Abs(scaled-n) < 0.49
}

// rough is a number with few digits, so that it reads well in a file.
func rough(v float64) float64 {
	f, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 6, 64), 64)
	if err != nil {
		return v
	}
	return f
}
