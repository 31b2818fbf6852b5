package bundle

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/intent"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/tech"
)

// named is a service file with names in all places that take one.
func named(slo, dependency, alert string) string {
	return strings.NewReplacer("SLO_NAME", strconv.QuoteToASCII(slo), "DEPENDENCY", strconv.QuoteToASCII(dependency), "ALERT", strconv.QuoteToASCII(alert)).Replace(`
-- pay.yaml --
service: {name: pay, team: t, tier: critical, type: api}
resources:
  - kind: SLO
    name: SLO_NAME
    spec: {objective: 99.9, window: 30d, indicator: {total_query: 'sum(rate(t{service="pay"}[5m]))', good_query: 'sum(rate(t{service="pay",code="200"}[5m]))'}}
  - {kind: Dependencies, name: d, spec: {databases: [{name: DEPENDENCY, type: postgresql, selector: {job: DEPENDENCY}}]}}
  - {kind: Alert, name: ALERT, spec: {expr: up == 0, severity: warning}}
`)
}

// FuzzNames makes every kind of artefact with names of all kinds of characters: what the
// service file may have, no generator stumbles over.
func FuzzNames(f *testing.F) {
	catalog, err := tech.Load()
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range []string{"élan-p99", "日本", "ß", "ǆ-x", "\u0301a", "it's", `a"b`, "{{ $value }}", "a: b", "- x", "#", "%", "*a", "null", "1e3", "\u2028"} {
		f.Add(name, name, name)
	}
	f.Fuzz(func(t *testing.T, slo, dependency, alert string) {
		loaded := spectest.Load(t, named(slo, dependency, alert), "")
		if report.VerdictOf(append(loaded.Unreadable, loaded.Findings...)) == report.Fail {
			return // no name that a service file may have
		}
		s := loaded.Services[0]
		r := Generate(generate.Job{Service: s, Catalog: catalog, Metrics: intent.Offline(s)}, Kinds())
		for _, f := range r.Findings {
			if f.Severity == report.Error {
				t.Errorf("%q, %q and %q: %s", slo, dependency, alert, f.Message)
			}
		}
		for _, a := range r.Artefacts {
			if !utf8.Valid(a.Bytes) || strings.HasSuffix(a.Path, ".yaml") && !readable(a.Bytes) {
				t.Errorf("%q, %q and %q: %s is not readable:\n%s", slo, dependency, alert, a.Path, a.Bytes)
			}
		}
	})
}

func readable(data []byte) bool {
	d := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var v any
		if err := d.Decode(&v); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}
