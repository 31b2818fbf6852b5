package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/policy/organisation"
)

// policyFieldsTable lists what required_fields may name.
func policyFieldsTable(*testing.T) string {
	var b strings.Builder
	b.WriteString("| Path | What it is |\n|---|---|\n")
	for _, f := range organisation.Fields() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", strings.Replace(f.Path, "*", "KEY", 1), f.Text)
	}
	return b.String()
}
