package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nthlayer/action/docs/rules"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
)

// newRules returns the command that explains rules.
func newRules(p process) *cobra.Command {
	var policy, format string
	cmd := &cobra.Command{
		Use: "rules [ID]", Short: "List the rules and the organisation's policy, or explain a rule",
		Long: "Print the organisation's policy in words, where there is one, and list the rules with\n" +
			"their severity; or explain one rule: what it finds, why it matters and how to fix it.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 1:
				return explain(p, args[0])
			case format != "table" && format != "markdown":
				return fmt.Errorf("--format is %q: rules are printed as table or markdown", format)
			}
			found, err := policyInWords(cmd.Context(), policy)
			if err != nil {
				return err
			}
			l := ruleList{policy: found, today: p.now().UTC().Format(time.DateOnly), out: p.stdout}
			if format == "markdown" {
				l.markdown()
				return l.err
			}
			return list(p, &l)
		},
	}
	cmd.Flags().StringVar(&policy, "policy", "", "The organisation's policy; when empty "+organisation.DefaultFile+", if there is one.")
	cmd.Flags().StringVarP(&format, "format", "f", "table", "How to print the list: table or markdown.")
	return cmd
}

func list(p process, l *ruleList) error {
	l.terminal()
	if l.err != nil {
		return l.err
	}
	for _, id := range rules.IDs() {
		head, _ := rules.Heading(id)
		if _, err := fmt.Fprintf(p.stdout, "%-*s  %-7s  %s\n", idWidth, id, l.severity(id), head.Title); err != nil {
			return err
		}
	}
	return nil
}

// idWidth is how wide the ids are in the list. Those of promruval's validators may be
// longer, and must not spread the list for all the others.
const idWidth = 29

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
	if strings.Contains(id, "*") {
		return fmt.Errorf("there are no wildcards for rules, so %q is none: name each rule; nthlayer rules lists them", id)
	}
	hint := cmp.Or(report.DidYouMean(id, rules.IDs()), "run nthlayer rules for the list")
	return fmt.Errorf("there is no rule %q: %s", id, hint)
}
