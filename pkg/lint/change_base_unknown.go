package lint

import "github.com/nthlayer/action/pkg/report"

// BaseUnknown returns the finding that a change could not be compared with its
// base, and why: nobody knows then whether it loosens anything.
func BaseUnknown(reason string) report.Finding {
	f := report.At(report.Position{}, "change/base-unknown", report.Warning, "cannot tell whether this change weakens the gate: "+reason)
	f.Suggestion = "give the job a token with contents: read, or check out with fetch-depth: 0, and run it again"
	return f
}
