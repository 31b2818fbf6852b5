package sourcetest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/memory"
)

// Load returns series for NewServer. Each line is a series and its values in
// promtool's notation; the last sample of the longest falls on at.
func Load(tb testing.TB, at time.Time, interval string, lines ...string) *memory.Store {
	tb.Helper()
	store, err := memory.Snapshot("series.yaml", snapshot(interval, lines), at)
	if err != nil {
		tb.Fatal(err)
	}
	return store
}

// Source returns the embedded source over the same lines as Load.
func Source(tb testing.TB, at time.Time, interval string, lines ...string) source.Source {
	tb.Helper()
	src, err := source.NewSnapshot("series.yaml", snapshot(interval, lines), source.Options{Now: at})
	if err != nil {
		tb.Fatal(err)
	}
	return src
}

func snapshot(interval string, lines []string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "interval: %s\ninput_series:\n", interval)
	for _, line := range lines {
		name, values := cutSeries(strings.TrimSpace(line))
		fmt.Fprintf(&b, "  - series: %q\n    values: %q\n", name, values)
	}
	return []byte(b.String())
}

// cutSeries splits a line behind the labels, or behind the name where there are
// none.
func cutSeries(line string) (name, values string) {
	space, brace := strings.Index(line, " "), strings.Index(line, "{")
	if brace >= 0 && (space < 0 || brace < space) {
		if end := strings.Index(line, "} "); end >= 0 {
			return line[:end+1], line[end+2:]
		}
		return line, ""
	}
	name, values, _ = strings.Cut(line, " ")
	return name, values
}

// Counting counts the calls to a source.
type Counting struct {
	source.Source

	mu    sync.Mutex
	calls map[string]int
}

// NewCounting wraps a source.
func NewCounting(s source.Source) *Counting {
	return &Counting{Source: s, calls: map[string]int{}}
}

func (c *Counting) count(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls[name]++
}

// Calls returns the number of calls of one of Query, QueryRange, Names and
// Recorded, or of all for "".
func (c *Counting) Calls(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if name != "" {
		return c.calls[name]
	}
	n := 0
	for _, one := range c.calls {
		n += one
	}
	return n
}

// Query counts and asks.
func (c *Counting) Query(ctx context.Context, query string, at time.Time) (source.Answer, error) {
	c.count("Query")
	return c.Source.Query(ctx, query, at)
}

// QueryRange counts and asks.
func (c *Counting) QueryRange(ctx context.Context, query string, r source.Range) (source.Answer, error) {
	c.count("QueryRange")
	return c.Source.QueryRange(ctx, query, r)
}

// Names counts and asks.
func (c *Counting) Names(ctx context.Context, match []string, start, end time.Time) (source.Names, error) {
	c.count("Names")
	return c.Source.Names(ctx, match, start, end)
}

// Recorded counts and asks.
func (c *Counting) Recorded(ctx context.Context) ([]string, error) {
	c.count("Recorded")
	return c.Source.Recorded(ctx)
}
