package policy

import (
	"fmt"
	"time"
)

// LoadZone returns the time zone of an IANA name, and UTC for an empty one and
// beside an error. The zone of the machine is no zone of a policy: the same
// condition must hold on a laptop and in CI.
func LoadZone(name string) (*time.Location, error) {
	if name == "" {
		return time.UTC, nil
	}
	return namedZone(name)
}

func namedZone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return time.UTC, fmt.Errorf("there is no time zone called '%s'", name)
	}
	return zone, nil
}

func (t *translator) zoneOf(arg token) *time.Location {
	zone, err := namedZone(arg.text)
	if err != nil {
		t.fail(arg.start, arg.end, err.Error(), "write UTC or an IANA name as in 'Europe/Dublin'")
	}
	return zone
}

// DayOver reports whether a day, written as 2026-03-31, is over at a time in a
// zone. The day itself is not. The error says that the text is no date.
func DayOver(day string, now time.Time, zone *time.Location) (bool, error) {
	if !isDate(day) {
		return false, fmt.Errorf("not a date: %s", day)
	}
	return day < now.In(zone).Format(time.DateOnly), nil
}

// in moves a time to a zone, and leaves it where it is for none.
func in(now time.Time, zone *time.Location) time.Time {
	if zone == nil {
		return now
	}
	return now.In(zone)
}

func isWeekday(now time.Time) bool {
	return now.Weekday() != time.Saturday && now.Weekday() != time.Sunday
}

// dayOfWeek counts from 0 for Monday.
func dayOfWeek(now time.Time) int { return (int(now.Weekday()) + 6) % 7 }

func isDate(date string) bool {
	_, err := time.Parse(time.DateOnly, date)
	return err == nil
}
