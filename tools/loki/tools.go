//go:build tools

// Package tools pins the Loki server that e2e runs.
package tools

import _ "github.com/grafana/loki/v3/cmd/loki"
