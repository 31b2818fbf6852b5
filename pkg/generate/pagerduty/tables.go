package pagerduty

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/nthlayer/action/pkg/spec"
)

// Level is a level of escalation.
type Level struct {
	// Name is primary, secondary or manager.
	Name string
	// Minutes is how long this level has to acknowledge before the next is told.
	Minutes int
}

// TierFacts is how fast and how often a tier escalates.
type TierFacts struct {
	Levels []Level
	// Loops is how often all levels are gone through again.
	Loops int
	// Urgency is high or low: high rings, low does not.
	Urgency string
}

// Tier returns how a tier escalates. A tier that is none escalates as standard.
func Tier(t spec.Tier) TierFacts {
	levels := func(minutes ...int) []Level {
		var out []Level
		for i, name := range []string{"primary", "secondary", "manager"}[:len(minutes)] {
			out = append(out, Level{name, minutes[i]})
		}
		return out
	}
	switch t {
	case spec.TierCritical:
		return TierFacts{levels(5, 15, 30), 3, "high"}
	case spec.TierHigh:
		return TierFacts{levels(15, 30, 60), 2, "high"}
	case spec.TierLow:
		return TierFacts{levels(60), 0, "low"}
	case spec.TierStandard:
	}
	return TierFacts{levels(30, 60), 1, "low"}
}

// Support is who answers the alerts of a service, and when.
type Support struct {
	// BusinessHours is set when the team answers in its business hours alone.
	BusinessHours bool
	// SRE is set when a team for all services answers, too: around the clock, or
	// outside of the business hours of the team.
	SRE bool
}

// SupportOf returns what a support model means: self, shared, sre or
// business_hours.
func SupportOf(model string) Support {
	switch model {
	case "shared":
		return Support{BusinessHours: true, SRE: true}
	case "sre":
		return Support{SRE: true}
	case "business_hours":
		return Support{BusinessHours: true}
	}
	return Support{}
}

// The business hours, in the time zone of the service, from Monday to Friday.
const (
	HoursStart = "09:00"
	HoursEnd   = "18:00"
)

// SRE is the name of the team that answers for all services.
const SRE = "sre"

// Slug is a name as it is written at PagerDuty and in the names of files: lower
// case, with hyphens. A name that has nothing of the kind is a digest of it.
func Slug(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(strings.TrimSpace(name)) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == ' ', r == '_', r == '-', r == '.', r == '/':
			b.WriteByte('-')
		default:
			return digested(name)
		}
	}
	if strings.Trim(b.String(), "-") == "" {
		return digested(name)
	}
	return b.String()
}

// digested keeps two names apart that differ in what a slug cannot hold.
func digested(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "team-" + hex.EncodeToString(sum[:4])
}
