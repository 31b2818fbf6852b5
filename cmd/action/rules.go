package main

import (
	"cmp"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/nthlayer/action/docs/rules"
	"github.com/nthlayer/action/pkg/report"
)

// newRules returns the command that explains rules.
func newRules(p process) *cobra.Command {
	return &cobra.Command{
		Use: "rules [ID]", Short: "List the rules, or explain one",
		Long: "List the rules with their severity, or explain one: what it finds, why it matters\nand how to fix it.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return explain(p, args[0])
			}
			return list(p)
		},
	}
}

func list(p process) error {
	w := tabwriter.NewWriter(p.stdout, 0, 4, 2, ' ', 0)
	for _, id := range rules.IDs() {
		head, _ := rules.Heading(id)
		if _, err := fmt.Fprintf(w, "%s\t%s\t%s\n", id, head.Severity, head.Title); err != nil {
			return err
		}
	}
	return w.Flush()
}

func explain(p process, id string) error {
	page, ok := rules.Page(id)
	if !ok {
		return noRule(id)
	}
	_, err := fmt.Fprint(p.stdout, page)
	return err
}

// noRule says that no rule has the id, and which one was most likely meant.
func noRule(id string) error {
	hint := cmp.Or(report.DidYouMean(id, rules.IDs()), "run nthlayer rules for the list")
	return fmt.Errorf("there is no rule %q: %s", id, hint)
}
