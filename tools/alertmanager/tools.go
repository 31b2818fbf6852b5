//go:build tools

// Package tools pins Alertmanager and amtool, which e2e shows generated routes to.
package tools

import (
	_ "github.com/prometheus/alertmanager/cmd/alertmanager"
	_ "github.com/prometheus/alertmanager/cmd/amtool"
)
