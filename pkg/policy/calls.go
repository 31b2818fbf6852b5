package policy

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// check is a call whose arguments are all constants. It gets the evaluation time
// in the zone of the condition.
type check func(now time.Time) bool

// function is a function of the language. Exactly one of make and emit is set.
type function struct {
	name string
	// usage shows every form of the call.
	usage string
	// make returns the check of a call, and false when the arguments are not
	// of the form that the usage shows.
	make func(t *translator, args []token) (check, bool)
	// emit writes a call that looks at more than the time.
	emit func(t *translator, args []token) (kind, bool)
}

// functions returns the one table of the language's functions.
func functions() []function {
	return []function{
		{name: "weekday", usage: "weekday()", make: makeWeekday},
		{name: "peak_traffic", usage: "peak_traffic()", make: makePeakTraffic},
		{
			name:  "business_hours",
			usage: "business_hours() or business_hours(9, 18) or business_hours(9, 18, 'Europe/Dublin')",
			make:  makeBusinessHours,
		},
		{
			name:  "freeze_period",
			usage: "freeze_period('2024-12-20', '2025-01-02') or freeze_period('2024-12-20', '2025-01-02', 'Europe/Dublin')",
			make:  makeFreezePeriod,
		},
		{name: "between", usage: "between('22:00', '06:00')", make: makeBetween},
		{name: "day", usage: "day('fri') or day('sat', 'sun')", make: makeDay},
		{name: "label", usage: "label('region')", emit: emitLabel},
		{name: "slo", usage: "slo('availability').remaining", emit: emitSLO},
	}
}

// call reads the parentheses behind a function's name. All arguments are
// constants, so that whatever is wrong with them is found here.
func (t *translator) call(name token) operand {
	args := t.arguments()
	end := t.tokens[max(0, t.at-1)].end
	for _, f := range functions() {
		if f.name != name.text || t.err != nil {
			continue
		}
		return t.callOf(f, name, args, end)
	}
	t.fail(name.start, name.end, "there is no function called "+name.text, suggestFunction(name.text))
	return operand{start: name.start, end: end}
}

func (t *translator) callOf(f function, name token, args []token, end int) operand {
	result := operand{kind: truth, start: name.start, end: end}
	var ok bool
	if f.emit != nil {
		result.kind, ok = f.emit(t, args)
		result.end = t.tokens[max(0, t.at-1)].end
	} else {
		var c check
		if c, ok = f.make(t, args); ok {
			t.emit("Check(" + strconv.Itoa(len(t.checks)) + ")")
			t.checks = append(t.checks, c)
		}
	}
	if !ok {
		t.fail(name.start, end, f.name+" is not called like this", "write "+f.usage)
	}
	return result
}

// arguments takes the parentheses and the constants in them.
func (t *translator) arguments() []token {
	open := t.take()
	var args []token
	if t.peek().is(")") {
		t.take()
		return nil
	}
	for {
		arg := t.take()
		if arg.kind != numberToken && arg.kind != textToken {
			suggestion := ""
			if arg.kind == wordToken {
				suggestion = "if it is text, quote it: '" + arg.text + "'"
			}
			t.fail(arg.start, arg.end, "expected a number or a quoted text, found "+arg.shown(), suggestion)
			return nil
		}
		args = append(args, arg)
		if !t.peek().is(",") {
			break
		}
		t.take()
	}
	t.closing(open, ")")
	return args
}

// kinds reports whether the arguments are of the kinds, in order.
func kinds(args []token, want ...kindOfToken) bool {
	return slices.EqualFunc(args, want, func(a token, k kindOfToken) bool { return a.kind == k })
}

func makeWeekday(_ *translator, args []token) (check, bool) { return isWeekday, len(args) == 0 }

// makePeakTraffic checks for 10:00 to 12:00 and 14:00 to 16:00.
func makePeakTraffic(_ *translator, args []token) (check, bool) {
	return func(now time.Time) bool {
		h := now.Hour()
		return 10 <= h && h < 12 || 14 <= h && h < 16
	}, len(args) == 0
}

// makeBusinessHours checks for Monday to Friday, from the first hour to before
// the second; 9 to 17 when none are given.
func makeBusinessHours(t *translator, args []token) (check, bool) {
	from, to := 9, 17
	var zone *time.Location
	switch {
	case kinds(args):
	case kinds(args, numberToken, numberToken), kinds(args, numberToken, numberToken, textToken):
		var ok bool
		if from, ok = t.hourOf(args[0]); ok {
			to, ok = t.hourOf(args[1])
		}
		if ok && from >= to {
			t.fail(args[0].start, args[1].end, "business hours end before they begin", "write the earlier hour first")
		}
		if len(args) == 3 {
			zone = t.zoneOf(args[2])
		}
	default:
		return nil, false
	}
	return func(now time.Time) bool {
		now = in(now, zone)
		return isWeekday(now) && from <= now.Hour() && now.Hour() < to
	}, true
}

func (t *translator) hourOf(arg token) (int, bool) {
	hour, err := strconv.Atoi(arg.text)
	if err != nil || hour < 0 || hour > 24 {
		t.fail(arg.start, arg.end, arg.text+" is not an hour", "hours are whole numbers from 0 to 24")
		return 0, false
	}
	return hour, true
}

// makeFreezePeriod checks for the days or the moments from the first to the
// second, both included.
func makeFreezePeriod(t *translator, args []token) (check, bool) {
	if !kinds(args, textToken, textToken) && !kinds(args, textToken, textToken, textToken) {
		return nil, false
	}
	var zone *time.Location
	if len(args) == 3 {
		zone = t.zoneOf(args[2])
	}
	from, to := args[0], args[1]
	if isDate(from.text) && isDate(to.text) {
		if from.text > to.text {
			t.failReversed(from, to)
		}
		return func(now time.Time) bool {
			today := in(now, zone).Format(time.DateOnly)
			return from.text <= today && today <= to.text
		}, true
	}
	begin, ok := t.momentOf(from)
	if !ok {
		return nil, true
	}
	finish, ok := t.momentOf(to)
	if ok && begin.After(finish) {
		t.failReversed(from, to)
	}
	return func(now time.Time) bool { return !now.Before(begin) && !now.After(finish) }, true
}

func (t *translator) failReversed(from, to token) {
	t.fail(from.start, to.end, "the period ends before it begins", "write the earlier date first")
}

func (t *translator) momentOf(arg token) (time.Time, bool) {
	moment, err := time.Parse(time.RFC3339, arg.text)
	if err != nil {
		t.fail(arg.start, arg.end, "not a date or a time: "+arg.text,
			"write two dates as in '2024-12-20', or two times with their zone as in '2024-12-20T18:00:00Z'")
	}
	return moment, err == nil
}

// makeBetween checks for a time of day from the first to before the second. A
// range whose end is not behind its beginning goes over midnight.
func makeBetween(t *translator, args []token) (check, bool) {
	if !kinds(args, textToken, textToken) {
		return nil, false
	}
	from, ok := t.clockOf(args[0])
	if !ok {
		return nil, true
	}
	to, ok := t.clockOf(args[1])
	if ok && from == to {
		t.fail(args[0].start, args[1].end, "the range is empty: it begins when it ends", "leave the call out for the whole day")
	}
	return func(now time.Time) bool {
		minute := now.Hour()*60 + now.Minute()
		if from < to {
			return from <= minute && minute < to
		}
		return from <= minute || minute < to
	}, true
}

// clockOf returns the minute of the day. 24:00 is the end of the day.
func (t *translator) clockOf(arg token) (int, bool) {
	if arg.text == "24:00" {
		return 24 * 60, true
	}
	clock, err := time.Parse("15:04", arg.text)
	if err != nil {
		t.fail(arg.start, arg.end, "not a time of day: "+arg.text, "write it as in '22:00'")
	}
	return clock.Hour()*60 + clock.Minute(), err == nil
}

func makeDay(t *translator, args []token) (check, bool) {
	var days []time.Weekday
	for _, arg := range args {
		day, ok := parseDay(arg.text)
		if !ok && arg.kind == textToken {
			t.fail(arg.start, arg.end, "not a day of the week: "+arg.text, "write mon, tue, wed, thu, fri, sat or sun")
		}
		if !ok {
			return nil, arg.kind == textToken
		}
		days = append(days, day)
	}
	return func(now time.Time) bool { return slices.Contains(days, now.Weekday()) }, len(args) > 0
}

// parseDay reads the name of a day or its first three letters, in any case.
func parseDay(name string) (time.Weekday, bool) {
	name = strings.ToLower(name)
	for day := time.Sunday; day <= time.Saturday; day++ {
		full := strings.ToLower(day.String())
		if name == full || name == full[:3] {
			return day, true
		}
	}
	return 0, false
}

func emitLabel(t *translator, args []token) (kind, bool) {
	if !kinds(args, textToken) {
		return noKind, false
	}
	t.emitKey(args[0], args[0].text)
	return text, true
}

func sloFix(name string, slos []string) string {
	if len(slos) == 0 {
		return "add a resource of kind SLO"
	}
	return didYouMean(name, slices.Clone(slos))
}

// emitSLO reads the field behind the call as well.
func emitSLO(t *translator, args []token) (kind, bool) {
	if !kinds(args, textToken) || !t.peek().is(".") {
		return noKind, false
	}
	if t.names != nil && !slices.Contains(t.names.SLOs, args[0].text) {
		t.fail(args[0].start, args[0].end, "the service has no SLO called "+args[0].text, sloFix(args[0].text, t.names.SLOs))
		return number, true
	}
	t.take()
	field := t.take()
	if field.kind != wordToken || !slices.Contains(sloFields(), field.text) {
		t.fail(field.start, field.end, "an SLO has no "+field.shown(), didYouMean(field.text, sloFields()))
		return number, true
	}
	t.emit("SLO(" + quote(args[0].text) + ", " + quote(field.text) + ")")
	return number, true
}
