//go:build tools

// Package tools pins sloth, which e2e shows generated specifications to.
package tools

import _ "github.com/slok/sloth/cmd/sloth"
