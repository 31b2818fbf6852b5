package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/lint/promruval"
)

// promruvalTable lists the validators, by scope.
func promruvalTable(*testing.T) string {
	var b strings.Builder
	b.WriteString("| Scope | Validator | Rule |\n|---|---|---|\n")
	for _, v := range promruval.Validators() {
		fmt.Fprintf(&b, "| %s | `%s` | [%s](rules/%s.md) |\n", v.Scope, v.Name, v.Rule, v.Rule)
	}
	return b.String()
}
