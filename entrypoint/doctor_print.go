package entrypoint

import (
	"fmt"
	"strings"

	"github.com/nthlayer/action/pkg/render"
)

// table is the diagnosis for people: a line for each check, with what to do below
// it, the inputs that were given, and a sentence at the end.
func (d Diagnosis) table() string {
	var b strings.Builder
	group := ""
	for _, c := range d.Checks {
		if c.Group != group {
			group = c.Group
			fmt.Fprintf(&b, "%s\n", group)
		}
		says := c.Says
		if c.Planned != "" {
			says = string(c.Planned) + ": " + says
		}
		fmt.Fprintf(&b, "  %-7s %-16s %s\n", c.Verdict, render.TerminalText(c.Name), render.TerminalText(says))
		if c.Fix != "" {
			fmt.Fprintf(&b, "  %-7s %-16s fix: %s\n", "", "", render.TerminalText(c.Fix))
		}
	}
	b.WriteString(d.given())
	fmt.Fprintf(&b, "\n%s (exit code %d)\n", d.headline(), d.ExitCode)
	return b.String()
}

// given lists the inputs that do not have their defaults.
func (d Diagnosis) given() string {
	var b strings.Builder
	for _, i := range d.Inputs {
		if i.Origin != "" {
			fmt.Fprintf(&b, "  %-24s %s (%s)\n", i.Name, render.TerminalText(i.Value), i.Origin)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "given inputs\n" + b.String()
}

// headline sums up in one sentence.
func (d Diagnosis) headline() string {
	count := map[CheckVerdict]int{}
	for _, c := range d.Checks {
		count[c.Verdict]++
	}
	var parts []string
	for _, kind := range []struct {
		verdict CheckVerdict
		words   string
	}{
		{CheckFail, "failed"},
		{CheckUnknown, "could not be made"},
		{CheckWarn, "with a warning"},
	} {
		if n := count[kind.verdict]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, kind.words))
		}
	}
	if len(parts) == 0 {
		return fmt.Sprintf("all %d checks are well", len(d.Checks))
	}
	return fmt.Sprintf("of %d checks: %s", len(d.Checks), strings.Join(parts, ", "))
}
