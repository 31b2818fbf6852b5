package slo

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

func objective(t testing.TB, text string) spec.Objective {
	t.Helper()
	o, err := spec.NewObjective(text)
	if err != nil {
		t.Fatalf("objective %s: %v", text, err)
	}
	return o
}

func window(t testing.TB, text string) spec.Window {
	t.Helper()
	w, err := spec.ParseWindow(text)
	if err != nil {
		t.Fatalf("window %s: %v", text, err)
	}
	return w
}

// number prints a Number for comparison.
func num(n report.Number) float64 {
	if n == nil {
		return math.NaN()
	}
	return *n
}

func near(got report.Number, want, tolerance float64) bool {
	if math.IsNaN(want) {
		return got == nil
	}
	return got != nil && math.Abs(*got-want) <= tolerance
}

func TestTotalMinutesAreExact(t *testing.T) {
	at := time.Date(2026, 2, 10, 12, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		objective, window string
		want              float64
	}{
		{"99.99", "30d", 4.32},
		{"99.95", "30d", 21.6},
		{"99.9", "30d", 43.2},
		{"99.5", "30d", 216},
		{"99.0", "30d", 432},
		{"99.9", "7d", 10.08},
		{"99.9", "4w", 40.32},
		{"99.99", "1h", 0.006},
		{"99.9", "calendar-week", 10.08},
		{"99.9", "calendar-month", 40.32},     // February
		{"99.9", "calendar-quarter", 129.6},   // 90 days
		{"99.999", "calendar-quarter", 1.296}, // no binary noise
	} {
		got := NewBudget(objective(t, tc.objective), window(t, tc.window), at, math.NaN())
		if num(got.TotalMinutes) != tc.want {
			t.Errorf("total minutes of %s over %s = %v, want exactly %v", tc.objective, tc.window, num(got.TotalMinutes), tc.want)
		}
		if got.BurnedMinutes != nil || got.ConsumedPercent != nil || got.RemainingPercent != nil {
			t.Errorf("an SLI that is not known has a burned budget: %+v", got)
		}
	}
}

func TestBudgetConsumed(t *testing.T) {
	at := time.Date(2026, 4, 16, 0, 0, 0, 0, time.UTC) // half of April
	for _, tc := range []struct {
		name, objective, window     string
		sli                         float64
		burned, consumed, remaining float64
		status                      report.SLOStatus
	}{
		{"nothing burned", "99.95", "30d", 1, 0, 0, 100, report.StatusHealthy},
		{"half of the time at 0.99", "99.95", "30d", 0.995, 216, 1000, -900, report.StatusExhausted},
		{"exactly half is warning", "99.9", "30d", 0.9995, 21.6, 50, 50, report.StatusWarning},
		{"a tenth", "99.9", "30d", 0.9999, 4.32, 10, 90, report.StatusHealthy},
		{"five times", "99.9", "30d", 0.995, 216, 500, -400, report.StatusExhausted},
		{"total outage", "99.9", "30d", 0, 43200, 100000, -99900, report.StatusExhausted},
		{"a tiny budget does not vanish", "99.99", "1h", 0.5, 30, 500000, -499900, report.StatusExhausted},
		{"calendar month: half of it elapsed, all of its budget", "99.9", "calendar-month", 0.999, 21.6, 50, 50, report.StatusWarning},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := NewBudget(objective(t, tc.objective), window(t, tc.window), at, tc.sli)
			if num(got.BurnedMinutes) != tc.burned || num(got.ConsumedPercent) != tc.consumed || num(got.RemainingPercent) != tc.remaining {
				t.Errorf("burned %v, consumed %v, remaining %v; want %v, %v, %v", num(got.BurnedMinutes),
					num(got.ConsumedPercent), num(got.RemainingPercent), tc.burned, tc.consumed, tc.remaining)
			}
			if s := Status(num(got.ConsumedPercent)); s != tc.status {
				t.Errorf("status = %s, want %s", s, tc.status)
			}
		})
	}
}

func TestStatusScale(t *testing.T) {
	for _, tc := range []struct {
		consumed float64
		want     report.SLOStatus
	}{
		{-1, report.StatusHealthy},
		{0, report.StatusHealthy},
		{10 / 21.6 * 100, report.StatusHealthy},
		{49.9999, report.StatusHealthy},
		{(1 - 0.9995) / 0.001 * 100, report.StatusWarning},
		{math.Nextafter(50, 0), report.StatusWarning},
		{15 / 21.6 * 100, report.StatusWarning},
		{math.Nextafter(80, 0), report.StatusCritical},
		{17.3 / 21.6 * 100, report.StatusCritical},
		{18 / 21.6 * 100, report.StatusCritical},
		{21 / 21.6 * 100, report.StatusCritical},
		{99.9999, report.StatusCritical},
		{math.Nextafter(100, 0), report.StatusExhausted},
		{1e9, report.StatusExhausted},
		{math.NaN(), report.StatusUnknown},
	} {
		if got := Status(tc.consumed); got != tc.want {
			t.Errorf("Status(%v) = %s, want %s", tc.consumed, got, tc.want)
		}
	}
}

func TestBurnRate(t *testing.T) {
	if got := num(BurnRate(objective(t, "99.9"), 0.9856)); got != 14.4 {
		t.Errorf("burn rate of 1.44 %% errors at 99.9 = %v, want exactly 14.4", got)
	}
	// 10 minutes burned in 15 of 30 days at 99.95.
	if got := num(BurnRate(objective(t, "99.95"), 1-10.0/(15*24*60))); math.Abs(got-0.926) > 0.0005 {
		t.Errorf("burn rate = %v, want 0.926", got)
	}
	if got := BurnRate(objective(t, "99.9"), math.NaN()); got != nil {
		t.Errorf("burn rate of NaN = %v, want none", *got)
	}
}

func TestTimeToExhaustion(t *testing.T) {
	day := 24 * time.Hour
	for _, tc := range []struct {
		name              string
		remaining, burned float64
		elapsed           time.Duration
		days              float64
		ok                bool
	}{
		{"15 of 21.6 minutes in 10 days", 6.6, 15, 10 * day, 4.4, true},
		{"already exhausted", -1, 15, 10 * day, 0, true},
		{"nothing burned", 6.6, 0, 10 * day, 0, false},
		{"no time elapsed", 6.6, 1, 0, 0, false},
		{"longer than a duration can hold", 6.6, 1e-12, 10 * day, 0, false},
	} {
		got, ok := TimeToExhaustion(tc.remaining, tc.burned, tc.elapsed)
		if ok != tc.ok || math.Abs(got.Hours()/24-tc.days) > 1e-9 {
			t.Errorf("%s: %v, %v; want %v days, %v", tc.name, got, ok, tc.days, tc.ok)
		}
	}
}

func TestExhaustsAt(t *testing.T) {
	at := time.Date(2026, 4, 16, 0, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name, window string
		sli          float64
		burn         report.Number
		want         string // empty is null
	}{
		{"already exhausted", "30d", 0.9, report.Num(0), "2026-04-16T00:00:00Z"},
		{"exactly used up", "30d", 0.999, report.Num(0), "2026-04-16T00:00:00Z"},
		{"half left at twice the pace", "30d", 0.9995, report.Num(2), "2026-04-23T12:00:00Z"},
		{"the pace of the window never ends it", "30d", 0.9995, report.Num(1), ""},
		{"no burn", "30d", 0.9995, report.Num(0), ""},
		{"burn not known", "30d", 0.9995, nil, ""},
		{"calendar month, before its end", "calendar-month", 0.999, report.Num(2), "2026-04-23T12:00:00Z"},
		{"calendar month, errors do not leave it", "calendar-month", 0.9981, report.Num(0.5), "2026-04-19T00:00:00Z"},
		{"calendar month, behind its end", "calendar-month", 0.999, report.Num(0.9), ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := window(t, tc.window)
			got := ""
			if when := exhaustsAt(w, at, NewBudget(objective(t, "99.9"), w, at, tc.sli), tc.burn); when != nil {
				got = when.Format(time.RFC3339)
			}
			if got != tc.want {
				t.Errorf("exhausts at %q, want %q", got, tc.want)
			}
		})
	}
}

func TestMoreBadEventsNeverLookBetter(t *testing.T) {
	rank := map[report.SLOStatus]int{
		report.StatusHealthy: 0, report.StatusWarning: 1, report.StatusCritical: 2, report.StatusExhausted: 3,
	}
	at := time.Date(2026, 5, 20, 7, 3, 1, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		o, err := spec.NewObjective(rapid.SampledFrom([]string{"50", "90", "99", "99.5", "99.9", "99.95", "99.99", "99.999"}).Draw(t, "objective"))
		if err != nil {
			t.Fatal(err)
		}
		w, err := spec.ParseWindow(rapid.SampledFrom([]string{"1h", "7d", "30d", "90d", "calendar-week", "calendar-month", "calendar-quarter"}).Draw(t, "window"))
		if err != nil {
			t.Fatal(err)
		}
		total := rapid.IntRange(1, 1_000_000_000).Draw(t, "total")
		bad := rapid.IntRange(0, total).Draw(t, "bad")
		worse := rapid.IntRange(bad, total).Draw(t, "worse")
		sli := func(bad int) float64 { return float64(total-bad) / float64(total) }
		a, b := NewBudget(o, w, at, sli(bad)), NewBudget(o, w, at, sli(worse))
		if *b.ConsumedPercent < *a.ConsumedPercent || *b.RemainingPercent > *a.RemainingPercent || *b.BurnedMinutes < *a.BurnedMinutes {
			t.Fatalf("%d bad events: %v %%, %d: %v %%", bad, *a.ConsumedPercent, worse, *b.ConsumedPercent)
		}
		if rank[Status(*b.ConsumedPercent)] < rank[Status(*a.ConsumedPercent)] {
			t.Fatalf("%d bad events look better than %d", worse, bad)
		}
		if sum := *a.ConsumedPercent + *a.RemainingPercent; math.Abs(sum-100) > 1e-9*math.Max(1, *a.ConsumedPercent) {
			t.Fatalf("consumed and remaining add up to %v", sum)
		}
	})
}
