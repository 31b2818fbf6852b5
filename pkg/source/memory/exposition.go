package memory

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"sort"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"

	"github.com/nthlayer/action/pkg/report"
)

const maxExpositionSeries = 1_000_000

// Media types of the two text formats.
const (
	openMetrics = "application/openmetrics-text"
	plainText   = "text/plain"
)

// Exposition reads a page of metrics in Prometheus' text format or in
// OpenMetrics. The format is told by the media type where there is one, else by
// the last line, which is "# EOF" in OpenMetrics. Every sample is taken at the
// given time, whatever time stands beside it; of a series that stands there
// twice the first counts, as when Prometheus scrapes. An error is a *FileError.
func Exposition(name string, data []byte, contentType string, at time.Time) (*Store, error) {
	all, err := parsePage(data, format(data, contentType), at)
	if err != nil {
		return nil, badLine(name, data, format(data, contentType), err)
	}
	if len(all) == 0 {
		return nil, failed(report.Position{File: name, Line: 1, Column: 1}, "the page has no metrics", "check that the service was running when it was read")
	}
	return newStore(all), nil
}

func format(data []byte, contentType string) string {
	if media, _, err := mime.ParseMediaType(contentType); err == nil && media == openMetrics {
		return openMetrics
	}
	if bytes.HasSuffix(bytes.TrimRight(data, "\r\n"), []byte("# EOF")) {
		return openMetrics
	}
	return plainText
}

var errTooManySeries = errors.New("the page has more than 1000000 series")

// parsePage returns the series of a page. Lines may end in a carriage return. The
// parser gets a copy, since it writes behind the end of what it is given.
func parsePage(data []byte, media string, at time.Time) ([]*series, error) {
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	p := newPageParser(data, media)
	seen := map[string]bool{}
	var all []*series
	for {
		entry, err := p.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		if entry != textparse.EntrySeries {
			continue
		}
		_, _, v := p.Series()
		var lset labels.Labels
		p.Labels(&lset)
		key := string(lset.Bytes(nil))
		if seen[key] {
			continue
		}
		seen[key] = true
		if len(all) == maxExpositionSeries {
			return nil, errTooManySeries
		}
		all = append(all, &series{labels: lset, start: at.UnixMilli(), step: 1, values: []float64{v}})
	}
}

func newPageParser(data []byte, media string) textparse.Parser {
	if media == openMetrics {
		return textparse.NewOpenMetricsParser(data, labels.NewSymbolTable())
	}
	return textparse.NewPromParser(data, labels.NewSymbolTable(), false)
}

// badLine finds the line that a page cannot be parsed beyond. The parsers do not
// tell, so ever shorter beginnings of the page are parsed; that costs nothing
// unless a page is bad.
func badLine(name string, data []byte, media string, err error) *FileError {
	lines := bytes.SplitAfter(data, []byte("\n"))
	n := sort.Search(len(lines), func(i int) bool {
		start := bytes.Join(lines[:i+1], nil)
		if media == openMetrics && !bytes.HasSuffix(start, []byte("# EOF\n")) {
			start = append(start, "# EOF\n"...)
		}
		_, err := parsePage(start, media, time.Time{})
		return err != nil
	})
	if n == len(lines) {
		// Every line is right, so the end is missing.
		return failed(report.Position{File: name, Line: len(lines), Column: 1}, "invalid metrics: "+printable(err.Error()), "end an OpenMetrics page with # EOF")
	}
	text := strings.TrimSpace(string(lines[n]))
	if strings.HasPrefix(text, "<") {
		return failed(report.Position{File: name, Line: n + 1, Column: 1}, "this is a web page, not metrics", "check the address, it often ends in /metrics")
	}
	return failed(report.Position{File: name, Line: n + 1, Column: 1}, "invalid metrics: "+printable(err.Error()), "write one sample a line, as name{label=\"value\"} 1")
}

// printable bounds a parser's message, which repeats what it read.
func printable(s string) string {
	const longest = 200
	s = strings.ToValidUTF8(s, "?")
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > longest {
		s = string(runes[:longest]) + "..."
	}
	return s
}
