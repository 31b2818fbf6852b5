package render

import (
	"cmp"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/nthlayer/action/pkg/report"
)

const (
	informationURI = "https://github.com/nthlayer/action"
	// fingerprintKey carries a version, so that another way to hash does not
	// pass for the same finding.
	fingerprintKey = "nthlayerFingerprint/v1"
)

// writeSARIF writes SARIF 2.1.0. Every result has a location, because code
// scanning refuses results without one, and every rule is declared.
func writeSARIF(w io.Writer, rep *report.Report, opts Options) error {
	run := sarif.NewRunWithInformationURI(cmp.Or(rep.Tool.Name, "nthlayer"), informationURI)
	run.Tool.Driver.WithVersion(rep.Tool.Version)
	run.WithColumnKind("unicodeCodePoints")
	run.WithAutomationDetails(sarif.NewRunAutomationDetails().WithID(runID(rep)))
	index := make(map[string]int)
	for _, rule := range sarifRules(rep, opts) {
		index[*rule.ID] = len(run.Tool.Driver.Rules)
		run.Tool.Driver.AddRule(rule)
	}
	taken := make(map[string]int, len(rep.Findings))
	for _, f := range rep.Findings {
		id := oneLine(f.Rule)
		run.AddResult(sarif.NewRuleResult(id).
			WithRuleIndex(index[id]).
			WithFixes(sarifFixes(rep, f, opts)).
			WithLevel(sarifLevel(f.Severity)).
			WithMessage(sarif.NewTextMessage(oneLine(sentence(f)))).
			WithPartialFingerprints(map[string]string{fingerprintKey: unique(taken, f.Fingerprint)}).
			WithLocations([]*sarif.Location{sarifLocation(rep, f, opts)}))
	}
	return encodeJSON(w, sarif.NewReport().AddRun(run))
}

// runID keeps the results of different commands and environments apart, where a
// later upload would otherwise close the findings of an earlier one.
func runID(rep *report.Report) string {
	return "nthlayer/" + oneLine(rep.Command) + "/" + prefixed("", oneLine(rep.Environment), "/")
}

// sarifRules declares every rule that found something, with the text that the
// caller knows about it.
func sarifRules(rep *report.Report, opts Options) []*sarif.ReportingDescriptor {
	worst := make(map[string]report.Severity)
	for _, f := range rep.Findings {
		id := oneLine(f.Rule)
		if known, ok := worst[id]; !ok || f.Severity.Rank() < known.Rank() {
			worst[id] = f.Severity
		}
	}
	ids := make([]string, 0, len(worst))
	for id := range worst {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	rules := make([]*sarif.ReportingDescriptor, 0, len(ids))
	for _, id := range ids {
		rules = append(rules, sarifRule(id, worst[id], opts))
	}
	return rules
}

func sarifRule(id string, severity report.Severity, opts Options) *sarif.ReportingDescriptor {
	text := Rule{
		Title: ruleTitle(id),
		Help:  "Run `nthlayer rules " + id + "` to read what this rule finds, with an example that is right.",
	}
	if opts.Rule != nil {
		if known, ok := opts.Rule(id); ok {
			text = known
		}
	}
	rule := sarif.NewRule(id).WithName(id).WithDescription(text.Title).WithMarkdownHelp(text.Help).
		WithDefaultConfiguration(sarif.NewReportingConfiguration().WithLevel(sarifLevel(severity)))
	if text.URL != "" {
		rule.WithHelpURI(text.URL)
	}
	return rule
}

// ruleTitle makes a title of an id: promql/quantile-without-le becomes "promql:
// quantile without le".
func ruleTitle(id string) string {
	stage, name, ok := strings.Cut(id, "/")
	if !ok {
		return id
	}
	return stage + ": " + strings.ReplaceAll(name, "-", " ")
}

func sarifLevel(s report.Severity) string {
	switch s {
	case report.Error:
		return sarif.LevelError
	case report.Warning:
		return sarif.LevelWarning
	case report.Info:
		return sarif.LevelNote
	}
	return sarif.LevelWarning
}

func sarifLocation(rep *report.Report, f report.Finding, opts Options) *sarif.Location {
	region := sarif.NewRegion().WithStartLine(max(f.Line, 1))
	if f.Column > 0 {
		region.WithStartColumn(f.Column)
	}
	if f.EndLine >= f.Line && f.EndLine > 0 {
		region.WithEndLine(f.EndLine)
	}
	if f.EndColumn > 0 && (f.EndLine > f.Line || f.EndColumn > f.Column) {
		region.WithEndColumn(f.EndColumn)
	}
	return sarif.NewLocationWithPhysicalLocation(
		sarif.NewPhysicalLocation().WithArtifactLocation(sarifArtifact(rep, f, opts)).WithRegion(region))
}

func sarifArtifact(rep *report.Report, f report.Finding, opts Options) *sarif.ArtifactLocation {
	place := &url.URL{Path: oneLine(relative(fileOf(rep, f), opts.Root))}
	return sarif.NewSimpleArtifactLocation(place.String()).WithURIBaseID("%SRCROOT%")
}

// sarifFixes returns the fix of a finding, none where its places in the file are not
// known. The list is never nil, which would be null in the file.
func sarifFixes(rep *report.Report, f report.Finding, opts Options) []*sarif.Fix {
	if f.Fix == nil {
		return []*sarif.Fix{}
	}
	change := sarif.NewArtifactChange().WithArtifactLocation(sarifArtifact(rep, f, opts))
	for _, e := range f.Fix.Edits {
		if e.StartLine == 0 {
			return []*sarif.Fix{}
		}
		region := sarif.NewRegion().WithStartLine(e.StartLine).WithStartColumn(e.StartColumn).WithEndLine(e.EndLine).WithEndColumn(e.EndColumn)
		change.AddReplacement(sarif.NewReplacement().WithDeletedRegion(region).WithInsertedContent(sarif.NewArtifactContent().WithText(e.Text)))
	}
	if len(change.Replacements) == 0 {
		return []*sarif.Fix{}
	}
	fix := sarif.NewFix().AddArtifactChange(change)
	if f.Suggestion != "" {
		fix.WithDescription(sarif.NewTextMessage(oneLine(f.Suggestion)))
	}
	return []*sarif.Fix{fix}
}
