package memory_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/source/memory"
)

func trim(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

const openMetricsPage = `# TYPE requests counter
# HELP requests Requests.
requests_total{code="200"} 10 1.5 # {trace_id="x"} 1 1.4
requests_created{code="200"} 1.0
# TYPE latency histogram
latency_bucket{le="1"} 1
latency_bucket{le="+Inf"} 2
latency_sum 3
latency_count 2
# EOF
`

func TestExposition(t *testing.T) {
	tests := map[string]struct {
		page, contentType string
		want              []string
	}{
		"text":                           {"# HELP a Help.\n# TYPE a counter\na{b=\"c\"} 1\n\nd 2.5 1700000000000\n# a comment\n", "", []string{`{__name__="a", b="c"} 1`, `{__name__="d"} 2.5`}},
		"text without a last line break": {"a 1\nb 2", "text/plain; version=0.0.4", []string{`{__name__="a"} 1`, `{__name__="b"} 2`}},
		"carriage returns":               {"a 1\r\nb 2\r\n", "", []string{`{__name__="a"} 1`, `{__name__="b"} 2`}},
		"le as Prometheus stores it":     {"# TYPE h histogram\nh_bucket{le=\"1\"} 1\n", "text/plain", []string{`{__name__="h_bucket", le="1.0"} 1`}},
		"quoted name":                    {"{\"a.b\", c=\"d\"} 1\n", "text/plain; version=1.0.0", []string{`{__name__="a.b", c="d"} 1`}},
		"escapes":                        {"a{b=\"x\\\"y\\n\"} NaN\n", "", []string{"{__name__=\"a\", b=\"x\\\"y\\n\"} NaN"}},
		"the first of two":               {"a 1\na 2\n", "", []string{`{__name__="a"} 1`}},
		"OpenMetrics by its end": {openMetricsPage, "", []string{
			`{__name__="latency_bucket", le="+Inf"} 2`, `{__name__="latency_bucket", le="1.0"} 1`, `{__name__="latency_count"} 2`, `{__name__="latency_sum"} 3`,
			`{__name__="requests_created", code="200"} 1`, `{__name__="requests_total", code="200"} 10`,
		}},
		"OpenMetrics by its type": {"# TYPE up gauge\nup 1\n# EOF\n", "application/openmetrics-text; version=1.0.0; charset=utf-8", []string{`{__name__="up"} 1`}},
	}
	at := time.UnixMilli(1_800_000_000_123)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, err := memory.Exposition("m.txt", []byte(tt.page), tt.contentType, at)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, everything(t, s, at)); d != "" {
				t.Errorf("series (-want +got):\n%s", d)
			}
		})
	}
}

// everything returns all samples, each of which must lie at one time.
func everything(t *testing.T, s *memory.Store, at time.Time) []string {
	t.Helper()
	q, err := s.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	set := q.Select(context.Background(), true, nil)
	for set.Next() {
		it := set.At().Iterator(nil)
		for it.Next() != 0 {
			ts, v := it.At()
			if ts != at.UnixMilli() {
				t.Errorf("%s has a sample at %d, want now", set.At().Labels(), ts)
			}
			out = append(out, set.At().Labels().String()+" "+trim(v))
		}
	}
	return out
}

func TestExpositionErrorsNameTheLine(t *testing.T) {
	tests := map[string]struct{ page, contentType, want string }{
		"empty":              {"", "", "m.txt:1:1: the page has no metrics"},
		"comments only":      {"# HELP a b\n", "", "m.txt:1:1: the page has no metrics"},
		"a web page":         {"<html>\n", "", "m.txt:1:1: this is a web page"},
		"first line":         {"what is this\n", "", "m.txt:1:1: invalid metrics"},
		"third line":         {"a 1\nb 2\nc{ 3\nd 4\n", "", "m.txt:3:1: invalid metrics"},
		"after empty lines":  {"a 1\n\n\n# c\nb two\n", "", "m.txt:5:1: invalid metrics"},
		"last line":          {"a 1\nb", "", "m.txt:2:1: invalid metrics"},
		"bad UTF-8":          {"a 1\nb{c=\"\xff\"} 1\n", "", "m.txt:2:1: invalid metrics"},
		"OpenMetrics line":   {"# TYPE a gauge\na 1\na\n# EOF\n", "", "m.txt:3:1: invalid metrics"},
		"no end":             {"# TYPE a gauge\na 1\n", "application/openmetrics-text", "end an OpenMetrics page with # EOF"},
		"control characters": {"a 1\n\x1b[31m 3\n", "", "m.txt:2:1: invalid metrics"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := memory.Exposition("m.txt", []byte(tt.page), tt.contentType, time.Unix(0, 0))
			var e *memory.FileError
			if !errors.As(err, &e) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want %q", err, tt.want)
			}
			if err != nil && strings.ContainsAny(err.Error(), "\x1b\r") {
				t.Errorf("the error repeats control characters: %q", err)
			}
		})
	}
}

func FuzzExposition(f *testing.F) {
	f.Add([]byte(openMetricsPage), "")
	f.Add([]byte("a{b=\"c\"} 1 5\n# TYPE a counter\n{\"x y\"} NaN"), "text/plain")
	f.Add([]byte("# TYPE a gauge\na 1\n# EOF"), "application/openmetrics-text; version=0.0.1")
	f.Add([]byte("a{\x00=\"\"} 1"), "application/openmetrics-text;=")
	f.Fuzz(func(t *testing.T, page []byte, contentType string) {
		before := bytes.Clone(page)
		s, err := memory.Exposition("m.txt", page, contentType, time.Unix(0, 0))
		var e *memory.FileError
		switch {
		case err != nil && (!errors.As(err, &e) || len(e.Problems) != 1 || e.Problems[0].At.Line < 1):
			t.Errorf("error of type %T: %v", err, err)
		case err == nil && s.Series() == 0:
			t.Error("a page without series and without an error")
		case !bytes.Equal(before, page):
			t.Error("the page was changed")
		}
	})
}
