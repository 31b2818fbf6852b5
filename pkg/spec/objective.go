package spec

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"time"

	"github.com/prometheus/common/model"

	"github.com/nthlayer/action/pkg/report"
)

var decimal = regexp.MustCompile(`^[+-]?([0-9]{1,18}(\.[0-9]{0,18})?|\.[0-9]{1,18})$`)

// hundred is 100 %, as an exact number.
func hundred() *big.Rat { return big.NewRat(100, 1) }

// NewObjective reads a percentage written as a decimal. It must be above 0 and
// below 100: at 100 there is no error budget, and a share such as 0.999 is told
// apart from the percentage 99.9 rather than guessed at.
func NewObjective(text string) (Objective, error) {
	r, err := parseDecimal(text)
	if err != nil {
		return Objective{}, err
	}
	switch {
	case r.Sign() <= 0:
		return Objective{}, fmt.Errorf("%s is not above 0", text)
	case r.Cmp(hundred()) == 0:
		return Objective{}, errors.New("100 leaves no error budget: every failure would exhaust it")
	case r.Cmp(hundred()) > 0:
		return Objective{}, fmt.Errorf("%s is above 100", text)
	case r.Cmp(big.NewRat(1, 1)) <= 0:
		percent := new(big.Rat).Mul(r, hundred())
		return Objective{}, fmt.Errorf("%s looks like a share; percent is expected: %s", text, decimalText(percent))
	}
	return Objective{Text: text, rat: r}, nil
}

func parseDecimal(text string) (*big.Rat, error) {
	if !decimal.MatchString(text) {
		return nil, fmt.Errorf("%q is not a decimal number", text)
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil, fmt.Errorf("%q is not a decimal number", text)
	}
	return r, nil
}

// percentOf returns an objective of an exact percentage; the caller has checked
// that it is above 0 and below 100.
func percentOf(r *big.Rat) Objective { return Objective{Text: decimalText(r), rat: r} }

// decimalText prints a number that has a finite decimal form without trailing
// zeros, and others to 12 digits.
func decimalText(r *big.Rat) string {
	digits, exact := r.FloatPrec()
	if !exact {
		digits = 12
	}
	return r.FloatString(digits)
}

// Given reports whether there is an objective at all.
func (o Objective) Given() bool { return o.rat != nil }

// Percent returns the objective in percent, the float nearest to the exact
// number; 0 for the zero Objective.
func (o Objective) Percent() float64 {
	if o.rat == nil {
		return 0
	}
	f, _ := o.rat.Float64()
	return f
}

// Number returns the objective in percent for a report; nil for the zero Objective.
func (o Objective) Number() report.Number {
	if o.rat == nil {
		return nil
	}
	return report.Num(o.Percent())
}

// Target returns the objective as an exact share, 0 < target < 1; 0 for the
// zero Objective. The result is a copy.
func (o Objective) Target() *big.Rat {
	if o.rat == nil {
		return new(big.Rat)
	}
	return new(big.Rat).Quo(o.rat, hundred())
}

// Budget returns 1 - target, exact: 99.9 gives 1/1000.
func (o Objective) Budget() *big.Rat {
	return new(big.Rat).Sub(big.NewRat(1, 1), o.Target())
}

// The bounds of a rolling window.
const (
	MinWindow = time.Hour
	MaxWindow = 90 * 24 * time.Hour
)

// ParseWindow reads the window of an SLO: a Prometheus duration from 1h to 90d
// (30d, 1w, 1h30m), or calendar-week, calendar-month (also 1M) and
// calendar-quarter.
func ParseWindow(text string) (Window, error) {
	switch text {
	case "calendar-week":
		return Window{Text: text, Calendar: CalendarWeek}, nil
	case "calendar-month", "1M":
		return Window{Text: text, Calendar: CalendarMonth}, nil
	case "calendar-quarter":
		return Window{Text: text, Calendar: CalendarQuarter}, nil
	}
	d, err := model.ParseDuration(text)
	if err != nil {
		return Window{}, fmt.Errorf("%q is not a window: write a duration such as 30d, 4w or 12h, or calendar-week, calendar-month or calendar-quarter", text)
	}
	w := Window{Text: text, Duration: time.Duration(d)}
	if w.Duration < MinWindow || w.Duration > MaxWindow {
		return Window{}, fmt.Errorf("%s is outside of 1h to 90d", text)
	}
	return w, nil
}

// Bounds returns the window's start and end around a time: for a rolling window
// the time less its duration, and the time; for a calendar window the period
// that holds the time, in UTC.
func (w Window) Bounds(at time.Time) (start, end time.Time) {
	at = at.UTC()
	midnight := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
	switch w.Calendar {
	case CalendarWeek:
		start = midnight.AddDate(0, 0, -(int(at.Weekday())+6)%7)
		return start, start.AddDate(0, 0, 7)
	case CalendarMonth:
		start = time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC)
		return start, start.AddDate(0, 1, 0)
	case CalendarQuarter:
		first := time.Month((int(at.Month())-1)/3*3 + 1)
		start = time.Date(at.Year(), first, 1, 0, 0, 0, 0, time.UTC)
		return start, start.AddDate(0, 3, 0)
	case NoCalendar:
	}
	return at.Add(-w.Duration), at
}
