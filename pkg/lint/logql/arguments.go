package logql

import (
	"slices"
	"strconv"
)

// joins makes sure of what a function over labels is given.
func (p *parser) joins(name, param word, grouped bool) {
	counts := name.is("topk", "bottomk", "approx_topk")
	switch n, err := strconv.Atoi(param.text); {
	case counts && param.text == "":
		p.fault(name.start, name.end, name.text+" needs the number of series that are kept", "write it first, as in "+name.text+"(5, ...)")
	case counts && (err != nil || n < 1):
		p.wrong(param, name.text+" takes a whole number from 1 on, not "+param.text, "write how many series are kept, as in "+name.text+"(5, ...)")
	case !counts && param.text != "":
		p.fault(param.start, param.end, name.text+" takes no number", "remove it")
	case grouped && name.is("approx_topk", "sort", "sort_desc"):
		p.fault(name.start, name.end, name.text+" takes no by or without", "group inside of it, as in "+name.text+"(sum by (app) (...))")
	}
}

// ranges makes sure of what a function over time is given.
func (p *parser) ranges(name, param, unwrap word, grouped bool) {
	quantile := name.is("quantile_over_time")
	_, err := strconv.ParseFloat(param.text, 64)
	switch {
	case quantile && param.text == "":
		p.fault(name.start, name.end, name.text+" needs the quantile", "write it first, as in "+name.text+"(0.99, ...)")
	case quantile && err != nil:
		p.wrong(param, param.text+" is no quantile", "write a number from 0 to 1, as in "+name.text+"(0.99, ...)")
	case !quantile && param.text != "":
		p.fault(param.start, param.end, name.text+" takes no number", "remove it")
	case unwrap.text == "" && slices.Contains(needUnwrap(), name.text):
		p.fault(name.start, name.end, name.text+" needs a number of each line, and no unwrap names one", "name the label that holds it behind the filters, as in | json | unwrap bytes [5m]")
	case unwrap.text != "" && name.is("count_over_time", "bytes_rate", "bytes_over_time"):
		p.fault(unwrap.start, unwrap.end, name.text+" is about lines, and unwrap makes numbers of them", "remove unwrap, or take a function over numbers, as in sum_over_time")
	case grouped && !slices.Contains(mayGroup(), name.text):
		p.fault(name.start, name.end, name.text+" takes no by or without", "group around it, as in sum by (app) ("+name.text+"(...))")
	}
}

// needUnwrap are the functions over time that take numbers alone.
func needUnwrap() []string { return append(mayGroup(), "rate_counter", "sum_over_time") }

// mayGroup are the functions over time that by and without may stand behind.
func mayGroup() []string {
	return []string{
		"avg_over_time", "max_over_time", "min_over_time", "first_over_time", "last_over_time", "stdvar_over_time", "stddev_over_time", "quantile_over_time",
	}
}
