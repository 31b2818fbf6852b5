package tech

import (
	"slices"
	"testing"
	"time"
)

// TestAlertsThroughWhatHappens runs alerts of the catalogue over what happens to
// systems beside the one case that each has in its file.
func TestAlertsThroughWhatHappens(t *testing.T) {
	t.Parallel()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, alert string
		series      map[string]string
		// begins and ends are the first and the last minute in which it fires; -1 never.
		begins, ends, until int
	}{
		{"requests stop and the series stay", "ServiceTrafficAbsent", map[string]string{`http_requests_total{instance="a"}`: "0+120x1440 172800x60"}, 1459, 1500, 1500},
		{"jobs stop and the series stay", "WorkerJobsStopped", map[string]string{`job_processed_total{instance="a"}`: "0+120x1440 172800x60"}, 1459, 1500, 1500},
		{"Prometheus is down for a quarter of an hour", "ServiceTrafficAbsent", map[string]string{`http_requests_total{instance="a"}`: "0+120x1440 _x15 174720+120x45"}, -1, -1, 1500},
		{"a service that is new", "ServiceTrafficAbsent", map[string]string{`http_requests_total{instance="a"}`: "_x1440 0x60"}, -1, -1, 1500},
		{"one target is left", "ServiceAllTargetsDown", map[string]string{`up{instance="a"}`: "0x30", `up{instance="b"}`: "0x20 1x10"}, 5, 20, 30},
		{"the last target goes", "ServiceAllTargetsDown", map[string]string{`up{instance="a"}`: "0x30", `up{instance="b"}`: "1x10 0x20"}, 16, 30, 30},
		{"a broker is taken out for good", "KafkaBrokersLost", map[string]string{`kafka_brokers{instance="e"}`: "5x30 4x300"}, 33, 89, 300},
		{"a node is taken out for good", "RabbitmqNodeDown", map[string]string{
			`rabbitmq_identity_info{instance="a",rabbitmq_cluster="c",rabbitmq_node="a"}`: "1x300",
			`rabbitmq_identity_info{instance="b",rabbitmq_cluster="c",rabbitmq_node="b"}`: "1x30",
		}, 37, 93, 300},
		{"the metric of a job is gone", "BatchRunOverdue", map[string]string{`pipeline_last_success_timestamp_seconds{instance="a"}`: "600x60"}, 1516, 2000, 2000},
		{"the metric of a job is gone for a week", "BatchRunOverdue", map[string]string{`pipeline_last_success_timestamp_seconds{instance="a"}`: "600x60"}, 1516, 10139, 10200},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			firing, err := evaluate(alertOf(t, c, test.alert), test.series, time.Duration(test.until)*time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			var fires []int
			for minute, alerts := range firing {
				if len(alerts) > 0 {
					fires = append(fires, minute)
				}
			}
			got := []int{-1, -1}
			if len(fires) > 0 {
				got = []int{fires[0], fires[len(fires)-1]}
			}
			if want := []int{test.begins, test.ends}; !slices.Equal(got, want) {
				t.Errorf("fires from and to minute %v, want %v", got, want)
			}
		})
	}
}

// alertOf returns an alert with the first metrics in place of intents.
func alertOf(t *testing.T, c *Catalog, name string) Alert {
	t.Helper()
	for _, technology := range c.All() {
		for _, a := range technology.Alerts {
			if a.Name == name {
				v, _ := newVocabulary(technology)
				a.Expr = v.assumed(technology.Outcome, a.Expr)
				return a
			}
		}
	}
	t.Fatalf("there is no alert %s", name)
	return Alert{}
}
