package render

import "github.com/nthlayer/action/pkg/report"

// The codes are of the basic sixteen colours, which every terminal draws in a
// shade that can be read on its own background.
const (
	codeReset  = "\x1b[0m"
	codeBold   = "\x1b[1m"
	codeDim    = "\x1b[2m"
	codeRed    = "\x1b[31m"
	codeGreen  = "\x1b[32m"
	codeYellow = "\x1b[33m"
	codePurple = "\x1b[35m"
	codeCyan   = "\x1b[36m"
)

func (t *terminal) colored(code, s string) string {
	if !t.opts.Color || s == "" {
		return s
	}
	return code + s + codeReset
}

func (t *terminal) bold(s string) string { return t.colored(codeBold, s) }
func (t *terminal) dim(s string) string  { return t.colored(codeDim, s) }

// paint colours s by a verdict.
func (t *terminal) paint(v report.Verdict, s string) string {
	switch v {
	case report.Pass:
		return t.colored(codeGreen, s)
	case report.Warn:
		return t.colored(codeYellow, s)
	case report.Fail:
		return t.colored(codeRed, s)
	case report.Undecidable:
		return t.colored(codePurple, s)
	}
	return s
}

// paintSeverity colours s by a severity; an info is not green, because it does
// not say that something is well.
func (t *terminal) paintSeverity(sev report.Severity, s string) string {
	if sev == report.Info {
		return t.colored(codeCyan, s)
	}
	return t.paint(severityVerdict(sev), s)
}
