package entrypoint

import (
	"context"
	"strconv"

	"github.com/nthlayer/action/pkg/host/github"
	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// earlyOutputs are the outputs of a run that ends without a report.
func earlyOutputs(code int) []github.Output {
	outputs := []github.Output{{Name: "verdict"}, {Name: "exit-code", Value: strconv.Itoa(code)}}
	if code == ExitUnknown {
		outputs[0].Value = string(report.Undecidable)
	}
	return outputs
}

// withdraw removes the files that a run would have written. What lies there is not
// of this run: an earlier one left it, or the change brought it along, and the job
// would upload it as the result. The dotenv file says how the run ended.
func (c *ci) withdraw(ctx context.Context, code int) {
	// The run has told what is wrong with the inputs. A path that is wrong is empty. A
	// run that was cancelled has to know as well what it must not remove.
	s, _ := c.prepare(context.WithoutCancel(ctx), c.inputs)
	reads := InputsOf(s, s.Files)
	if s.FromReport != "" {
		reads.Add(s.FromReport, "from-report")
	}
	for _, f := range s.Deliver.files() {
		if f.path == "" || reads.At(f.path) != "" {
			continue
		}
		err := removeInside(s.Workspace, f.path)
		if err == nil && f.surface == SurfaceDotenv {
			err = writeInside(s.Workspace, f.path, earlyDotenv(code))
		}
		if err != nil {
			c.plain(f.path + " is not of this run: " + err.Error())
		}
	}
}

func earlyDotenv(code int) []byte {
	var variables []render.Property
	for _, o := range earlyOutputs(code) {
		variables = append(variables, render.Property{Name: resultPrefix + o.Name, Value: o.Value})
	}
	return []byte(render.Dotenv(variables))
}

// removeInside removes a file of the workspace, and of a link only the link. A
// folder stays, as something that a person put there.
func removeInside(workspace, name string) error {
	ws, err := spec.OpenWorkspace(workspace)
	if err != nil {
		return err
	}
	defer ws.Close()
	return ws.Remove(name)
}
