package policy

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTimeIsTakenInTheZoneOfTheGate(t *testing.T) {
	tokyo, err := LoadZone("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	c := christmas()
	c.Now = time.Date(2024, 12, 27, 20, 15, 0, 0, time.UTC) // Saturday 05:15 in Tokyo
	for condition, want := range map[string][2]bool{
		`hour == 5`:      {false, true},
		`day == 28`:      {false, true},
		`day('sat')`:     {false, true},
		`weekday`:        {true, false},
		`weekday()`:      {true, false},
		`peak_traffic()`: {false, false},
		`freeze_period('2024-12-28', '2024-12-28')`:        {false, true},
		`freeze_period('2024-12-28', '2024-12-28', 'UTC')`: {false, false},
		`between('05:00', '06:00')`:                        {false, true},
		`date == '2024-12-28'`:                             {false, true},
	} {
		c.Location = nil
		if got := evaluate(t, condition, c); got != want[0] {
			t.Errorf("%s in UTC: got %v", condition, got)
		}
		c.Location = tokyo
		if got := evaluate(t, condition, c); got != want[1] {
			t.Errorf("%s in Tokyo: got %v", condition, got)
		}
	}
}

func TestFreezeIncludesWholeDaysAcrossTheClockChange(t *testing.T) {
	// In Dublin, 2025-03-30 has 23 hours.
	condition := `freeze_period('2025-03-29', '2025-03-30', 'Europe/Dublin')`
	for moment, want := range map[string]bool{
		"2025-03-28T23:59:59Z": false,
		"2025-03-29T00:00:00Z": true,
		"2025-03-30T22:59:59Z": true,
		"2025-03-30T23:00:00Z": false,
	} {
		now, err := time.Parse(time.RFC3339, moment)
		if err != nil {
			t.Fatal(err)
		}
		if got := evaluate(t, condition, Context{Now: now}); got != want {
			t.Errorf("at %s: got %v", moment, got)
		}
	}
}

func TestBetweenWrapsMidnight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from, to := rapid.IntRange(0, 1439).Draw(t, "from"), rapid.IntRange(0, 1439).Draw(t, "to")
		if from == to {
			t.Skip("an empty range is refused")
		}
		now := rapid.IntRange(0, 1439).Draw(t, "now")
		compiled, err := Compile(fmt.Sprintf("between('%02d:%02d', '%02d:%02d')", from/60, from%60, to/60, to%60), nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := compiled.Eval(Context{Now: time.Date(2024, 12, 25, now/60, now%60, 59, 0, time.UTC)})
		// Minutes since the beginning, going round the clock.
		want := (now-from+1440)%1440 < (to-from+1440)%1440
		if err != nil || got != want {
			t.Fatalf("got %v, %v, want %v", got, err, want)
		}
	})
}

func TestDayIsOverWhenTheNextBeginsInItsZone(t *testing.T) {
	auckland, err := LoadZone("Pacific/Auckland")
	if err != nil {
		t.Fatal(err)
	}
	midnight := time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC) // there, the first of July begins
	for _, c := range []struct {
		now  time.Time
		zone *time.Location
		want bool
	}{
		{midnight.Add(-time.Second), auckland, false},
		{midnight, auckland, true},
		{midnight, time.UTC, false},
		{midnight.Add(12 * time.Hour), time.UTC, true},
	} {
		if over, err := DayOver("2026-06-30", c.now, c.zone); err != nil || over != c.want {
			t.Errorf("at %s in %s: got %v, %v", c.now, c.zone, over, err)
		}
	}
	for _, text := range []string{"", "soon", "2026-6-30", "2026-02-30", "2026-06-30T00:00:00Z"} {
		if over, err := DayOver(text, midnight, time.UTC); err == nil || over {
			t.Errorf("%q: got %v, %v", text, over, err)
		}
	}
}

func TestZoneOfTheMachineIsNoZone(t *testing.T) {
	for name, want := range map[string]bool{"": true, "UTC": true, "Europe/Dublin": true, "Local": false, "Europe/Dubln": false, "../UTC": false} {
		zone, err := LoadZone(name)
		if (err == nil) != want || zone == nil || err != nil && zone != time.UTC {
			t.Errorf("%q: got %v, %v", name, zone, err)
		}
	}
}
