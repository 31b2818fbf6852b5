package logql

import (
	"slices"
	"time"

	"github.com/prometheus/common/model"
)

// overTime are the functions that make numbers of lines, overLabels those that join
// series. A name that is neither may be one of a later Loki.
func overTime() []string {
	return []string{
		"rate", "rate_counter", "count_over_time", "bytes_rate", "bytes_over_time", "absent_over_time", "sum_over_time", "avg_over_time",
		"max_over_time", "min_over_time", "first_over_time", "last_over_time", "stdvar_over_time", "stddev_over_time", "quantile_over_time",
	}
}

func overLabels() []string {
	return []string{"sum", "avg", "min", "max", "count", "stddev", "stdvar", "topk", "bottomk", "approx_topk", "sort", "sort_desc"}
}

// numbers reads an expression over numbers.
func (p *parser) numbers(depth int) {
	for !p.stopped() {
		p.term(depth)
		if p.stopped() || !p.at().is("+", "-", "*", "/", "%", "^", "==", "!=", ">", ">=", "<", "<=", "and", "or", "unless") {
			return
		}
		p.next++
		p.took("bool")
		for p.at().is("on", "ignoring", "group_left", "group_right") && !p.stopped() {
			p.next++
			if p.at().is("(") {
				p.labels()
			}
		}
	}
}

// term reads one operand.
func (p *parser) term(depth int) {
	for p.at().is("-", "+") {
		p.next++
	}
	w := p.at()
	switch {
	case depth > maxDepth:
		p.outside(w)
	case w.number():
		p.next++
	case p.took("("):
		if p.at().is("{") {
			p.outside(w)
			return
		}
		p.numbers(depth + 1)
		p.want(")")
	case slices.Contains(overTime(), w.text) && p.ahead(1).is("("):
		p.overTime()
	case slices.Contains(overLabels(), w.text) && p.ahead(1).is("(", "by", "without"):
		p.overLabels(depth)
	case w.is("vector") && p.ahead(1).is("(") && p.ahead(2).number() && p.ahead(3).is(")"):
		p.next += 4
	case w.is("{"):
		p.fault(w.start, w.end, "lines stand where a number is needed", "count them: count_over_time({...}[5m])")
	default:
		p.unexpected()
	}
}

// labels reads a list of labels in brackets.
func (p *parser) labels() {
	if !p.want("(") {
		return
	}
	for p.at().name() && !p.stopped() {
		p.next++
		if !p.comma(")") {
			break
		}
	}
	p.want(")")
}

func (p *parser) grouping() bool {
	if p.stopped() || !p.at().is("by", "without") {
		return false
	}
	p.next++
	p.labels()
	return true
}

func (p *parser) overLabels(depth int) {
	name := p.take()
	grouped := p.grouping()
	if !p.want("(") {
		return
	}
	param := p.param()
	p.numbers(depth + 1)
	if p.want(")") && !grouped {
		grouped = p.grouping()
	}
	p.joins(name, param, grouped)
}

// param takes the number in front of what a function is given, if there is one.
func (p *parser) param() word {
	if !p.at().number() || !p.ahead(1).is(",") {
		return word{}
	}
	w := p.take()
	p.next++
	return w
}

// overTime reads a function over the lines of a range.
func (p *parser) overTime() {
	name := p.take()
	p.next++ // its bracket
	param := p.param()
	if !p.at().is("{") {
		p.unexpected() // lines in brackets, or what a later Loki takes
		return
	}
	p.streams()
	ranged := p.period()
	unwrap := p.stages()
	if p.stopped() {
		return
	}
	if !ranged && !p.period() {
		if p.at().is(")") {
			p.fault(name.start, p.at().end, name.text+" needs a range", "write it behind the filters, as in [5m]")
		}
		p.unexpected()
		return
	}
	if p.want(")") {
		p.ranges(name, param, unwrap, p.grouping())
	}
}

// period reads a range in brackets with its offset, if one comes next.
func (p *parser) period() bool {
	if !p.took("[") {
		return false
	}
	w := p.at()
	switch {
	case p.ahead(1).text != "]":
		p.outside(w)
		return false
	case !period(w.text):
		p.fault(w.start, w.end, w.text+" is no duration", "write whole numbers and their units, the longest first, as in [5m] or [1h30m]")
		return false
	}
	p.next += 2
	if p.took("offset") {
		p.took("-")
		if !duration(p.at().text) {
			p.unexpected()
			return false
		}
		p.next++
	}
	return true
}

// period reports whether a text is the length of a range, which is one of Prometheus.
func period(text string) bool {
	_, err := model.ParseDuration(text)
	return err == nil
}

// duration reports whether a text is one for Loki, which takes those of Go and those
// of Prometheus.
func duration(text string) bool {
	if _, err := time.ParseDuration(text); err == nil {
		return true
	}
	_, err := model.ParseDuration(text)
	return err == nil
}
