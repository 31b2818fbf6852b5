package policy

import (
	"fmt"
	"time"
)

// LoadZone returns the time zone of an IANA name, and UTC for an empty one. The
// zone of the machine is no zone of a policy: the same condition must hold on a
// laptop and in CI.
func LoadZone(name string) (*time.Location, error) {
	if name == "" {
		return time.UTC, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, fmt.Errorf("there is no time zone called %q: write UTC or an IANA name as in Europe/Dublin", name)
	}
	return zone, nil
}

func (t *translator) zoneOf(arg token) *time.Location {
	zone, err := LoadZone(arg.text)
	if err != nil || arg.text == "" {
		t.fail(arg.start, arg.end, "there is no time zone called '"+arg.text+"'", "write UTC or an IANA name as in 'Europe/Dublin'")
	}
	return zone
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
