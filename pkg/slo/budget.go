// Package slo turns objectives into questions and answers into budgets: the
// PromQL that measures an SLI over its whole window, the error budget, burn
// rates and the status. It is pure: a Measurement says what it wants to know,
// somebody else asks, and no clock is read.
package slo

import (
	"math"
	"math/big"
	"strconv"
	"time"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// tolerance is how far below a boundary a share of the budget may lie and still
// belong to the upper status: 0.9995 at 99.9 has used 50 %, whatever the last
// bit of the quotient says.
const tolerance = 1e-9

// Status returns the word for a share of the error budget consumed, in percent.
// The lower bound belongs to the status; NaN is unknown.
func Status(consumedPercent float64) report.SLOStatus {
	share := consumedPercent/100 + tolerance
	switch {
	case math.IsNaN(share):
		return report.StatusUnknown
	case share < 0.5:
		return report.StatusHealthy
	case share < 0.8:
		return report.StatusWarning
	case share < 1:
		return report.StatusCritical
	default:
		return report.StatusExhausted
	}
}

// NewBudget returns the error budget of an objective over the window that holds
// the time at, when the SLI was measured as sli, 0 to 1:
//
//	total    = minutes of the window * (1 - target)
//	burned   = minutes elapsed * (1 - sli)
//	consumed = burned / total * 100
//
// A rolling window has elapsed as a whole. Of a calendar window only the part up
// to now has, and its budget is that of the whole period. The arithmetic is
// exact in decimals, with sli as its shortest decimal. An sli of NaN gives a
// budget of which only the total is known.
func NewBudget(o spec.Objective, w spec.Window, at time.Time, sli float64) report.Budget {
	start, end := w.Bounds(at)
	total := new(big.Rat).Mul(minutes(end.Sub(start)), o.Budget())
	budget := report.Budget{TotalMinutes: number(total)}
	lost, ok := lostShare(sli)
	if !ok || total.Sign() <= 0 {
		return budget
	}
	burned := new(big.Rat).Mul(minutes(at.Sub(start)), lost)
	consumed := new(big.Rat).Quo(burned, total)
	consumed.Mul(consumed, big.NewRat(100, 1))
	budget.BurnedMinutes = number(burned)
	budget.ConsumedPercent = number(consumed)
	budget.RemainingPercent = number(new(big.Rat).Sub(big.NewRat(100, 1), consumed))
	return budget
}

// BurnRate returns how fast the budget is used up when a share sli of the events
// is good: 1 uses it up exactly at the end of the window.
//
//	burn rate = (1 - sli) / (1 - target)
func BurnRate(o spec.Objective, sli float64) report.Number {
	lost, ok := lostShare(sli)
	if !ok || !o.Given() {
		return nil
	}
	return number(lost.Quo(lost, o.Budget()))
}

// lostShare returns 1 - sli in decimals.
func lostShare(sli float64) (*big.Rat, bool) {
	r, ok := new(big.Rat).SetString(strconv.FormatFloat(sli, 'g', -1, 64))
	if !ok {
		return nil, false
	}
	return r.Sub(big.NewRat(1, 1), r), true
}

func minutes(d time.Duration) *big.Rat { return big.NewRat(int64(d), int64(time.Minute)) }

func number(r *big.Rat) report.Number {
	f, _ := r.Float64()
	return report.Num(f)
}

// TimeToExhaustion returns how long remaining minutes of budget last when burned
// minutes were used in the time elapsed:
//
//	remaining / (burned / elapsed)
//
// It is 0 when nothing remains. It reports false when nothing was burned, and
// for more than 100 years.
func TimeToExhaustion(remaining, burned float64, elapsed time.Duration) (time.Duration, bool) {
	if remaining <= 0 {
		return 0, true
	}
	if burned <= 0 || elapsed <= 0 {
		return 0, false
	}
	left := remaining / burned * float64(elapsed)
	if left > float64(100*365*24*time.Hour) {
		return 0, false
	}
	return time.Duration(left), true
}

// exhaustsAt returns when the budget is used up if the errors go on as in the
// last 6 hours; nil if they do not use it up. In a rolling window old errors
// leave as new ones come, so that only a burn rate above 1 ends the budget. In a
// calendar window nothing leaves, and what lands behind its end does not count.
func exhaustsAt(w spec.Window, at time.Time, b report.Budget, burn6h report.Number) *time.Time {
	if b.TotalMinutes == nil || b.BurnedMinutes == nil {
		return nil
	}
	now := at.UTC()
	remaining := *b.TotalMinutes - *b.BurnedMinutes
	if Status(*b.ConsumedPercent) == report.StatusExhausted {
		return &now
	}
	start, end := w.Bounds(at)
	rolling := w.Calendar == spec.NoCalendar
	if burn6h == nil || rolling && *burn6h <= 1 {
		return nil
	}
	const look = 6 * time.Hour
	burned := *burn6h * *b.TotalMinutes * float64(look) / float64(end.Sub(start))
	left, ok := TimeToExhaustion(remaining, burned, look)
	if !ok || !rolling && now.Add(left).After(end) {
		return nil
	}
	when := now.Add(left).Truncate(time.Second)
	return &when
}
