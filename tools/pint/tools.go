//go:build tools

// Package tools pins pint, which bench measures lint against.
package tools

import _ "github.com/cloudflare/pint/cmd/pint"
