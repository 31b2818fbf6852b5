package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// rulesPerFile is a usual size of a team's rule file.
const rulesPerFile = 50

// mistakeEvery is how many services there are to one whose quantiles have lost
// their buckets.
const mistakeEvery = 10

// writeRules writes rule files with n rules altogether, no two alike: per
// service one of each shape, recording rules and the alerts on them.
func writeRules(folder string, n int) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for first := 0; first < n; first += rulesPerFile {
		name := filepath.Join(folder, fmt.Sprintf("rules-%05d.yaml", first/rulesPerFile))
		if err := os.WriteFile(name, []byte(ruleFile(first, min(n, first+rulesPerFile))), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func ruleFile(from, to int) string {
	shapes := ruleShapes()
	var b strings.Builder
	b.WriteString("groups:\n")
	for i := from; i < to; i++ {
		if i == from || i%len(shapes) == 0 {
			fmt.Fprintf(&b, "  - name: service-%05d\n    interval: 30s\n    rules:\n", i/len(shapes))
		}
		rule := strings.ReplaceAll(shapes[i%len(shapes)], "SERVICE", fmt.Sprintf("service-%05d", i/len(shapes)))
		if i/len(shapes)%mistakeEvery == 0 {
			rule = strings.ReplaceAll(rule, "by (le, service)", "by (service)")
		}
		b.WriteString(rule)
	}
	return b.String()
}

// ruleShapes are the rules of a service that has SLOs: half recording, half
// alerting, with templates, long and short expressions.
func ruleShapes() []string {
	return []string{
		`      - record: service:http_requests:rate5m
        expr: sum by (service, code) (rate(http_requests_total{service="SERVICE"}[5m]))
        labels: {service: SERVICE}
`, `      - record: service:http_errors:ratio_rate1h
        expr: |
          sum by (service) (rate(http_requests_total{service="SERVICE",code=~"5.."}[1h]))
            /
          sum by (service) (rate(http_requests_total{service="SERVICE"}[1h]))
        labels: {service: SERVICE}
`, `      - record: service:http_latency:p99_5m
        expr: histogram_quantile(0.99, sum by (le, service) (rate(http_request_duration_seconds_bucket{service="SERVICE"}[5m])))
        labels: {service: SERVICE}
`, `      - alert: HighErrorRate
        expr: |
          (
            sum by (service) (rate(http_requests_total{service="SERVICE",code=~"5.."}[5m]))
              / sum by (service) (rate(http_requests_total{service="SERVICE"}[5m])) > 14.4 * 0.001
          and
            sum by (service) (rate(http_requests_total{service="SERVICE",code=~"5.."}[1h]))
              / sum by (service) (rate(http_requests_total{service="SERVICE"}[1h])) > 14.4 * 0.001
          )
        for: 2m
        labels: {severity: page, service: SERVICE}
        annotations:
          summary: "{{ $labels.service }} fails {{ $value | humanizePercentage }} of its requests"
          runbook: https://runbooks.example/SERVICE
`, `      - alert: SlowRequests
        expr: histogram_quantile(0.99, sum by (le, service) (rate(http_request_duration_seconds_bucket{service="SERVICE"}[10m]))) > 0.5
        for: 10m
        labels: {severity: ticket, service: SERVICE}
        annotations: {summary: "the 99th percentile of {{ $labels.service }} is {{ $value | humanizeDuration }}"}
`, `      - record: service:memory:max
        expr: max by (service, pod) (container_memory_working_set_bytes{service="SERVICE",container!=""})
        labels: {service: SERVICE}
`, `      - alert: TargetDown
        expr: up{job="SERVICE"} == 0
        for: 5m
        labels: {severity: page, service: SERVICE}
        annotations: {summary: "{{ $labels.instance }} of SERVICE is down"}
`, `      - alert: DiskFull
        expr: |
          predict_linear(node_filesystem_avail_bytes{job="SERVICE",fstype!="tmpfs"}[6h], 4 * 3600) < 0
            and on (instance, device) node_filesystem_readonly{job="SERVICE"} == 0
        for: 1h
        labels: {severity: ticket, service: SERVICE}
        annotations: {summary: "{{ $labels.device }} at {{ $labels.instance }} fills up within four hours"}
`, `      - record: service:queue:saturation
        expr: max without (instance) (queue_depth{service="SERVICE"}) / on (service, queue) group_left () max by (service, queue) (queue_capacity{service="SERVICE"})
        labels: {service: SERVICE}
`, `      - alert: NoTraffic
        expr: absent(http_requests_total{service="SERVICE"}) or sum(rate(http_requests_total{service="SERVICE"}[15m])) == 0
        for: 15m
        labels: {severity: ticket, service: SERVICE}
        annotations: {summary: SERVICE gets no requests}
`,
	}
}

// multiplyRules copies a folder of rule files a number of times. Alerts get
// names of their own in every copy, so that no copy repeats another's.
func multiplyRules(from, to string, copies int) error {
	return filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yml" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		for n := range copies {
			name := filepath.Join(to, fmt.Sprintf("copy-%02d", n), relative)
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				return err
			}
			text := strings.ReplaceAll(string(data), "alert: ", fmt.Sprintf("alert: X%d", n))
			if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
				return err
			}
		}
		return nil
	})
}
