package entrypoint

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/threads"
	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/report"
)

// SurfaceSuggestions are the comments on lines of a GitHub pull request that offer a
// fix.
const SurfaceSuggestions Surface = "suggestions"

// maxSuggestions is how many comments with a fix of ours may stand on a pull
// request: as many as GitHub keeps annotations of one kind, and more nobody reads.
const maxSuggestions = 10

// withoutSuggestions says why a run suggests nothing: by choice, or for an error. Both
// are empty when it is going to.
func withoutSuggestions(s Settings, to Surfaces) (string, error) {
	switch c := s.Host; {
	case c.Host != host.GitHub:
		return "only on GitHub; on GitLab the threads hold them", nil
	case !s.Deliver.Suggestions:
		return "suggestions is false", nil
	case s.FromReport != "":
		return "the report of another run suggests nothing", nil
	case c.Unsure != "":
		return c.Unsure, nil
	case to.Lost != nil:
		return "", to.Lost
	case c.PR == 0:
		return "this run belongs to no " + c.RequestWord(), nil
	case c.ReadOnly() != "":
		return c.ReadOnly(), nil
	case to.Unusable != nil:
		return "", to.Unusable
	case to.Threads == nil:
		return to.WhyNone, nil
	case !s.Changes.Known():
		return "it is not known which lines changed", nil
	}
	return "", nil
}

// suggestions keeps one comment for each fix of changed lines. It comes in front of
// the annotations, which leave out what has a comment: nobody wants to read a finding
// twice on one line.
func (d *deliverer) suggestions(ctx context.Context) {
	why, err := withoutSuggestions(d.settings, d.to)
	if why != "" {
		d.result.skip(SurfaceSuggestions, why)
		return
	}
	var want threads.Want
	var done threads.Result
	other := 0
	if err == nil {
		want, other = d.wantedSuggestions(ctx)
		done, err = threads.Keep(ctx, d.to.Threads, want)
	}
	d.suggested = done.Standing
	switch {
	case err != nil && (len(want.Findings) == 0 || mayNot(err)):
		d.result.skip(SurfaceSuggestions, err.Error())
		return
	case err == nil && done.Newer != "" && done.Opened+done.Edited+done.Removed == 0:
		d.result.skip(SurfaceSuggestions, "the pull request has the newer commit "+host.Short(done.Newer))
		return
	}
	d.result.add(SurfaceSuggestions, err)
	if err == nil {
		d.result.Items[len(d.result.Items)-1].Why = threadWords(done, other, maxSuggestions)
	}
}

// mayNot reports whether a token may not write comments on lines, or the server has
// none. Nobody asked for suggestions, so that it is no reason for a notice in every
// run.
func mayNot(err error) bool {
	e, ok := errors.AsType[*host.Error](err)
	return ok && (e.Kind == host.Permission || e.Kind == host.NotFound)
}

// wantedSuggestions is what the comments with fixes should be, the worst findings
// first, and how many are left out because their lines are others at the head.
func (d *deliverer) wantedSuggestions(ctx context.Context) (want threads.Want, other int) {
	present := map[string]bool{}
	for _, f := range d.rep.Findings {
		present[f.Fingerprint] = true
	}
	want = threads.Want{
		Key: d.settings.Deliver.CommentKey, Head: d.settings.Host.Head, Max: maxSuggestions,
		Settled: func(rule string) bool { return d.to.Stopped == nil && settled(d.rep, rule) },
		Present: func(fingerprint string) bool { return present[fingerprint] },
	}
	findings := slices.Clone(d.rep.Findings)
	slices.SortStableFunc(findings, func(a, b report.Finding) int { return a.Severity.Rank() - b.Severity.Rank() })
	same := map[string]bool{}
	for _, f := range findings {
		r, ok := d.replacement(f)
		if !ok {
			continue
		}
		if !d.sameAtHead(ctx, same, f.File) {
			other++
			continue
		}
		want.Findings = append(want.Findings, threads.Finding{
			Rule: f.Rule, Fingerprint: f.Fingerprint, Text: suggestionText(f, r),
			Place: threads.Place{File: d.settings.Changes.Place.Repository(f.File), First: r.First, Line: r.Last},
		})
	}
	return want, other
}

// replacement returns the fix of a finding as lines of its file, where all of them
// are changed. What GitHub writes into a file with CR LF is not certain.
func (d *deliverer) replacement(f report.Finding) (render.Replacement, bool) {
	if f.Fix == nil || d.to.ReadFile == nil {
		return render.Replacement{}, false
	}
	content, err := d.to.ReadFile(f.File)
	if err != nil || bytes.Contains(content, []byte("\r")) {
		return render.Replacement{}, false
	}
	return render.Replace(f, content, func(line int) bool { return d.settings.Changes.Touches(f.File, line) })
}

// suggestionText is the Markdown of a comment with a fix.
func suggestionText(f report.Finding, r render.Replacement) string {
	return fmt.Sprintf("**%s** %s\n\n%s\n<sub>%s. This comment goes when the finding is gone.</sub>\n",
		f.Severity, render.MarkdownText(report.Clip(f.Message, maxThreadText)), r.GitHub(), render.MarkdownCode(f.Rule))
}
