package entrypoint

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/threads"
	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/report"
)

// SurfaceThreads are the threads on lines of a merge request.
const SurfaceThreads Surface = "threads"

// maxThreads is how many threads of ours may be open on a merge request. GitLab.com
// takes 60 new notes a minute, which is all the time that delivering has.
const maxThreads = 20

// maxThreadText is the longest message in a thread, in characters.
const maxThreadText = 2000

// ThreadHost is what threads need of a host.
type ThreadHost interface {
	threads.Host
	// SameAtHead reports whether a file of the repository has this content at the
	// head of the merge request, so that lines have the same numbers there.
	SameAtHead(ctx context.Context, file string, content []byte) (bool, error)
}

// withoutThreads says why a run opens no threads: by choice, or for an error. Both
// are empty when it is going to.
func withoutThreads(s Settings, to Surfaces) (string, error) {
	switch c := s.Host; {
	case c.Host != host.GitLab:
		return "only GitLab has threads that a finding can be resolved in", nil
	case !s.Deliver.Threads:
		return "gitlab-threads is false", nil
	case s.FromReport != "":
		return "the report of another run opens no threads", nil
	case c.Unsure != "":
		return c.Unsure, nil
	case c.PR == 0:
		return "this run belongs to no " + c.RequestWord(), nil
	case c.GitLab == nil:
		return "the job does not say which merge request it is for", nil
	case c.GitLab.Kind == host.MergeTrain:
		return "a thread would drop the merge request from its train", nil
	case c.Fork && c.GitLab.Project != c.GitLab.Target:
		return c.ReadOnly(), nil
	case to.Unusable != nil:
		return "", to.Unusable
	case to.Threads == nil:
		return cmp.Or(to.WhyNone, "there is nobody to open threads with"), nil
	case !s.Changes.Known():
		return "it is not known which lines changed", nil
	}
	return "", nil
}

// threads keeps one thread for each finding on a changed line.
func (d *deliverer) threads(ctx context.Context) {
	why, err := withoutThreads(d.settings, d.to)
	if why != "" {
		d.result.skip(SurfaceThreads, why)
		return
	}
	var done threads.Result
	other := 0
	if err == nil {
		var want threads.Want
		want, other = d.wantedThreads(ctx)
		done, err = threads.Keep(ctx, d.to.Threads, want)
	}
	if err == nil && done.Refusal != "" && done.Opened+done.Open == 0 { // not one line, but all of them
		err = &host.Error{Kind: host.Rejected, Message: done.Refusal}
	}
	if err == nil && done.Newer != "" && done.Opened+done.Edited+done.Reopened+done.Resolved == 0 {
		d.result.skip(SurfaceThreads, "the merge request has the newer commit "+host.Short(done.Newer))
		return
	}
	d.result.add(SurfaceThreads, err)
	if err == nil {
		d.result.Items[len(d.result.Items)-1].Why = threadWords(done, other, maxThreads)
	}
}

// threadWords says what was done, and what has no thread; other are findings whose
// lines could not be found at the head, most is how many threads may be open.
func threadWords(r threads.Result, other, most int) string {
	var words []string
	for _, part := range []struct {
		n    int
		word string
	}{{r.Opened, "opened"}, {r.Reopened, "opened again"}, {r.Edited, "edited"}, {r.Resolved, "resolved"}, {r.Removed, "removed"}, {r.Open, "open now"}} {
		if part.n > 0 {
			words = append(words, fmt.Sprintf("%d %s", part.n, part.word))
		}
	}
	if len(words) == 0 {
		words = append(words, "none is open")
	}
	text := strings.Join(words, ", ")
	switch {
	case r.Refusal != "":
		text += fmt.Sprintf("; %d more without one: %s", r.Without, r.Refusal)
	case r.Without > 0:
		text += fmt.Sprintf("; %d more without one, because at most %d are open at a time", r.Without, most)
	}
	if other > 0 {
		text += fmt.Sprintf("; %d without one, because the merge with the target branch has other lines than the head", other)
	}
	return text
}

// wantedThreads is what the threads of the merge request should be, and how many
// findings are left out because their lines are others at the head.
func (d *deliverer) wantedThreads(ctx context.Context) (want threads.Want, other int) {
	want = threads.Want{
		Key: d.settings.Deliver.CommentKey, Head: d.settings.Host.Head, Max: maxThreads,
		Settled: func(rule string) bool { return d.to.Stopped == nil && settled(d.rep, rule) },
	}
	present := map[string]bool{}
	for _, f := range d.rep.Findings {
		present[f.Fingerprint] = f.Severity != report.Info
	}
	want.Present = func(fingerprint string) bool { return present[fingerprint] }
	same := map[string]bool{}
	for _, f := range d.placedFindings() {
		if f.File == "" || f.Line == 0 {
			continue
		}
		if !d.sameAtHead(ctx, same, f.File) {
			other++
			continue
		}
		want.Findings = append(want.Findings, threads.Finding{
			Rule: f.Rule, Fingerprint: f.Fingerprint, Text: threadText(f, d.suggestion(f)),
			Place: threads.Place{File: d.settings.Changes.Place.Repository(f.File), Line: f.Line},
		})
	}
	return want, other
}

// placedFindings returns the errors and warnings on changed lines, errors first. An
// info asks for nothing, and an open thread can block the merge.
func (d *deliverer) placedFindings() []report.Finding {
	var out []report.Finding
	p := placer{changes: d.settings.Changes, read: d.to.ReadFile, texts: map[string][]string{}}
	for _, f := range d.rep.Findings {
		if moved, ok := p.place(f); ok && moved.Severity != report.Info {
			out = append(out, moved)
		}
	}
	slices.SortStableFunc(out, func(a, b report.Finding) int { return a.Severity.Rank() - b.Severity.Rank() })
	return out
}

// sameAtHead reports whether the lines of a file of the workspace have the numbers
// that they have at the head. Where that cannot be found out they may not. No more
// files are asked about than there can be threads.
func (d *deliverer) sameAtHead(ctx context.Context, known map[string]bool, file string) bool {
	same, ok := known[file]
	if ok || d.to.ReadFile == nil || len(known) >= maxThreads {
		return same
	}
	content, err := d.to.ReadFile(file)
	if err == nil {
		same, err = d.to.Threads.SameAtHead(ctx, d.settings.Changes.Place.Repository(file), content)
	}
	known[file] = same && err == nil
	return known[file]
}

// suggestion returns the fix of a finding as GitLab offers to apply it, where all of
// it is on changed lines.
func (d *deliverer) suggestion(f report.Finding) string {
	if f.Fix == nil || d.to.ReadFile == nil {
		return ""
	}
	content, err := d.to.ReadFile(f.File)
	if err != nil {
		return ""
	}
	return render.Suggestion(f, content, func(line int) bool { return d.settings.Changes.Touches(f.File, line) })
}

// settled reports whether the run looked at everything that a rule is about. A
// stage that had nobody to ask found nothing, and nothing is gone because of it.
func settled(rep *report.Report, rule string) bool {
	stage, _, _ := strings.Cut(rule, "/")
	at := func(name string) int {
		return slices.IndexFunc(rep.Stages, func(s report.Stage) bool { return s.Name == name })
	}
	i := at(stage)
	if i < 0 && stage != "verify" {
		i = at("lint")
	}
	return i >= 0 && rep.Stages[i].Verdict != report.Undecidable && rep.Summary.Unreadable == 0
}

// threadText is the Markdown of a thread. No line of it begins with text of the
// report: GitLab carries out lines that begin with a slash.
func threadText(f report.Finding, suggestion string) string {
	text := fmt.Sprintf("**%s** %s\n", f.Severity, render.MarkdownText(report.Clip(f.Message, maxThreadText)))
	if f.Suggestion != "" {
		text += fmt.Sprintf("\nFix: %s\n", render.MarkdownText(report.Clip(f.Suggestion, maxThreadText)))
	}
	if suggestion != "" {
		text += "\n" + suggestion
	}
	return text + fmt.Sprintf("\n<sub>%s. This thread is resolved when the finding is gone.</sub>\n", render.MarkdownCode(f.Rule))
}
