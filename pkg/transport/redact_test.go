package transport_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/transport"
)

func TestRedactedText(t *testing.T) {
	const secret = "hunter2pw"
	for text, want := range map[string]string{
		"https://prom.example:9090/path":              "https://prom.example:9090/path",
		"file:metrics.yaml":                           "file:metrics.yaml",
		"https://admin:hunter2pw@prom.example":        "https://***@prom.example",
		"admin:hunter2pw@prom.example:9090":           "***@prom.example:9090",
		"http//admin:hunter2pw@h":                     "***@h",
		"//admin:hunter2pw@h":                         "***@h",
		"scrape:admin:hunter2pw@h/metrics":            "scrape:***@h/metrics",
		"scrape:http://admin:hunter2pw@h/metrics":     "scrape:http://***@h/metrics",
		"http://u:p@ss/hunter2pw@h/":                  "http://***@h/",
		"https://u:a?b#hunter2pw@h":                   "https://***@h",
		"https://user:hunter2pw%zz@h":                 "https://***@h",
		"hunter2pw@h":                                 "***@h",
		"https://prom.example/?token=hunter2pw":       "https://prom.example/?***",
		"https://prom.example#hunter2pw":              "https://prom.example#***",
		"prom.example/api?token=hunter2pw&x=1":        "prom.example/api?***",
		"scrape:http://h/metrics?format=x#hunter2pw":  "scrape:http://h/metrics?***",
		"HTTPS://Admin:hunter2pw@prom.example?a=b@cd": "HTTPS://***@cd",
	} {
		if got := transport.RedactedText(text); got != want || strings.Contains(got, secret) {
			t.Errorf("%s became %s, want %s", text, got, want)
		}
	}
}

func TestAddressSecrets(t *testing.T) {
	for text, want := range map[string][]string{
		"https://prom.example:9090":            nil,
		"https://admin:hunter2pw@prom.example": {"hunter2pw"},
		"https://admin:a%40b@prom.example":     {"a%40b", "a@b"},
		"admin:hunter2pw@prom.example:9090":    {"hunter2pw"},
		"http//admin:hunter2pw@h":              {"hunter2pw"},
		"http:admin:hunter2pw@h":               {"admin:hunter2pw", "hunter2pw"},
		"scrape:admin:hunter2pw@h/metrics":     {"hunter2pw"},
		"https://glpat-token@h":                {"glpat-token"},
		"http://u:p@ss/wd@h/":                  {"p@ss/wd"},
	} {
		if got := transport.AddressSecrets(text); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestRedactedAddress(t *testing.T) {
	u, err := url.Parse("https://joe:s3cr3t@prom.example/path?token=s3cr3t#s3cr3t")
	if err != nil {
		t.Fatal(err)
	}
	if got := transport.Redacted(u); got != "https://prom.example/path" {
		t.Errorf("%s", got)
	}
}
