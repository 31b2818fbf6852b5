package starter

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/spectest"
	"github.com/nthlayer/action/pkg/tech"
)

func known(t *testing.T) Known {
	t.Helper()
	catalog, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	templates, findings := spec.Templates(context.Background(), spectest.Open(t, t.TempDir()), ".")
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	return Known{Templates: templates, Catalog: catalog}
}

func TestCheckName(t *testing.T) {
	for _, name := range []string{"payment-api", "a", "api2", "my--api", "my-api-v1", strings.Repeat("a", 63)} {
		if err := CheckName(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, why := range map[string]string{
		"":                        "has no name",
		"MyApi":                   "has capitals: write myapi",
		"My_Api":                  "other than lower-case letters, digits and hyphens",
		"my_api":                  "other than lower-case letters, digits and hyphens",
		"my api":                  "other than lower-case letters, digits and hyphens",
		"my.api":                  "other than lower-case letters, digits and hyphens",
		"zahlungs-\u00fcbersicht": "other than lower-case letters, digits and hyphens",
		"-my-api":                 "begins or ends with a hyphen",
		"my-api-":                 "begins or ends with a hyphen",
		"3scale":                  "begins with a digit",
		strings.Repeat("a", 64):   "more than the 63",
	} {
		if err := CheckName(name); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, want %q", name, err, why)
		}
	}
}

func TestFile(t *testing.T) {
	k := known(t)
	for name, a := range map[string]Answers{
		"api":      {Name: "payment-api", Team: "payments", Tier: "T1", Type: "API", Dependencies: []string{"pg", "valkey", "Redis", "kafka"}},
		"rare":     {Name: "etl", Team: "data", Type: "batch", Dependencies: []string{"memcached", "k8s", "Snowflake", "dynamodb", "postgresq", "memcached"}},
		"worker":   {Name: "mailer", Team: "mail", Tier: "low", Type: "background-job", Availability: "99 %"},
		"database": {Name: "ledger", Team: "payments", Type: "database"},
		"template": {Name: "shop", Team: "web", Template: "critical-api"},
		"override": {Name: "shop", Team: "web", Tier: "high", Template: "critical-api", Availability: "99.95"},
		"hostile":  {Name: "a", Team: "a: {b} # \"c\" - *d"},
	} {
		got, err := File(a, k)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		filetest.Golden(t, filepath.Join("testdata", name+".yaml"), string(got))
	}
}

// TestWhatNobodyKnowsIsTold makes sure that a slip is told with what was meant, and
// that what is not in the catalogue is no mistake.
func TestWhatNobodyKnowsIsTold(t *testing.T) {
	got := Doubts(Answers{Dependencies: []string{"pg", "memcached", "kubernetes", "postgresq", "snowflake"}}, known(t))
	want := []string{
		`nothing is known of the dependency "postgresq", and nothing is generated for it: did you mean postgres?`,
		`nothing is known of the dependency "snowflake", and nothing is generated for it: nthlayer rules dependency/type lists what is known`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestEverythingThatIsWrongIsTold(t *testing.T) {
	k := known(t)
	for _, tt := range []struct {
		answers Answers
		want    []string
	}{
		{
			Answers{Name: "x_y", Team: " ", Tier: "gold", Type: "apo", Template: "critical-ap", Dependencies: []string{"a b", "${x}"}, Availability: "many"},
			[]string{
				"other than lower-case", "has no team", `there is no tier "gold": there are critical, high, standard, low`, `there is no type "apo": did you mean api?`,
				`there is no template "critical-ap": did you mean critical-api?`, `nothing can be called "a b"`,
				`nothing can be called "${x}"`, `the availability "many" is no number`,
			},
		},
		{Answers{Name: "a", Team: "t\n", Availability: "100"}, []string{"has characters that no team has", "the availability 100 is no objective"}},
		{Answers{Name: "a", Team: "${env}", Availability: "0.999"}, []string{"has characters that no team has", "the availability 0.999 is no objective"}},
		{Answers{Name: "a", Team: "t", Template: "worker", Availability: "99"}, []string{"the template worker has no SLO availability"}},
		{Answers{Name: "a", Team: "t", Type: "database", Availability: "99"}, []string{"services of type database have no metrics"}},
	} {
		_, err := File(tt.answers, k)
		if err == nil || strings.Count(err.Error(), "\n")+1 != len(tt.want) {
			t.Errorf("%+v: %v", tt.answers, err)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: no %q in\n%v", tt.answers, want, err)
			}
		}
	}
}
