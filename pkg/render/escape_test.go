package render

import (
	"bytes"
	"encoding/csv"
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func addInjected(f *testing.F) {
	for _, s := range injected() {
		f.Add(s)
	}
}

func TestInjectedTextGivesCommandsToARunnerThatReadsItRaw(t *testing.T) {
	// The parser of the tests has to find what it is there to find.
	found := 0
	for _, s := range injected() {
		found += len(runnerCommands(s))
	}
	if found < 5 {
		t.Errorf("the runner's parser finds %d commands in the injected text", found)
	}
}

func TestOnlyTheGitHubFormatHasCommands(t *testing.T) {
	for name, rep := range samples() {
		for _, f := range Formats() {
			got := runnerCommands(rendered(t, f.Name, rep, Options{Verbose: true, Color: f.Name == "table"}))
			if f.Name != "github" {
				if len(got) > 0 {
					t.Errorf("%s as %s: a runner finds %q", name, f.Name, got)
				}
				continue
			}
			planned, _ := PlanAnnotations(rep.Findings, nil, AllPlaces())
			if len(got) != len(planned) {
				t.Errorf("%s: a runner finds %d commands, %d are meant", name, len(got), len(planned))
			}
			for i := range min(len(got), len(planned)) {
				if want := annotationKind(planned[i].Severity); got[i].Name != want {
					t.Errorf("%s: command %d is %q, want %q", name, i, got[i].Name, want)
				}
			}
		}
	}
}

func FuzzTerminalText(f *testing.F) {
	addInjected(f)
	f.Fuzz(func(t *testing.T, s string) {
		got := TerminalText(s)
		if found := runnerCommands(got); len(found) > 0 {
			t.Errorf("a runner finds %q in %q", found, got)
		}
		lines := TerminalLines(s)
		if found := runnerCommands(lines); len(found) > 0 || strings.ContainsFunc(lines, func(r rune) bool { return r != '\n' && unicode.IsControl(r) }) {
			t.Errorf("%q is not inert, a runner finds %q", lines, found)
		}
		if want := strings.Count(strings.ReplaceAll(s, "\r\n", "\n"), "\n"); strings.Count(lines, "\n") != want {
			t.Errorf("%q does not have the lines of %q", lines, s)
		}
		for _, r := range got {
			if unicode.IsControl(r) || r == '\u202e' || r == '\u2066' {
				t.Errorf("%q holds %U", got, r)
			}
		}
		if !utf8.ValidString(got) {
			t.Errorf("%q is not UTF-8", got)
		}
	})
}

func FuzzCommand(f *testing.F) {
	addInjected(f)
	f.Fuzz(func(t *testing.T, s string) {
		got := runnerCommands(Command("error", s, Property{"file", s}, Property{"line", "3"}, Property{"title", s}))
		properties := map[string]string{"line": "3"}
		if s != "" {
			text := withoutSkipped(TerminalText(s))
			properties["file"], properties["title"] = text, text
		}
		if s != "" && strings.TrimSpace(s) == "" {
			return // blanks at the ends of the properties are the runner's to trim
		}
		properties["title"] = strings.TrimRightFunc(properties["title"], unicode.IsSpace)
		if s == "" {
			delete(properties, "title")
		}
		if len(got) != 1 || got[0].Name != "error" || !cmp.Equal(got[0].Properties, properties) {
			t.Errorf("from %q the runner reads %q, want properties %q", s, got, properties)
		}
	})
}

func TestCommandKeepsLineBreaksAndPercentSigns(t *testing.T) {
	got := runnerCommands(Command("warning", "100 % gone\nfix: 50%0A", Property{"file", "a,b:c%.yaml"}, Property{"col", ""}))
	want := []runnerCommand{{Name: "warning", Data: "100 % gone\nfix: 50%0A", Properties: map[string]string{"file": "a,b:c%.yaml"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

const delimiter = "ghadelimiter_0123456789abcdef"

func FuzzFileCommand(f *testing.F) {
	addInjected(f)
	f.Add("a\n" + delimiter + "\nverdict=pass")
	f.Fuzz(func(t *testing.T, s string) {
		text, err := FileCommand("report", s, delimiter)
		if strings.Contains(s, delimiter) {
			if !errors.Is(err, ErrDelimiter) {
				t.Fatalf("a value with the delimiter is written: %q, %v", text, err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		names, values, ok := readFileCommands(text)
		if !ok || !cmp.Equal(names, []string{"report"}) || !cmp.Equal(values, []string{s}) {
			t.Errorf("from %q the runner reads %q = %q (%v)", text, names, values, ok)
		}
	})
}

func TestSilencedTextHasNoCommands(t *testing.T) {
	text, err := Silenced("::error::a\n##[error]b\n", delimiter)
	if want := "::stop-commands::" + delimiter + "\n::error::a\n##[error]b\n::" + delimiter + "::\n"; err != nil || text != want {
		t.Errorf("got %q, %v", text, err)
	}
	if _, err := Silenced("::"+delimiter+"::\n::error::a", delimiter); !errors.Is(err, ErrDelimiter) {
		t.Errorf("text that ends its own silence is written: %v", err)
	}
	if _, err := Silenced("a", "short"); err == nil {
		t.Error("a token that can be guessed is taken")
	}
}

func TestFileCommandRefusesNamesAndDelimitersThatEndTheLine(t *testing.T) {
	for _, call := range [][2]string{
		{"a=b", delimiter},
		{"a\nb", delimiter},
		{"", delimiter},
		{"a<<b", delimiter},
		{"a", "EOF"},
		{"a", "0123456789abcdef\nverdict=pass"},
	} {
		if text, err := FileCommand(call[0], "v", call[1]); err == nil {
			t.Errorf("FileCommand(%q, %q) wrote %q", call[0], call[1], text)
		}
	}
}

var (
	rawPipe = regexp.MustCompile(`(^|[^\\])\|`)
	// A live mention, reference or address in text that a host has rendered.
	live = regexp.MustCompile(`@[\p{L}\p{N}]|[#!&][\p{L}\p{N}]|(?i:\b(gh|gl)-[0-9])|://|(?i:\bwww\.)`)
)

// shown is the text of Markdown prose after a host has rendered it.
func shown(markdown string) string {
	s := regexp.MustCompile("\\\\([\\\\`*_{}\\[\\]~|+=#.)-])").ReplaceAllString(markdown, "$1")
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&#124;", "|", "&#36;", "$", "&#47;", "/", "&amp;", "&").Replace(s)
}

func FuzzMarkdownText(f *testing.F) {
	addInjected(f)
	f.Add("1. item")
	f.Add("a\\|b")
	f.Add("/\u200b/close")
	f.Fuzz(func(t *testing.T, s string) {
		got := MarkdownText(s)
		if strings.ContainsAny(got, "<>\n\r") || rawPipe.MatchString(got) {
			t.Errorf("%q is not inert", got)
		}
		if regexp.MustCompile(`^\s*(/|[-+#=>]|[0-9]+[.)])`).MatchString(got) {
			t.Errorf("%q starts a block or a quick action", got)
		}
		if found := live.FindString(shown(got)); found != "" {
			t.Errorf("%q is live in %q", found, got)
		}
		for i, r := range got {
			if strings.ContainsRune("`*_[]~", r) && (i == 0 || !oddBackslashes(got[:i])) {
				t.Errorf("%q has %q without a backslash", got, r)
			}
		}
		want := strings.Trim(TerminalText(s), " ")
		if back := strings.ReplaceAll(shown(got), blank, ""); back != want {
			t.Errorf("%q is shown as %q, want %q", got, back, want)
		}
		if found := runnerCommands(got); len(found) > 0 {
			t.Errorf("a runner finds %q in %q", found, got)
		}
	})
}

func oddBackslashes(s string) bool {
	return (len(s)-len(strings.TrimRight(s, `\`)))%2 == 1
}

func FuzzMarkdownCode(f *testing.F) {
	addInjected(f)
	f.Add("`")
	f.Add("a``b|c")
	f.Fuzz(func(t *testing.T, s string) {
		got := MarkdownCode(s)
		want := strings.Trim(TerminalText(s), " ")
		if want == "" {
			if got != "" {
				t.Errorf("blank text gives %q", got)
			}
			return
		}
		if inner, ok := strings.CutPrefix(got, "<code>"); ok {
			if inner = strings.TrimSuffix(inner, "</code>"); strings.ContainsAny(inner, "<>|\n") {
				t.Errorf("%q is not inert", got)
			}
			return
		}
		if strings.ContainsAny(got, "<|\n") || !strings.HasPrefix(got, "`") {
			t.Errorf("%q is not one code span", got)
		}
		if back := readCodeSpan(got); back != want {
			t.Errorf("%q is shown as %q, want %q", got, back, want)
		}
	})
}

// readCodeSpan reads a code span as CommonMark does: it ends at the first run of
// as many backticks as opened it.
func readCodeSpan(s string) string {
	fence := s[:len(s)-len(strings.TrimLeft(s, "`"))]
	rest := s[len(fence):]
	for _, run := range ticks.FindAllStringIndex(rest, -1) {
		if run[1]-run[0] != len(fence) {
			continue
		}
		inner := rest[:run[0]]
		if strings.HasPrefix(inner, " ") && strings.HasSuffix(inner, " ") && strings.Trim(inner, " ") != "" {
			inner = inner[1 : len(inner)-1]
		}
		return inner + rest[run[1]:]
	}
	return s
}

func FuzzCSVCell(f *testing.F) {
	addInjected(f)
	f.Add(" =1+1")
	f.Fuzz(func(t *testing.T, s string) {
		got := CSVCell(s)
		if trimmed := strings.TrimSpace(got); trimmed != "" && strings.ContainsAny(trimmed[:1], "=+-@") {
			t.Errorf("%q is a formula", got)
		}
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		if err := w.WriteAll([][]string{{got, "x"}}); err != nil {
			t.Fatal(err)
		}
		if found := runnerCommands(b.String()); len(found) > 0 {
			t.Errorf("a runner finds %q in %q", found, b.String())
		}
	})
}

func TestCutRunesCutsOnAWord(t *testing.T) {
	for _, tt := range []struct {
		in   string
		n    int
		want string
	}{
		{"short", 10, "short"},
		{"one two three four", 12, "one two…"},
		{"目標目標目標", 4, "目標目…"},
		{strings.Repeat("x", 20), 5, "xxxx…"},
		{"any", 0, ""},
	} {
		got := cutRunes(tt.in, tt.n)
		if got != tt.want || utf8.RuneCountInString(got) > tt.n {
			t.Errorf("cutRunes(%q, %d) = %q, want %q", tt.in, tt.n, got, tt.want)
		}
	}
}
