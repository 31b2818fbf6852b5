package openslo

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/spec"
)

type window struct {
	Duration  string    `yaml:"duration"`
	IsRolling bool      `yaml:"isRolling"`
	Calendar  *calendar `yaml:"calendar,omitempty"`
}

type calendar struct {
	StartTime string `yaml:"startTime"`
	TimeZone  string `yaml:"timeZone"`
}

// firstDay is a Monday and the first day of a month, of a quarter and of a year.
const firstDay = "2024-01-01 00:00:00"

// shorthand is a duration of one unit, as OpenSLO writes it.
var shorthand = regexp.MustCompile(`^([0-9]+)([mhdwMQY])$`)

// rollingUnits are the units of a rolling window.
const rollingUnits = "mhdw"

// newWindow writes a window as OpenSLO does, or says why that is impossible.
func newWindow(w spec.Window) (window, string) {
	from := &calendar{firstDay, "UTC"}
	switch w.Calendar {
	case spec.CalendarWeek:
		return window{"1w", false, from}, ""
	case spec.CalendarMonth:
		return window{"1M", false, from}, ""
	case spec.CalendarQuarter:
		return window{"1Q", false, from}, ""
	case spec.NoCalendar:
	}
	if m := shorthand.FindStringSubmatch(w.Text); m != nil && strings.Contains(rollingUnits, m[2]) {
		return window{Duration: w.Text, IsRolling: true}, ""
	}
	for _, u := range []struct {
		unit string
		size time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}} {
		if w.Duration%u.size == 0 {
			return window{Duration: strconv.FormatInt(int64(w.Duration/u.size), 10) + u.unit, IsRolling: true}, ""
		}
	}
	return window{}, "OpenSLO has no windows of seconds, and its window is " + promql.Duration(w.Duration)
}
