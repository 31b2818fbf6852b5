package render

import (
	"encoding/json"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/report"
)

func readFile(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestSARIFFollowsTheOfficialSchema(t *testing.T) {
	schema := compile(t, "testdata/sarif-2.1.0.schema.json")
	reports := samples()
	reports["empty"] = finish(report.Report{Command: "lint", Verdict: report.Pass})
	for name, rep := range reports {
		if err := validate(t, schema, rendered(t, "sarif", rep, Options{})); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// sarifFile is what code scanning reads of a SARIF file.
type sarifFile struct {
	Runs []struct {
		ColumnKind        string
		AutomationDetails struct{ ID string }
		Tool              struct {
			Driver struct {
				Rules []struct {
					ID      string
					HelpURI string `json:"helpUri"`
					Help    struct{ Text, Markdown string }
				}
			}
		}
		Results []struct {
			RuleID              string
			RuleIndex           int
			Level               string
			PartialFingerprints map[string]string
			Locations           []struct {
				PhysicalLocation struct {
					ArtifactLocation struct{ URI string }
					Region           struct{ StartLine, StartColumn, EndLine, EndColumn int }
				}
			}
		}
	}
}

func readSARIF(t *testing.T, rep *report.Report, opts Options) sarifFile {
	t.Helper()
	var file sarifFile
	if err := json.Unmarshal([]byte(rendered(t, "sarif", rep, opts)), &file); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestSARIFResultsHavePlaceRuleAndFingerprint(t *testing.T) {
	for name, rep := range samples() {
		run := readSARIF(t, rep, Options{}).Runs[0]
		if run.ColumnKind != "unicodeCodePoints" {
			t.Errorf("%s: columnKind is %q", name, run.ColumnKind)
		}
		if len(run.Results) != len(rep.Findings) {
			t.Errorf("%s: %d results of %d findings", name, len(run.Results), len(rep.Findings))
		}
		for _, result := range run.Results {
			place := result.Locations[0].PhysicalLocation
			uri, err := url.Parse(place.ArtifactLocation.URI)
			if err != nil || uri.IsAbs() || strings.HasPrefix(uri.Path, "/") {
				t.Errorf("%s: URI %q is not relative (%v)", name, place.ArtifactLocation.URI, err)
			}
			if place.Region.StartLine < 1 {
				t.Errorf("%s: a result has no line", name)
			}
			if run.Tool.Driver.Rules[result.RuleIndex].ID != result.RuleID {
				t.Errorf("%s: rule %q is declared at another index", name, result.RuleID)
			}
			if result.PartialFingerprints[fingerprintKey] == "" {
				t.Errorf("%s: a result has no fingerprint", name)
			}
		}
	}
}

func TestSARIFFindingsWithoutFileGoToTheFileOfTheirService(t *testing.T) {
	rep := finish(report.Report{
		Services: []report.Service{{Name: "a", File: "/repo/services/a.yaml"}, {Name: "b", File: "./services/b.yaml"}},
		Findings: []report.Finding{
			{Rule: "gate/no-data", Severity: report.Error, Service: "b", Message: "b"},
			{Rule: "gate/no-data", Severity: report.Info, Message: "nobody's"},
		},
	})
	var got []string
	for _, result := range readSARIF(t, rep, Options{Root: "/repo"}).Runs[0].Results {
		got = append(got, result.Level+" "+result.Locations[0].PhysicalLocation.ArtifactLocation.URI)
	}
	if want := []string{"error services/b.yaml", "note services/a.yaml"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSARIFRulesCarryTheTextOfTheirPage(t *testing.T) {
	known := func(id string) (Rule, bool) {
		return Rule{Title: "A title", Help: "Some help", URL: "https://example.org/" + id}, id == "promql/quantile-without-le"
	}
	for _, rule := range readSARIF(t, mixed(), Options{Rule: known}).Runs[0].Tool.Driver.Rules {
		switch {
		case rule.ID == "promql/quantile-without-le":
			if rule.Help.Markdown != "Some help" || rule.HelpURI != "https://example.org/promql/quantile-without-le" {
				t.Errorf("the text of the page is lost: %+v", rule)
			}
		case !strings.Contains(rule.Help.Text, "nthlayer rules "+rule.ID):
			t.Errorf("rule %s has no help: %+v", rule.ID, rule)
		}
	}
}

func TestSARIFSpanIsNotBackwards(t *testing.T) {
	rep := finish(report.Report{Findings: []report.Finding{
		{Rule: "a/b", Severity: report.Error, File: "a.yaml", Line: 4, Column: 7, EndLine: 3, EndColumn: 2, Message: "m"},
	}})
	region := readSARIF(t, rep, Options{}).Runs[0].Results[0].Locations[0].PhysicalLocation.Region
	if region.StartLine != 4 || region.StartColumn != 7 || region.EndLine != 0 || region.EndColumn != 0 {
		t.Errorf("got %+v", region)
	}
}
