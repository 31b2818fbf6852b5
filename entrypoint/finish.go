package entrypoint

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/host/github"
	"github.com/nthlayer/action/pkg/render"
)

// finish says what was not delivered: one notice, a table in the log and the
// summary, and the last outputs.
func (d *deliverer) finish() {
	d.decide(d.result.Undelivered())
	d.jobFilesAgain()
	missing := d.result.Undelivered()
	d.decide(missing)
	if d.to.Runner == nil {
		// A log that cannot be written has nowhere left to say so.
		_ = d.plain(d.filesWritten() + d.published())
		if len(missing) > 0 {
			_ = d.plain(render.TerminalLines(notice(missing, d.settings.Host, d.result.ExitCode != d.rep.ExitCode)) + "\n")
		}
		return
	}
	errOutputs := d.to.Runner.SetOutputs(d.lastOutputs()...)
	if errOutputs != nil && !d.failed(SurfaceOutputs) {
		missing = append(missing, Item{Surface: SurfaceOutputs, Outcome: Undelivered, Why: errOutputs.Error()})
		d.decide(missing)
	}
	if len(missing) == 0 {
		return
	}
	message := notice(missing, d.settings.Host, d.result.ExitCode != d.rep.ExitCode)
	_ = d.to.Runner.Say("notice", "Not everything was delivered", message)
	_ = d.to.Runner.Summarise("\n" + deliveryTable(d.result.Items))
}

// filesWritten names the files of the run, one a line.
func (d *deliverer) filesWritten() string {
	var b strings.Builder
	files := d.settings.Deliver.files()
	for _, i := range d.result.Items {
		ofFile := slices.ContainsFunc(files, func(f reportFile) bool { return f.surface == i.Surface })
		if ofFile && i.Outcome == Delivered {
			fmt.Fprintf(&b, "wrote %s (%s)\n", render.TerminalText(i.Why), strings.TrimSuffix(string(i.Surface), "-file"))
		}
	}
	return b.String()
}

// decide sets the exit code of the run. What is missing does not change it, unless
// that is wanted: a run that would pass then ends as one that could not be decided.
func (d *deliverer) decide(missing []Item) {
	d.result.ExitCode = d.rep.ExitCode
	if !d.settings.Deliver.Strict || len(missing) == 0 {
		return
	}
	if d.rep.ExitCode == ExitPass || d.rep.ExitCode == ExitWarn {
		d.result.ExitCode = ExitUnknown
	}
}

// lastOutputs returns the outputs that are known at the end. Of an output that was
// written twice the last value counts.
func (d *deliverer) lastOutputs() []github.Output {
	out := deliveryOutputs(d.result)
	if d.result.ExitCode != d.rep.ExitCode {
		out = append(out, github.Output{Name: "exit-code", Value: strconv.Itoa(d.result.ExitCode)})
	}
	return out
}
