package tech

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/docs/rules"
	"github.com/nthlayer/action/pkg/report"
)

const ownAlerts = `# Alerts of our own.
technology: PG
metrics:
  - name: shop_pool_waits_total
    type: counter
alerts:
  - name: PostgresqlConnectionsHigh
    expr: sum by (instance) (pg_stat_activity_count) / max by (instance) (pg_settings_max_connections) > 0.6
    for: 10m
    severity: info
    threshold: 0.6
    summary: "{{ $labels.instance }} is busy"
    description: "{{ $value }} of the connections are in use."
  - name: PoolWaits
    expr: rate(shop_pool_waits_total[1m]) > on (instance) shop_limit
    for: 2h
    severity: warning
    summary: Clients wait for a connection
    description: Raise the size of the pool.
`

// ownFile is one file of own alerts, as With takes it.
func ownFile(text string) ([]string, Reader) {
	return []string{"a/own.yaml"}, func(_ string, limit int) ([]byte, error) { return []byte(text[:min(len(text), limit+1)]), nil }
}

// loaded returns the built-in catalogue.
func loaded(t testing.TB) *Catalog {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func names(alerts []Alert) []string {
	var out []string
	for _, a := range alerts {
		out = append(out, a.Name)
	}
	return out
}

func TestOwnAlertsReplaceThoseOfTheSameNameAndStandBesideTheOthers(t *testing.T) {
	t.Parallel()
	c := loaded(t)
	before, _ := c.Lookup("postgresql")
	with, found := c.With(ownFile(ownAlerts))
	if len(found) > 0 {
		t.Fatalf("findings: %v", found)
	}
	after, _ := with.Lookup("postgresql")
	if diff := cmp.Diff(append(names(before.Alerts), "PoolWaits"), names(after.Alerts)); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	i := slices.Index(names(after.Alerts), "PostgresqlConnectionsHigh")
	if a := after.Alerts[i]; *a.Threshold != 0.6 || a.Severity != Info || a.Origin.String() != "a/own.yaml:7:5" {
		t.Errorf("the alert was not replaced: %+v at %s", a, a.Origin)
	}
	if again, _ := c.Lookup("postgresql"); !slices.Equal(names(before.Alerts), names(again.Alerts)) || *again.Alerts[i].Threshold != 0.8 {
		t.Error("the catalogue was changed")
	}
}

func TestWithoutFilesTheCatalogueIsAsItWas(t *testing.T) {
	t.Parallel()
	c := loaded(t)
	if with, found := c.With(nil, nil); with != c || len(found) > 0 {
		t.Errorf("got %v", found)
	}
}

func TestOwnAlertsThatCannotBeReadAreReported(t *testing.T) {
	t.Parallel()
	_, found := loaded(t).With([]string{"a/own.yaml"}, func(string, int) ([]byte, error) { return nil, errors.New("it leads out") })
	if len(found) != 1 || found[0].File != "a/own.yaml" || !strings.Contains(found[0].Message, "cannot be read: it leads out") {
		t.Errorf("got %v", found)
	}
}

func TestOwnAlertsThatCannotBeUsedAreReportedAtTheirPlace(t *testing.T) {
	t.Parallel()
	// replaced is the file above with one part written otherwise.
	replaced := func(part, with string) string {
		if !strings.Contains(ownAlerts, part) {
			t.Fatalf("%q is not in the file", part)
		}
		return strings.Replace(ownAlerts, part, with, 1)
	}
	for _, c := range []struct {
		name, file, want string
		// lost is how many of the two alerts are left out.
		lost int
	}{
		{"technology", replaced("PG", "postgresqll"), `2:13 technology "postgresqll" is not known; did you mean postgresql?`, 2},
		{"no technology", replaced("technology: PG\n", ""), `2:1 technology "" is not known`, 2},
		{"unknown key", replaced("severity: info", "severty: info"), "10:1 field severty not found", 2},
		{"wrong type", replaced("threshold: 0.6", "threshold: high"), "11:1 cannot unmarshal !!str `high` into float64", 2},
		{"syntax", replaced("technology: PG", "technology: [PG"), "yaml/syntax", 2},
		{"duplicate key", replaced("for: 10m", "for: 10m\n    for: 5m"), "yaml/duplicate-key", 2},
		{"list", "- a\n", "1:1 a file of your own alerts is one mapping", 2},
		{"two documents", ownAlerts + "---\ntechnology: redis\n", "21:1 a file of your own alerts is one mapping", 2},
		{"expression", replaced("max by (instance) (", "max by (instance) "), "8:11 the expression does not parse", 1},
		{"counter", replaced("rate(shop_pool_waits_total[1m])", "shop_pool_waits_total"), "15:11 the counter shop_pool_waits_total is read without", 1},
		{"sides", replaced("max by (instance)", "max by (job)"), "8:11 the sides never match", 1},
		{"for", replaced("for: 10m", "for: ten"), `9:10 "ten" is no duration`, 1},
		{"no for", replaced("    for: 10m\n", ""), `7:5 "" is no duration`, 1},
		{"severity", replaced("severity: warning", "severity: page"), `17:15 "page" is no severity`, 1},
		{"threshold", replaced("threshold: 0.6", "threshold: 0.7"), "11:16 0.7 is compared with 0 times", 1},
		{"template", replaced("{{ $labels.instance }}", "{{ .Lables }}"), "12:14 the template fails", 1},
		{"label", replaced("{{ $labels.instance }}", "{{ $labels.pod }}"), "12:14 the alert has no label pod", 1},
		{"name", replaced("PoolWaits", "pool-waits"), `14:11 "pool-waits" is no name`, 1},
		{"name twice", replaced("PoolWaits", "PostgresqlConnectionsHigh"), "14:11 the alert PostgresqlConnectionsHigh is there twice, first at a/own.yaml:7:11", 1},
		{"name of another", replaced("PoolWaits", "RedisDown"), "14:11 RedisDown is an alert of redis", 1},
		{"metric", replaced("type: counter", "type: total"), `5:11 shop_pool_waits_total is declared as "total"`, 0},
		{"too large", ownAlerts + "#" + strings.Repeat("x", 8<<20), "yaml/limit", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			with, found := loaded(t).With(ownFile(c.file))
			if len(found) == 0 {
				t.Fatal("no finding")
			}
			f := found[0]
			got := fmt.Sprintf("%s %d:%d %s", f.Rule, f.Line, f.Column, f.Message)
			if !strings.Contains(got, c.want) || f.File != "a/own.yaml" || f.Severity != report.Error || f.Suggestion == "" || f.Fingerprint == "" {
				t.Errorf("got %+v, want %q", f, c.want)
			}
			pg, _ := with.Lookup("pg")
			kept := 0
			for _, a := range pg.Alerts {
				if a.Origin.Written() {
					kept++
				}
			}
			if kept != 2-c.lost {
				t.Errorf("%d alerts of the file are used, want %d", kept, 2-c.lost)
			}
		})
	}
}

// TestNoOwnFileBreaksTheCatalogue changes bytes of a file and makes sure that
// what is taken from it still holds.
func TestNoOwnFileBreaksTheCatalogue(t *testing.T) {
	t.Parallel()
	c := loaded(t)
	rapid.Check(t, func(t *rapid.T) {
		data := []byte(ownAlerts)
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			at := rapid.IntRange(0, len(data)-1).Draw(t, "at")
			data = slices.Replace(data, at, min(at+rapid.IntRange(0, 9).Draw(t, "cut"), len(data)), []byte(rapid.StringN(0, 4, -1).Draw(t, "text"))...)
		}
		with, found := c.With(ownFile(string(data)))
		for _, f := range found {
			if f.File != "a/own.yaml" || f.Message == "" {
				t.Errorf("finding without place or text: %+v", f)
			}
		}
		for _, technology := range with.All() {
			for _, a := range technology.Alerts {
				if _, err := parse(a.Expr); err != nil || !alertName.MatchString(a.Name) {
					t.Errorf("%s %s: %v", a.Name, a.Expr, err)
				}
			}
		}
	})
}

// TestThePageOfTheRuleShowsAFileThatWorks reads the example of the rule's page.
func TestThePageOfTheRuleShowsAFileThatWorks(t *testing.T) {
	t.Parallel()
	page, ok := rules.Page(RuleAlert)
	_, example, isThere := strings.Cut(page, "```yaml .nthlayer/alerts/postgresql.yaml\n")
	if !ok || !isThere {
		t.Fatalf("the page of %s has no example", RuleAlert)
	}
	example, _, _ = strings.Cut(example, "```")
	with, found := loaded(t).With(ownFile(example))
	for _, f := range found {
		t.Errorf("the example has a finding: %s %s", f.Position(), f.Message)
	}
	if pg, _ := with.Lookup("postgresql"); !slices.Contains(names(pg.Alerts), "ShopPoolWaits") {
		t.Error("the alert of the example is not used")
	}
}
