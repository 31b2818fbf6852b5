package pagerduty

import (
	"cmp"
	"strconv"
	"time"

	"github.com/nthlayer/action/pkg/spec"
)

// Settings is what a service file says about PagerDuty: in a resource of that kind,
// else below service.pagerduty.
type Settings struct {
	values map[string]spec.Value[string]
}

// SettingsOf returns the settings of a service, false when its file says nothing
// about PagerDuty.
func SettingsOf(s *spec.Service) (Settings, bool) {
	out := Settings{map[string]spec.Value[string]{}}
	found := len(s.PagerDuty) > 0
	for _, e := range s.PagerDuty {
		out.values[e.Key] = e.Value
	}
	for _, r := range s.Resources {
		if r.Kind.V != "PagerDuty" {
			continue
		}
		found = true
		if r.Spec == nil {
			continue
		}
		for _, f := range r.Spec.Fields {
			if f.Value.Kind.Scalar() {
				out.values[f.Key] = spec.Value[string]{V: f.Value.Text, At: spec.OriginAt(f.Value.At, f.Value.Path)}
			}
		}
	}
	return out, found && out.text("enabled") != "false"
}

// At is where a setting is written, or another place for one that is not.
func (s Settings) At(key string, otherwise spec.Origin) spec.Origin {
	if v, ok := s.values[key]; ok {
		return v.At
	}
	return otherwise
}

func (s Settings) text(key string) string { return s.values[key].V }

// number returns a setting that is a whole number from 1 on, 0 for none.
func (s Settings) number(key string) int {
	n, err := strconv.Atoi(s.text(key))
	if err != nil || n < 1 {
		return 0
	}
	return n
}

// defaultTimezone is the zone of on-call hours when the file names none.
const defaultTimezone = "UTC"

// Timezone is the zone in which people work. A name that is none is not used, and
// given back as wrong.
func (s Settings) Timezone() (zone string, wrong spec.Value[string]) {
	named := s.values["timezone"]
	zone = cmp.Or(named.V, defaultTimezone)
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
		return defaultTimezone, named
	}
	return zone, spec.Value[string]{}
}
