package pipeline

import (
	"context"
	"slices"
	"time"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/openslo"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
)

// RunImport turns the files into service files and returns a report on what could
// not be taken over. Files that hold no documents of others are findings.
func RunImport(ctx context.Context, o Options, how openslo.ImportOptions) (*report.Report, []byte) {
	r := &run{o: o, rep: &report.Report{
		SchemaVersion: report.SchemaVersion, Tool: o.Tool, Command: o.Command, Verdict: report.Pass, EvaluatedAt: o.At.UTC().Truncate(time.Second),
	}}
	var in []openslo.Input
	unreadable := o.Unreadable
	for _, f := range o.Files {
		data, err := o.Workspace.Read(f.Path, document.RuleLimits().Bytes)
		if err != nil {
			unreadable = append(unreadable, report.At(report.Position{File: f.Path}, "import/format", report.Error, "the file cannot be read: "+err.Error()))
			continue
		}
		in = append(in, openslo.Input{Name: f.Path, Data: data})
	}
	how.ServiceLabel = o.ServiceLabel
	out := openslo.Import(how, in...)
	made := readBack(ctx, o, out)
	findings := slices.Concat(unreadable, out.Findings, unsound(made, out))
	r.rep.Summary.Unreadable = inputs(unreadable)
	r.stage(Validate, report.VerdictOf(findings), findings)
	r.services, r.verdicts = []report.Service{}, make([][]report.Verdict, len(made.Services))
	for _, s := range made.Services {
		r.services = append(r.services, resultOf(s))
	}
	return r.finish(ctx), out.Bytes
}

// importedFile is the name that an imported service file is read under; none that
// anybody has.
const importedFile = "imported/service.yaml"

// readBack reads the service files that were made as every command would.
func readBack(ctx context.Context, o Options, imported openslo.Imported) spec.Loaded {
	if len(imported.Bytes) == 0 {
		return spec.Loaded{}
	}
	ws := o.Workspace.Over(map[string][]byte{importedFile: imported.Bytes})
	return spec.Load(ctx, ws, []spec.Found{{Path: importedFile, Named: true}}, spec.Options{ServiceLabel: o.ServiceLabel})
}

// unsound reports, at the documents that service files came from, what nthlayer
// itself would not take. What a person has to fill in is reported already.
func unsound(made spec.Loaded, imported openslo.Imported) []report.Finding {
	file := generate.Artefact{Trace: imported.Trace}
	var out []report.Finding
	for _, f := range slices.Concat(made.Unreadable, made.Findings) {
		if f.Severity != report.Error || f.Rule == "service/tier" || f.Rule == "service/type" {
			continue
		}
		at, _ := file.At(f.Line)
		out = append(out, at.Origin.Finding("import/not-expressible", report.Error, f.Service, at.What+" would not be sound in a service file: "+f.Message, f.Suggestion))
	}
	return out
}
