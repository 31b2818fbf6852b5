package policy

import (
	"math"
	"time"
)

// Context is everything that a condition can look at. Numbers that are nil are
// not known; budgets are percent of the whole error budget.
type Context struct {
	// Now is the evaluation time, and Location the zone in which hour, date
	// and the like are taken; nil is UTC.
	Now      time.Time
	Location *time.Location

	Service, Team, Tier, Environment string
	// Metadata holds the service's metadata by dotted key. A key that is
	// absent reads as empty text.
	Metadata map[string]string

	// Branch and ChangeType belong to the deploy; empty is not known.
	Branch, ChangeType string

	// Budget belongs to the worst SLO that was measured.
	BudgetRemaining, BudgetConsumed *float64
	// WorstSLO is empty when nothing was measured.
	WorstSLO string
	// Burn is the fastest burn of any SLO.
	Burn BurnRates
	SLOs []SLO

	// Downstream is nil when nobody looked at the other services.
	Downstream *Downstream
}

// BurnRates are burn rates by look-back: 1 uses up the budget exactly at the end
// of the window.
type BurnRates struct{ Hour1, Hour6, Day3 *float64 }

// SLO is what a condition can ask about one SLO.
type SLO struct {
	Name string
	// Objective is in percent, SLI a share from 0 to 1.
	Objective, SLI      *float64
	Remaining, Consumed *float64
	Burn                BurnRates
}

// Downstream is who depends on the service.
type Downstream struct {
	// Consumers are the names of the direct dependents.
	Consumers []string
	// Count is the number of direct and transitive dependents, HighCriticality
	// of those that need the service critically or are critical themselves.
	Count, HighCriticality int
}

// variable is a name of the language and how it is read. The value is a
// float64, string, bool or []string after its kind; the text is why it is not
// known, empty when it is.
type variable struct {
	name string
	kind kind
	read func(Context) (value any, unknown string)
}

const (
	noBudget     = "no SLO was measured"
	noBurn       = "no burn rate was measured over this time"
	noDownstream = "not all services were read; name the folder that holds them with --services-dir"
	noDeploy     = "nobody said it for this deploy"
)

// variables returns the one table of the language's names.
func variables() []variable {
	vars := []variable{
		{"weekday", truth, func(c Context) (any, string) { return isWeekday(c.local()), "" }},
		{"hour", number, func(c Context) (any, string) { return float64(c.local().Hour()), "" }},
		{"minute", number, func(c Context) (any, string) { return float64(c.local().Minute()), "" }},
		{"day_of_week", number, func(c Context) (any, string) { return float64(dayOfWeek(c.local())), "" }},
		{"day", number, func(c Context) (any, string) { return float64(c.local().Day()), "" }},
		{"month", number, func(c Context) (any, string) { return float64(c.local().Month()), "" }},
		{"year", number, func(c Context) (any, string) { return float64(c.local().Year()), "" }},
		{"date", text, func(c Context) (any, string) { return c.local().Format(time.DateOnly), "" }},

		{"service", text, func(c Context) (any, string) { return c.Service, "" }},
		{"team", text, func(c Context) (any, string) { return c.Team, "" }},
		{"tier", text, func(c Context) (any, string) { return c.Tier, "" }},
		{"branch", text, func(c Context) (any, string) { return c.Branch, unless(c.Branch != "", noDeploy) }},
		{"change_type", text, func(c Context) (any, string) { return c.ChangeType, unless(c.ChangeType != "", noDeploy) }},

		{"budget_remaining", number, func(c Context) (any, string) { return measured(c.BudgetRemaining, noBudget) }},
		{"budget_consumed", number, func(c Context) (any, string) { return measured(c.BudgetConsumed, noBudget) }},
		{"burn_rate_6h", number, func(c Context) (any, string) { return measured(c.Burn.Hour6, noBurn) }},
		{"burn_rate_3d", number, func(c Context) (any, string) { return measured(c.Burn.Day3, noBurn) }},
		{"slo_count", number, func(c Context) (any, string) { return float64(len(c.SLOs)), "" }},
		{"worst_slo", text, func(c Context) (any, string) { return c.WorstSLO, unless(c.WorstSLO != "", noBudget) }},

		{"consumers", list, func(c Context) (any, string) {
			return c.downstream().Consumers, unless(c.Downstream != nil, noDownstream)
		}},
		{"downstream_count", number, func(c Context) (any, string) {
			return float64(c.downstream().Count), unless(c.Downstream != nil, noDownstream)
		}},
		{"high_criticality_downstream", number, func(c Context) (any, string) {
			return float64(c.downstream().HighCriticality), unless(c.Downstream != nil, noDownstream)
		}},
	}
	for _, name := range []string{"environment", "env"} {
		vars = append(vars, variable{name, text, func(c Context) (any, string) { return c.Environment, "" }})
	}
	for _, name := range []string{"burn_rate", "burn_rate_1h"} {
		vars = append(vars, variable{name, number, func(c Context) (any, string) { return measured(c.Burn.Hour1, noBurn) }})
	}
	return vars
}

func unless(known bool, why string) string {
	if known {
		return ""
	}
	return why
}

// measured returns a number, or why it is not known.
func measured(n *float64, why string) (any, string) {
	if n == nil || math.IsNaN(*n) {
		return 0.0, why
	}
	return *n, ""
}

// local is the evaluation time in the zone of the condition.
func (c Context) local() time.Time {
	if c.Location == nil {
		return c.Now.UTC()
	}
	return c.Now.In(c.Location)
}

func (c Context) downstream() Downstream {
	if c.Downstream == nil {
		return Downstream{}
	}
	return *c.Downstream
}

// sloFields returns the names that may stand behind slo('...').
func sloFields() []string {
	return []string{
		"remaining", "consumed", "burn_rate", "burn_rate_1h", "burn_rate_6h", "burn_rate_3d", "sli", "objective",
	}
}

func (s SLO) field(name string) (any, string) {
	switch name {
	case "remaining":
		return measured(s.Remaining, "its SLI was not measured")
	case "consumed":
		return measured(s.Consumed, "its SLI was not measured")
	case "burn_rate", "burn_rate_1h":
		return measured(s.Burn.Hour1, noBurn)
	case "burn_rate_6h":
		return measured(s.Burn.Hour6, noBurn)
	case "burn_rate_3d":
		return measured(s.Burn.Day3, noBurn)
	case "sli":
		return measured(s.SLI, "it was not measured")
	case "objective":
		return measured(s.Objective, "it has no valid objective")
	}
	return 0.0, "SLOs have no such number"
}

// facts is the environment of one evaluation in expr-lang: a translated
// condition calls its methods and nothing else.
type facts struct {
	context Context
	checks  []check
	read    map[string]func(Context) (any, string)
}

func newFacts(c Context, checks []check) *facts {
	f := &facts{context: c, checks: checks, read: map[string]func(Context) (any, string){}}
	for _, v := range variables() {
		f.read[v.name] = v.read
	}
	return f
}

// value reads a variable as a type.
func value[T any](f *facts, name string) (T, error) {
	var none T
	read, ok := f.read[name]
	if !ok {
		return none, &UnknownError{Name: name, Why: "there is no such value"}
	}
	raw, unknown := read(f.context)
	if unknown != "" {
		return none, &UnknownError{Name: name, Why: unknown}
	}
	typed, ok := raw.(T)
	if !ok {
		return none, &UnknownError{Name: name, Why: "it is of another kind"}
	}
	return typed, nil
}

// Number returns a number variable.
func (f *facts) Number(name string) (float64, error) { return value[float64](f, name) }

// Text returns a text variable.
func (f *facts) Text(name string) (string, error) { return value[string](f, name) }

// Truth returns a variable that is true or false.
func (f *facts) Truth(name string) (bool, error) { return value[bool](f, name) }

// List returns a list variable.
func (f *facts) List(name string) ([]string, error) { return value[[]string](f, name) }

// Label returns the service's metadata.
func (f *facts) Label(key string) string { return f.context.Metadata[key] }

// SLO returns a number of one SLO.
func (f *facts) SLO(name, field string) (float64, error) {
	spelled := "slo('" + name + "')." + field
	for _, s := range f.context.SLOs {
		if s.Name != name {
			continue
		}
		raw, unknown := s.field(field)
		n, ok := raw.(float64)
		if unknown != "" || !ok {
			return 0, &UnknownError{Name: spelled, Why: unknown}
		}
		return n, nil
	}
	return 0, &UnknownError{Name: spelled, Why: "the service has no SLO called " + name}
}

// Check answers a call whose arguments were all known when it was compiled.
func (f *facts) Check(number int) bool {
	if number < 0 || number >= len(f.checks) {
		return false
	}
	return f.checks[number](f.context.local())
}
