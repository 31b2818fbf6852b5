//go:build e2e

package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"gopkg.in/yaml.v3"
)

// history is what servers are filled with: the series of a snapshot, read here
// with Prometheus' own parser, so that a mistake of the program's reader shows.
type history struct {
	interval time.Duration
	series   []recorded
}

// recorded is a series as a server keeps it.
type recorded struct {
	labels labels.Labels
	// values is the text that promtool's notation has for the samples.
	values  string
	samples []sample
}

type sample struct {
	at    time.Time
	value float64
}

// readHistory reads a snapshot whose longest series ends at a time.
func readHistory(t *testing.T, path string, end time.Time) history {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Interval string `yaml:"interval"`
		Series   []struct {
			Series string `yaml:"series"`
			Values string `yaml:"values"`
		} `yaml:"input_series"`
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	interval, err := model.ParseDuration(file.Interval)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	h := history{interval: time.Duration(interval)}
	var sequences [][]parser.SequenceValue
	longest := 0
	for _, s := range file.Series {
		lset, sequence, err := parser.NewParser(parser.Options{}).ParseSeriesDesc(s.Series + " " + s.Values)
		if err != nil {
			t.Fatalf("%s: %s: %v", path, s.Series, err)
		}
		h.series = append(h.series, recorded{labels: scraped(lset), values: s.Values})
		sequences = append(sequences, sequence)
		longest = max(longest, len(sequence))
	}
	start := end.Add(-time.Duration(longest-1) * h.interval)
	for i, sequence := range sequences {
		h.series[i].samples = place(sequence, start, h.interval)
	}
	return h
}

func place(sequence []parser.SequenceValue, start time.Time, interval time.Duration) []sample {
	var out []sample
	for i, v := range sequence {
		if !v.Omitted {
			out = append(out, sample{at: start.Add(time.Duration(i) * interval), value: v.Value})
		}
	}
	return out
}

// scraped writes the boundary of a bucket as Prometheus 3 does when it scrapes:
// le="1" is kept as le="1.0".
func scraped(lset labels.Labels) labels.Labels {
	le := lset.Get(labels.BucketLabel)
	f, err := strconv.ParseFloat(le, 64)
	if err != nil {
		return lset
	}
	return labels.NewBuilder(lset).Set(labels.BucketLabel, labels.FormatOpenMetricsFloat(f)).Labels()
}

// lines returns the series in the notation of sourcetest.
func (h history) lines() []string {
	var out []string
	for _, s := range h.series {
		out = append(out, s.labels.String()+" "+s.values)
	}
	return out
}

// writeOpenMetrics writes all samples for promtool, which wants the samples of a
// family together. Without types the names stay as they are.
func (h history) writeOpenMetrics(w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<20)
	for _, s := range h.series {
		name := s.labels.Get(model.MetricNameLabel) + labels.NewBuilder(s.labels).Del(model.MetricNameLabel).Labels().StringNoSpace()
		for _, sample := range s.samples {
			if _, err := fmt.Fprintf(out, "%s %v %.3f\n", name, sample.value, float64(sample.at.UnixMilli())/1000); err != nil {
				return err
			}
		}
	}
	if _, err := io.WriteString(out, "# EOF\n"); err != nil {
		return err
	}
	return out.Flush()
}

// writeJSONLines writes all samples in the format of VictoriaMetrics'
// /api/v1/import, one line a series.
func (h history) writeJSONLines(w io.Writer) error {
	encode := json.NewEncoder(w)
	for _, s := range h.series {
		line := struct {
			Metric     map[string]string `json:"metric"`
			Values     []float64         `json:"values"`
			Timestamps []int64           `json:"timestamps"`
		}{Metric: s.labels.Map()}
		for _, sample := range s.samples {
			line.Values = append(line.Values, sample.value)
			line.Timestamps = append(line.Timestamps, sample.at.UnixMilli())
		}
		if err := encode.Encode(line); err != nil {
			return err
		}
	}
	return nil
}
