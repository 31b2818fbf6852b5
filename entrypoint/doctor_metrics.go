package entrypoint

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
)

// cheapQuery is answered by every server without looking at a series.
const cheapQuery = "vector(1)"

// aboutMetrics asks the source of samples one cheap query, in the way of a run.
func (d *doctor) aboutMetrics(ctx context.Context) {
	const group, name = "metrics", "source"
	s := d.settings
	asking := d.asking()
	switch {
	case s.Prometheus.URL == "" && len(asking) == 0:
		d.ok(group, name, "none: the stages of this run ask nobody")
		return
	case s.Prometheus.URL == "":
		d.withoutSource(group, name, asking)
		return
	case slices.ContainsFunc(d.found.inputs, aboutSource):
		d.unknown(group, name, "it is not asked while its inputs are wrong", "Correct the inputs first.")
		return
	}
	src, err := d.with.Open(ctx, s)
	if err != nil {
		d.wrong(group, name, err.Error(), "Correct the input prometheus-url, or the file that it names.")
		return
	}
	answer, err := src.Query(ctx, cheapQuery, d.env.now())
	info := src.Info()
	switch {
	case err != nil:
		d.notAnswered(group, name, err)
	case len(answer.Warnings) > 0:
		d.warn(group, name, info.Name+" answers with warnings: "+strings.Join(answer.Warnings, "; "), "Look into the server's log: what is absent from partial answers is unknown.")
	case !info.History && slices.Contains(asking, "gate"):
		d.warn(group, name, info.Name+" knows one moment only, so that the gate has no budget to decide on", "Give prometheus-url a server or a snapshot, or leave the gate out of stages.")
	default:
		d.ok(group, name, info.Name+" answers"+d.login())
	}
}

// aboutSource reports whether a problem is one of the inputs for the source.
func aboutSource(problem string) bool {
	return strings.HasPrefix(problem, "prometheus-") || strings.HasPrefix(problem, "ca-file")
}

// asking are the stages of the run that need a source of samples.
func (d *doctor) asking() []string {
	if d.settings.FromReport != "" {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(d.settings.Stages), func(stage string) bool { return stage != "verify" && stage != "gate" })
}

// withoutSource says what the stages come to that have nobody to ask.
func (d *doctor) withoutSource(group, name string, asking []string) {
	says := "no prometheus-url is given: nothing can be decided by " + strings.Join(asking, " and ")
	fix := "Give the input prometheus-url, or leave these stages out, as with stages: lint."
	for _, stage := range asking {
		if d.settings.Exit.Stage(stage, report.Undecidable) > ExitWarn {
			d.failed(group, name, says, fix)
			return
		}
	}
	d.warn(group, name, says, fix)
}

func (d *doctor) login() string {
	p := d.settings.Prometheus
	switch {
	case p.Token != "":
		return ", with a bearer token"
	case p.Username != "":
		return ", with a user name and a password"
	}
	return ""
}

// notAnswered adds the check of a source that did not answer: what will stay so
// until somebody corrects it fails, what may be over in a minute is unknown.
func (d *doctor) notAnswered(group, name string, err error) {
	e, ok := errors.AsType[*source.Error](err)
	if !ok {
		d.failed(group, name, err.Error(), "Check prometheus-url.")
		return
	}
	switch e.Kind {
	case source.Timeout, source.Limited, source.ServerFault, source.Canceled:
		d.unknown(group, name, e.Message, sentence(e.Hint))
	case source.Unreachable, source.Unauthorized, source.Rejected, source.Malformed, source.Unsupported:
		d.failed(group, name, e.Message, sentence(e.Hint))
	}
}

// sentence makes a hint one.
func sentence(hint string) string {
	if hint == "" {
		return "Check prometheus-url."
	}
	return strings.ToUpper(hint[:1]) + hint[1:] + "."
}
