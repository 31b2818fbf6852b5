package ruletests

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/generate/memo"
)

// stretch is a number of minutes in each of which so many events come. In a stretch
// that resets all counters begin anew, and no event is counted.
type stretch struct {
	minutes   int
	good, bad float64
	resets    bool
}

// course is what happens to a service in the minutes of a test.
type course struct {
	name      string
	stretches []stretch
	// sampled are the minutes that have a sample.
	sampled []int
	// memo keeps what is the same for all series of a kind.
	memo *memo.Memo
}

// allCourses asks for the courses.
type allCourses struct{}

// increaseOf asks for the events of a course in a window that ends at a minute.
type increaseOf struct {
	course string
	at     int
	window time.Duration
}

// counterOf asks for the values of a counter in a course.
type counterOf struct {
	course    string
	good, bad float64
}

func (c course) minutes() int {
	n := 0
	for _, s := range c.stretches {
		n += s.minutes
	}
	return n
}

// courses are those of the tests of what is recorded. In the first one every window
// has a share of bad events of its own, because traffic and failures change where a
// window begins; counters are reset in the last minutes.
func courses(m *memo.Memo) []course {
	return memo.Of(m, allCourses{}, func() []course {
		all := newCourses()
		for i := range all {
			all[i].memo, all[i].sampled = m, all[i].samples()
		}
		return all
	})
}

func newCourses() []course {
	const hour = 60
	return []course{
		{name: "traffic and failures change", stretches: []stretch{
			{minutes: 24 * hour, good: 6000, bad: 6000},
			{minutes: 48 * hour, good: 5880, bad: 120},
			{minutes: 18 * hour, good: 2400, bad: 300},
			{minutes: 4 * hour, good: 1800, bad: 600},
			{minutes: hour, good: 4800, bad: 60},
			{minutes: hour / 2, good: 900, bad: 300},
			{minutes: 25, good: 2400, bad: 1200},
			{minutes: 2, good: 3000, bad: 180},
			{minutes: 1, resets: true},
			{minutes: 2, good: 3000, bad: 180},
		}},
		{name: "nothing fails", stretches: []stretch{{minutes: 24*hour - dense, good: 600}, {minutes: dense, good: 600}}},
		{name: "everything fails", stretches: []stretch{{minutes: 24*hour - dense, bad: 600}, {minutes: dense, bad: 600}}},
		{name: "no traffic", stretches: []stretch{{minutes: 24*hour - dense}, {minutes: dense}}},
	}
}

// between adds up the events after one minute, up to another.
func (c course) between(from, to int) (good, bad float64) {
	begin := 0
	for _, s := range c.stretches {
		n := min(to, begin+s.minutes) - max(from, begin)
		if n > 0 {
			good, bad = good+float64(n)*s.good, bad+float64(n)*s.bad
		}
		begin += s.minutes
	}
	return good, bad
}

// during is the stretch that a minute is in, the first one before all minutes.
func (c course) during(minute int) stretch {
	end := 0
	for _, s := range c.stretches {
		if end += s.minutes; minute <= end {
			return s
		}
	}
	return stretch{}
}

// dense is how many minutes a stretch has at most of which each has a sample. Of a
// longer one there is a sample at the end of its first minute: windows begin and end
// where stretches do, and promtool takes no query of more than 10,000 samples.
const dense = 15

// samples are the minutes that have a sample.
func (c course) samples() []int {
	out := []int{0}
	begin := 0
	for _, s := range c.stretches {
		out = append(out, begin+1)
		for m := 2; m <= s.minutes && s.minutes <= dense; m++ {
			out = append(out, begin+m)
		}
		begin += s.minutes
	}
	return out
}

// increase is what increase shows of a window that ends at a minute: of the samples in
// it, and of the time to the edges of the window what is not much longer than between
// two samples.
func (c course) increase(at int, w time.Duration) (good, bad float64, ok bool) {
	type answer struct {
		good, bad float64
		ok        bool
	}
	a := memo.Of(c.memo, increaseOf{c.name, at, w}, func() (a answer) {
		a.good, a.bad, a.ok = c.increased(at, w)
		return a
	})
	return a.good, a.bad, a.ok
}

func (c course) increased(at int, w time.Duration) (good, bad float64, ok bool) {
	from := at - int(w/time.Minute)
	var in []int
	for _, m := range c.sampled {
		if m > from && m <= at {
			in = append(in, m)
		}
	}
	if len(in) < 2 {
		return 0, 0, false
	}
	first, last := in[0], in[len(in)-1]
	covered := float64(last - first)
	between := covered / float64(len(in)-1)
	edge := func(minutes int) float64 {
		if float64(minutes) >= 1.1*between {
			return between / 2
		}
		return float64(minutes)
	}
	times := (covered + edge(first-from) + edge(at-last)) / covered
	good, bad = c.between(first, last)
	return good * times, bad * times, true
}

// base is where counters begin: so high that no increase is cut short at 0.
const base = 100_000_000

// values prints a value at each minute that has a sample. Each stretch begins with
// one, and grows by so much a minute.
func (c course) values(at func(s stretch, minutes int) (value, grows string)) string {
	var b strings.Builder
	first, _ := at(stretch{}, 0)
	b.WriteString(first)
	for _, s := range c.stretches {
		value, grows := at(s, 1)
		b.WriteString(" " + value)
		switch {
		case s.minutes > dense:
			b.WriteString(" _x" + strconv.Itoa(s.minutes-1))
		case s.minutes > 1:
			b.WriteString(grows + "x" + strconv.Itoa(s.minutes-1))
		}
		at(s, s.minutes-1)
	}
	return b.String()
}

// counter prints a counter that grows by so much with each good and each bad event.
func (c course) counter(good, bad float64) string {
	return memo.Of(c.memo, counterOf{c.name, good, bad}, func() string { return c.printed(good, bad) })
}

func (c course) printed(good, bad float64) string {
	v := float64(base)
	return c.values(func(s stretch, minutes int) (string, string) {
		grows := s.good*good + s.bad*bad
		v += grows * float64(minutes)
		if s.resets {
			v = 0
		}
		if grows == 0 {
			return decimal(v), ""
		}
		return decimal(v), "+" + decimal(grows)
	})
}

// busy prints a counter that grows all the time.
func (c course) busy() string {
	return memo.Of(c.memo, counterOf{course: c.name}, func() string {
		other := course{stretches: slices.Clone(c.stretches)}
		for i := range other.stretches {
			other.stretches[i].good, other.stretches[i].resets = 7000, false
		}
		return other.printed(1, 0)
	})
}

// steady prints a value in all minutes.
func (c course) steady(v float64) string { return decimal(v) + "x" + strconv.Itoa(c.minutes()) }
