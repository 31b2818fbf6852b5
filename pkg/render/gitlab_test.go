package render

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// dotenvLine is what GitLab takes for a variable: one line, a name of word
// characters, and nothing that it would expand, unquote or cut off.
var dotenvLine = regexp.MustCompile("^[A-Z0-9_]+=[^\\s\"'`$\\\\]*$")

func TestDotenvIsWhatGitLabTakes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var variables []Property
		for i := range rapid.IntRange(0, 30).Draw(t, "variables") {
			variables = append(variables, Property{Name: fmt.Sprintf("n-%d", i), Value: rapid.OneOf(
				rapid.String(), rapid.SampledFrom(injected()), rapid.StringN(900, 1500, -1),
			).Draw(t, "value")})
		}
		text := Dotenv(variables)
		if len(text) > 5*1024 {
			t.Fatalf("%d bytes", len(text))
		}
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		if len(lines) > 20 || len(variables) > 0 && len(lines) == 0 {
			t.Fatalf("%d lines of %d variables", len(lines), len(variables))
		}
		for _, line := range lines {
			if len(variables) > 0 && !dotenvLine.MatchString(line) {
				t.Fatalf("GitLab would not read %q", line)
			}
		}
	})
}

func TestDotenvValues(t *testing.T) {
	var names []string
	for i := range 300 {
		names = append(names, fmt.Sprintf("service-%03d", i))
	}
	for _, tt := range []struct{ name, value, want string }{
		{"plain", "99.9", "N_X=99.9\n"},
		{"negative number", "-149.38", "N_X=-149.38\n"},
		{"address", "https://gitlab.example/a/-/merge_requests/7#note_12", "N_X=https://gitlab.example/a/-/merge_requests/7#note_12\n"},
		{"variable of a later job", "$CI_JOB_TOKEN", "N_X=_CI_JOB_TOKEN\n"},
		{"second line", "a\nB=c", "N_X=a_B=c\n"},
		{"blanks and quotes", `a "b" 'c'`, "N_X=a__b___c_\n"},
		{"empty", "", "N_X=\n"},
		{"long and no list", strings.Repeat("x", 1001), "N_X=\n"},
	} {
		if got := Dotenv([]Property{{Name: "n-x", Value: tt.value}}); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	got := Dotenv([]Property{{Name: "n-x", Value: strings.Join(names, ",")}})
	kept := strings.Count(got, "service-")
	if want := fmt.Sprintf(",and-%d-more\n", 300-kept); !strings.HasSuffix(got, want) || kept < 70 {
		t.Errorf("%d services kept, end %q, want %q", kept, got[len(got)-40:], want)
	}
}

func TestJobLinks(t *testing.T) {
	long := strings.Repeat("ä", 500)
	data, err := JobLinks("nthlayer", []Link{
		{"fail: blocked\n##[error]x", "https://gitlab.example/a/-/jobs/1"},
		{long, "http://gitlab.example"},
		{"script", "javascript:alert(1)"},
		{"nothing", ""},
		{"two lines", "https://a\nb"},
		{"form feed", "https://gitlab.example/#\f"},
		{"wide blank", "https://gitlab.example/#\u2003"},
		{"no address", "https:gitlab.example"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got map[string][]map[string]map[string]string
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	links := got["nthlayer"]
	if len(got) != 1 || len(links) != 2 || links[0]["external_link"]["url"] != "https://gitlab.example/a/-/jobs/1" {
		t.Fatalf("got %s", data)
	}
	if label := links[0]["external_link"]["label"]; strings.Contains(label, "\n") || !strings.HasPrefix(label, "fail: blocked") {
		t.Errorf("label %q", label)
	}
	if n := utf8.RuneCountInString(links[1]["external_link"]["label"]); n > 140 {
		t.Errorf("%d characters", n)
	}
	if empty, err := JobLinks("nthlayer", nil); err != nil || !strings.Contains(string(empty), "[]") {
		t.Errorf("no links: %s, %v", empty, err)
	}
}
