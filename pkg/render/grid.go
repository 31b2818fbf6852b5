package render

import (
	"regexp"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// trailing matches the blanks that pad the last column, also in front of the code
// that ends a colour.
var trailing = regexp.MustCompile(` +(\x1b\[0m)?(?:\x1b\[0m| )*$`)

// grid lays out rows under a header in columns, without rules and borders, so
// that lines stay greppable and can be copied. Nothing is wrapped: a cell that is
// too wide for a terminal is the terminal's to fold.
func grid(indent string, header []string, rows [][]string) (string, error) {
	var b strings.Builder
	off := tw.Off
	table := tablewriter.NewTable(&b,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders:  tw.BorderNone,
			Settings: tw.Settings{Lines: tw.LinesNone, Separators: tw.SeparatorsNone},
		})),
		tablewriter.WithHeaderAutoFormat(off),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithHeaderAlignment(tw.AlignLeft),
		tablewriter.WithRowAlignment(tw.AlignLeft),
		tablewriter.WithPadding(tw.Padding{Right: "  ", Overwrite: true}),
	)
	table.Header(header)
	if err := table.Bulk(rows); err != nil {
		return "", err
	}
	if err := table.Render(); err != nil {
		return "", err
	}
	var out strings.Builder
	for line := range strings.Lines(b.String()) {
		line = trailing.ReplaceAllString(strings.TrimRight(line, "\n"), "$1")
		out.WriteString(indent + line + "\n")
	}
	return out.String(), nil
}
