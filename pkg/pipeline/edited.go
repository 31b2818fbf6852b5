package pipeline

import (
	"context"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/bundle"
	"github.com/nthlayer/action/pkg/generate/folder"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/generate/memo"
	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
	"github.com/nthlayer/action/pkg/tech"
)

// ruleEdited is the rule about generated files that somebody changed by hand.
const ruleEdited = "generate/edited"

// editedByHand finds the rule files and dashboards that apply wrote and somebody changed
// since, by the lists of digests beside them. A run that compares everything anew tells
// them itself.
func (r *run) editedByHand(ctx context.Context) []report.Finding {
	if g := r.o.Generation; r.wants(Generate) && g != nil && g.Check || slices.Contains(r.o.Disabled, ruleEdited) {
		return nil
	}
	e := edits{run: r, read: r.remembering(), catalog: sync.OnceValues(tech.Load)}
	var out []report.Finding
	for _, f := range slices.Concat(r.rules, r.dashboardFiles) {
		if w, ok := folder.WrittenAs(f.Name, f.Data, e.read); ok && w.Edited() {
			out = append(out, e.finding(ctx, f, w))
		}
	}
	return out
}

// remembering reads files of the workspace, each once: many rule files lie beside one
// list, or beside none.
func (r *run) remembering() folder.Reader {
	type answer struct {
		data []byte
		err  error
	}
	known := map[string]answer{}
	return func(name string) ([]byte, error) {
		a, ok := known[name]
		if !ok {
			a.data, a.err = r.o.Workspace.Read(name, document.RuleLimits().Bytes)
			known[name] = a
		}
		return a.data, a.err
	}
}

// edits looks for what was changed in generated files.
type edits struct {
	*run
	read    folder.Reader
	catalog func() (*tech.Catalog, error)
}

// finding tells the first line that is not as it was written, where that can be found
// out, and what to change instead.
func (e edits) finding(ctx context.Context, f lint.File, w folder.Written) report.Finding {
	record, wrong, _, err := folder.Recorded(w.At, bundle.Kinds(), e.read)
	source, flags, line := "the service file", "", 1
	var written []byte
	if err == nil && len(wrong) == 0 {
		source = record.Source
		w.At, written = e.written(ctx, w, record)
		flags = task{at: w.At, record: record}.flags() + outputOf(w.At)
	}
	if written == nil {
		written = e.base(f.Name, w)
	}
	message := f.Name + " was changed by hand"
	if lines := changedLines(written, w.Data); written != nil && len(lines) > 0 {
		line = lines[0]
		message += ", first in this line"
	}
	message += "; it is generated from " + source
	line, text := lineOf(f.Data, line)
	out := report.At(report.Position{File: f.Name, Line: line, Column: 1 + len(text) - len(strings.TrimLeft(text, " "))}, ruleEdited, report.Error, message)
	out.Service, out.Snippet, out.Path = w.At.Service, text, "edited "+w.Name
	out.Suggestion = "make the change in " + source + " and run nthlayer apply" + flags + " --force, which writes this file anew"
	return out
}

// outputOf are the flags that say where the files of a place lie.
func outputOf(at folder.Place) string {
	dir, flags := at.Dir, ""
	if at.Layout != generate.ByType {
		dir = path.Dir(dir)
	}
	if at.Environment != "" {
		dir, flags = path.Dir(dir), " --env "+at.Environment
	}
	if dir != defaultOutput && shellPlain.MatchString(dir) {
		flags = " --output-dir " + dir + flags
	}
	return flags
}

// defaultOutput is where apply writes without a flag.
const defaultOutput = "generated"

// shellPlain is a path in which nothing means anything to a shell: people copy commands,
// and a pull request may have named the folder.
var shellPlain = regexp.MustCompile(`^[A-Za-z0-9._][A-Za-z0-9._/-]*$`)

// lineOf returns a line of a file, counted from 1, and its text. Behind the last one,
// where lines were removed, it is the last one.
func lineOf(data []byte, line int) (number int, text string) {
	lines := strings.Split(strings.TrimRight(string(data), "\r\n"), "\n")
	number = min(line, len(lines))
	return number, strings.TrimRight(lines[number-1], "\r")
}

// base returns the file of before the change under test, if that is what was written.
func (e edits) base(name string, w folder.Written) []byte {
	for _, f := range e.before.rules {
		if f.Name == name && w.Was(f.Data) {
			return f.Data
		}
	}
	return nil
}

// written returns what the service file gives for the file, nil when that is not what
// was written, and the place with its environment.
func (e edits) written(ctx context.Context, w folder.Written, record folder.Record) (folder.Place, []byte) {
	parent := w.At.Dir
	if w.At.Layout != generate.ByType {
		parent = path.Dir(parent)
	}
	services := e.services(ctx, w.At.Service, record.Source, spec.NormaliseEnvironment(path.Base(parent)))
	for _, s := range services {
		if text := e.generated(s, w, record); text != nil { //nolint:contextcheck // a few files of a bounded size, read to their end
			w.At.Environment = s.Environment
			return w.At, text
		}
	}
	if len(services) > 0 {
		w.At.Environment = services[0].Environment
	}
	return w.At, nil
}

// services returns what the files of a place may be of: the service as it is without an
// environment and in that of the folder, this one first where it is known.
func (e edits) services(ctx context.Context, name, source, environment string) []*spec.Service {
	var out []*spec.Service
	for _, environment := range []string{"", environment} {
		loaded := spec.Load(ctx, e.o.Workspace, []spec.Found{{Path: source, Named: true}}, spec.Options{Environment: environment, ServiceLabel: e.o.ServiceLabel})
		i := slices.IndexFunc(loaded.Services, func(s *spec.Service) bool { return s.Name.V == name })
		switch {
		case i < 0:
		case slices.Contains(loaded.Services[i].Environments, environment):
			out = slices.Insert(out, 0, loaded.Services[i])
		default:
			out = append(out, loaded.Services[i])
		}
	}
	return out
}

// generated returns what a service gives for a file, nil when that is not what was
// written.
func (e edits) generated(s *spec.Service, w folder.Written, record folder.Record) []byte {
	catalog, err := e.catalog()
	if err != nil {
		return nil
	}
	if own := e.o.Workspace.OwnAlerts(path.Dir(s.File)); len(own) > 0 {
		catalog, _ = catalog.With(own, e.o.Workspace.Read)
	}
	o := record.Choices.Into(generate.Options{Layout: w.At.Layout})
	result := bundle.Generate(generate.Job{Service: s, Catalog: catalog, Metrics: intent.Offline(s), Options: o, Memo: memo.New()}, record.Kinds)
	for _, a := range result.Artefacts {
		if w.Was(a.Bytes) {
			return a.Bytes
		}
	}
	return nil
}
