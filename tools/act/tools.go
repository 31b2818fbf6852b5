//go:build tools

// Package tools pins act, which runs GitHub's workflows on this machine in e2e.
package tools

import _ "github.com/nektos/act"
