package lint

import (
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"

	"github.com/nthlayer/action/pkg/lint/rulefile"
)

type queryable = storage.Queryable

func newEngine() promql.QueryEngine {
	return promql.NewEngine(promql.EngineOpts{
		MaxSamples: 1_000_000, Timeout: time.Minute, EnableAtModifier: true, EnableNegativeOffset: true,
		Parser: parser.NewParser(parser.Options{}),
	})
}

// rulesOf returns the rules of rule files.
func rulesOf(t *testing.T, ex example) []*rulefile.Rule {
	t.Helper()
	var out []*rulefile.Rule
	for _, f := range ex {
		file, _ := rulefile.Parse(t.Context(), f.Name, f.Data)
		for _, g := range file.Groups {
			out = append(out, g.Rules...)
		}
	}
	if len(out) == 0 {
		t.Fatal("no rules")
	}
	return out
}
