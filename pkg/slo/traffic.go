package slo

import (
	"math"

	"github.com/nthlayer/action/pkg/spec"
)

// LowTraffic is what an objective means for a service that is asked little.
type LowTraffic struct {
	// Burn is the burn rate of one bad event in a window.
	Burn float64
	// Allowed is how many bad events the objective allows in its whole period.
	Allowed float64
}

// NewLowTraffic works out what one bad event means, from the events in the window of
// an alert and in the period of the objective. False where there are no events or no
// objective.
func NewLowTraffic(o spec.Objective, inWindow, inPeriod float64) (LowTraffic, bool) {
	if !o.Given() || !(inWindow > 0) || math.IsInf(inWindow, 0) || math.IsInf(inPeriod, 0) {
		return LowTraffic{}, false
	}
	budget, _ := o.Budget().Float64()
	return LowTraffic{Burn: 1 / (inWindow * budget), Allowed: inPeriod * budget}, true
}
