//go:build tools

// Package tools pins the VictoriaMetrics server that e2e runs.
package tools

import _ "github.com/VictoriaMetrics/VictoriaMetrics/app/victoria-metrics"
