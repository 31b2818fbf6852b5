package openslo

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/generate/manifest"
	"github.com/nthlayer/action/pkg/generate/servicefile"
	"github.com/nthlayer/action/pkg/slo"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
)

// slo takes over one document of an SLO. Several objectives are several SLOs.
func (i *importer) slo(d *document.Node) {
	m, b := d.Get("metadata"), d.Get("spec")
	name := text(b.Get("service"))
	if name == "" {
		i.lost(d, "", "the SLO "+text(m.Get("name"))+" is left out: it names no service", "add spec.service")
		return
	}
	s := i.service(name, b.Get("service"))
	notes := m.Get("annotations")
	s.take(func(key string) string { return text(notes.Get(ours + key)) })
	s.take(func(key string) string { return text(m.Get("labels").Get(key)) })
	r := reader{importer: i, service: s, at: d, notes: notes}
	e, ok := r.head(m, b)
	if !ok {
		return
	}
	if policies := b.Get("alertPolicies"); policies != nil && len(policies.Items) > 0 {
		i.add(policies, "import/left-out", "warning", name, "the alert policies of the SLO "+e.Name+" are left out", "nthlayer apply generates alerts on burn rates; see whether they say the same")
	}
	for k, o := range items(b.Get("objectives")) {
		one := e
		if k > 0 {
			one.Name += "-" + strconv.Itoa(k+1)
		}
		if r.objective(&one, b, o) {
			s.file.SLOs = append(s.file.SLOs, one)
			s.from = append(s.from, manifest.Item{What: "the SLO " + one.Name, Origin: spec.OriginAt(d.At, d.Path)})
		}
	}
}

func items(n *document.Node) []*document.Node {
	if n == nil {
		return nil
	}
	return n.Items
}

// reader reads one document.
type reader struct {
	*importer
	service   *service
	at, notes *document.Node
}

func (r reader) lost(n *document.Node, message, fix string) bool {
	if n == nil {
		n = r.at
	}
	r.importer.lost(n, r.service.file.Name, message, fix)
	return false
}

func (r reader) changed(n *document.Node, message, fix string) {
	r.importer.changed(n, r.service.file.Name, message, fix)
}

// head reads what all objectives of a document have in common.
func (r reader) head(m, b *document.Node) (servicefile.SLO, bool) {
	e := servicefile.SLO{Description: text(b.Get("description"))}
	e.Name = cmp.Or(text(r.notes.Get(ours+"slo")), strings.TrimPrefix(text(m.Get("name")), r.service.file.Name+"-"))
	if e.Name == "" {
		return e, r.lost(m, "an SLO without a name is left out", "add metadata.name")
	}
	e.Labels = r.labels(m.Get("labels"))
	windows := items(b.Get("timeWindow"))
	if len(windows) == 0 {
		e.Window = cmp.Or(r.options.Window, spec.DefaultWindow)
		r.changed(b, "the SLO "+e.Name+" has no time window; "+e.Window+" is taken", "add timeWindow:, or pass --window")
		return e, true
	}
	var ok bool
	e.Window, ok = r.window(windows[0], e.Name)
	return e, ok && len(items(b.Get("objectives"))) > 0 || ok && r.lost(b, "the SLO "+e.Name+" is left out: it has no objective", "add objectives:")
}

// labels takes over what is no fact of the service.
func (r reader) labels(n *document.Node) map[string]string {
	out := map[string]string{}
	if n == nil {
		return out
	}
	for _, f := range n.Fields {
		value := f.Value
		if value.Kind == document.Sequence {
			if len(value.Items) != 1 {
				r.changed(value, "the label "+f.Key+" is left out: a service file takes one value for each", "keep one value")
				continue
			}
			value = value.Items[0]
		}
		fact := map[string]string{"team": r.service.file.Team, "tier": r.service.file.Tier}[f.Key]
		if text(value) != fact || fact == "" {
			out[f.Key] = text(value)
		}
	}
	return out
}

// window turns a time window into that of a service file.
func (r reader) window(n *document.Node, name string) (string, bool) {
	duration := text(n.Get("duration"))
	left := func(why string) (string, bool) {
		return "", r.lost(n, "the SLO "+name+" is left out: "+why, "use a rolling window from 1h to 90d, or calendar weeks, months or quarters in UTC")
	}
	if text(n.Get("isRolling")) != "true" {
		w, ok := calendarOf(duration, n.Get("calendar"))
		if !ok {
			return left("a service file has no calendar window of " + duration + " that begins " + text(n.Get("calendar").Get("startTime")) + " " + text(n.Get("calendar").Get("timeZone")))
		}
		return w, true
	}
	if days, ok := map[string]string{"1M": "30d", "3M": "90d", "1Q": "90d"}[duration]; ok {
		r.changed(n, "the rolling window "+duration+" of the SLO "+name+" is taken for "+days, "write the length in days")
		duration = days
	}
	if _, err := spec.ParseWindow(duration); err != nil {
		return left(err.Error())
	}
	return duration, true
}

// calendarOf returns the calendar window of a service file that begins where
// OpenSLO's does.
func calendarOf(duration string, c *document.Node) (string, bool) {
	start, err := time.Parse(time.DateTime, text(c.Get("startTime")))
	zone := text(c.Get("timeZone"))
	midnight := start.Equal(start.Truncate(24 * time.Hour))
	switch {
	case err != nil || !midnight || zone != "UTC" && zone != "Etc/UTC":
		return "", false
	case (duration == "1w" || duration == "7d") && start.Weekday() == time.Monday:
		return "calendar-week", true
	case duration == "1M" && start.Day() == 1:
		return "calendar-month", true
	case (duration == "1Q" || duration == "3M") && start.Day() == 1 && (start.Month()-1)%3 == 0:
		return "calendar-quarter", true
	}
	return "", false
}

// objective reads one objective and its SLI.
func (r reader) objective(e *servicefile.SLO, b, o *document.Node) bool {
	target, scale := o.Get("target"), int64(100)
	if target.IsNull() {
		target, scale = o.Get("targetPercent"), 1
	}
	share, ok := number(target)
	if !ok {
		return r.lost(o, "an objective of the SLO "+e.Name+" is left out: it has no target", "add target: 0.999")
	}
	if e.Objective, ok = r.percent(target, share.Mul(share, big.NewRat(scale, 1)), r.service.file.Name); !ok {
		return false
	}
	if o.Has("indicator") || o.Has("indicatorRef") {
		return r.lost(o, "an objective of the SLO "+e.Name+" is left out: it has an indicator of its own, and a service file has no SLOs made of others", "make it an SLO of its own")
	}
	sli := b.Get("indicator").Get("spec")
	if ref := b.Get("indicatorRef"); !ref.IsNull() {
		if sli, ok = r.indicators[text(ref)]; !ok {
			return r.lost(ref, "the SLO "+e.Name+" is left out: its indicator "+text(ref)+" is not in this file", "put the SLI into the same file")
		}
	}
	if !r.sli(e, sli, o) {
		return false
	}
	r.foreign(e, b)
	if !r.restored(e) {
		return false
	}
	r.spent(e, b)
	return true
}

// sli reads an indicator.
func (r reader) sli(e *servicefile.SLO, n, o *document.Node) bool {
	ratio, threshold := n.Get("ratioMetric"), n.Get("thresholdMetric")
	switch {
	case threshold != nil:
		op, ok := reversed()[text(o.Get("op"))]
		value, isNumber := number(o.Get("value"))
		if !ok || !isNumber {
			return r.lost(o, "the SLO "+e.Name+" is left out: its threshold needs op and value", "add op: lte and value:")
		}
		e.Op, e.Threshold = op, manifest.Number(servicefile.Decimal(value))
		return r.query(e, threshold, &e.Metric)
	case ratio.Get("raw") != nil:
		if !r.query(e, ratio.Get("raw"), &e.Query) {
			return false
		}
		if text(ratio.Get("rawType")) == "failure" {
			e.Query = "1 - (" + e.Query + ")"
		}
		return true
	case ratio.Get("total") != nil && ratio.Get("good") != nil:
		return r.query(e, ratio.Get("good"), &e.GoodQuery) && r.query(e, ratio.Get("total"), &e.TotalQuery)
	case ratio.Get("total") != nil && ratio.Get("bad") != nil:
		return r.query(e, ratio.Get("bad"), &e.ErrorQuery) && r.query(e, ratio.Get("total"), &e.TotalQuery)
	}
	return r.lost(n, "the SLO "+e.Name+" is left out: its indicator has no queries", "add ratioMetric with good and total, or thresholdMetric")
}

func reversed() map[string]string {
	out := map[string]string{}
	for sign, word := range words() {
		out[word] = sign
	}
	return out
}

// query reads the query of a metric. Only those of Prometheus are PromQL.
func (r reader) query(e *servicefile.SLO, n *document.Node, into *string) bool {
	source := n.Get("metricSource")
	if kind := text(source.Get("type")); kind != "" && !strings.EqualFold(kind, "prometheus") {
		return r.lost(source, "the SLO "+e.Name+" is left out: its metrics come from "+kind, "only PromQL is read")
	}
	if ref := source.Get("metricSourceRef"); !ref.IsNull() {
		r.add(ref, "import/left-out", "info", r.service.file.Name, "the data source "+text(ref)+" is left out", "give the address of Prometheus with --prometheus-url")
	}
	for _, key := range []string{"query", "promql", "expr"} {
		if *into = text(source.Get("spec").Get(key)); *into != "" {
			return true
		}
	}
	return r.lost(n, "the SLO "+e.Name+" is left out: its metric has no query", "add metricSource.spec.query")
}

// spent says where a budget is spent otherwise than the document wants.
func (r reader) spent(e *servicefile.SLO, b *document.Node) {
	method := b.Get("budgetingMethod")
	rec, err := r.recording(r.service.file.Name, *e)
	if err != nil {
		return
	}
	is := occurrences
	switch p := rec.Parts(); {
	case p.Metric != "":
		is = timeslices
	case p.Ratio != "":
		is = ratioTimeslices
	}
	meaning := map[string]string{
		occurrences: "events are counted over the whole window", timeslices: "time is counted in which the threshold holds",
		ratioTimeslices: "the ratio is averaged over time",
	}
	points := is == timeslices && text(method) == occurrences // of equal distance, which is time again
	if method != nil && text(method) != is && !points {
		r.changed(method, fmt.Sprintf("the budget of the SLO %s is spent by %s in the document; here %s", e.Name, text(method), meaning[is]), "see whether the objective still means what it should")
	}
}

// restored takes the indicator that the annotations keep, if it gives what the
// document says, and checks that the SLI can be taken at all.
func (r reader) restored(e *servicefile.SLO) bool {
	if _, err := r.recording(r.service.file.Name, *e); err != nil {
		return r.lost(nil, "the SLO "+e.Name+" is left out: "+err.Error(), "")
	}
	old := servicefile.SLO{Name: e.Name}
	note := func(key string) string { return text(r.notes.Get(ours + key)) }
	old.Query, old.LatencyQuery = note("query"), note("latency-query")
	old.GoodQuery, old.ErrorQuery, old.TotalQuery = note("good-query"), note("error-query"), note("total-query")
	if ms, ok := number(r.notes.Get(ours + "threshold-ms")); ok {
		old.ThresholdMS = manifest.Number(servicefile.Decimal(ms))
	}
	if !slices.ContainsFunc([]string{old.Query, old.LatencyQuery, old.TotalQuery}, func(q string) bool { return q != "" }) {
		return true
	}
	kept, err := r.recording(r.service.file.Name, old)
	was, is := kept.Parts(), slo.Parts{Good: e.GoodQuery, Bad: e.ErrorQuery, Total: e.TotalQuery, Ratio: e.Query}
	if err != nil || was != is {
		r.changed(r.notes, "the queries of the SLO "+e.Name+" were changed since nthlayer wrote its annotations; the queries count", "remove the annotations that begin with "+ours+" if they are out of date")
		return true
	}
	e.Query, e.LatencyQuery, e.ThresholdMS = old.Query, old.LatencyQuery, old.ThresholdMS
	e.GoodQuery, e.ErrorQuery, e.TotalQuery = old.GoodQuery, old.ErrorQuery, old.TotalQuery
	return true
}
