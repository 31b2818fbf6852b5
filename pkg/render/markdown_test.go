package render

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/report"
)

// large is a report that is far too long for a comment.
func large() *report.Report {
	rep := *mixed()
	for i := range 300 {
		s := healthy(fmt.Sprintf("passing-%03d", i), "low")
		rep.Services = append(rep.Services, s)
		if i < 100 {
			bad := exhausted()
			bad.Name = fmt.Sprintf("failing-%03d", i)
			rep.Services = append(rep.Services, bad)
		}
		f := report.Finding{Rule: "promql/x", Severity: report.Warning, File: "a.yaml", Line: i + 1, Message: fmt.Sprintf("Warning number w%03d is ==here==.", i)}
		rep.Findings = append(rep.Findings, f)
		f.Severity, f.Message = report.Info, fmt.Sprintf("Info number i%03d.", i)
		rep.Findings = append(rep.Findings, f)
		if i < 20 {
			f.Severity, f.Message = report.Error, fmt.Sprintf("Error number e%03d.", i)
			rep.Findings = append(rep.Findings, f)
		}
	}
	return finish(rep)
}

func balanced(t *testing.T, name, text string) {
	t.Helper()
	for _, tag := range []string{"details", "summary", "sub", "code", "b"} {
		if open, closed := strings.Count(text, "<"+tag+">"), strings.Count(text, "</"+tag+">"); open != closed {
			t.Errorf("%s: %d <%s> and %d </%s>", name, open, tag, closed, tag)
		}
	}
	if !utf8.ValidString(text) {
		t.Errorf("%s: not UTF-8", name)
	}
}

func TestMarkdownStaysInItsBudgetAndBalanced(t *testing.T) {
	reports := samples()
	reports["large"] = large()
	for name, rep := range reports {
		full := len(rendered(t, "markdown", rep, Options{}))
		for limit := 2000; limit < full+500; limit += 1 + full/23 {
			got := rendered(t, "markdown", rep, Options{MaxBytes: limit})
			if len(got) > limit {
				t.Fatalf("%s: %d bytes, limit %d", name, len(got), limit)
			}
			balanced(t, fmt.Sprintf("%s at %d", name, limit), got)
			if (len(got) < full) != strings.Contains(got, "**Not shown:**") {
				t.Fatalf("%s at %d: what is missing is not counted, or counted for nothing", name, limit)
			}
		}
	}
}

func TestMarkdownGivesUpTheLeastFirst(t *testing.T) {
	rep := large()
	// In the order in which they go: the page may hold one only if it holds all
	// that come after it.
	order := []string{"passing-000", "SLOs of <b>", "Info number i000", "w000", "`ledger`", "e000", "## ✗ fail: "}
	last := len(order) - 1
	for limit := 1500; limit < 250_000; limit += limit / 8 {
		got := rendered(t, "markdown", rep, Options{MaxBytes: limit})
		whole := true
		for i := range order {
			there := strings.Contains(got, order[i])
			if i == last && !there {
				t.Fatalf("at %d the heading is gone", limit)
			}
			if there {
				whole = false
			}
			if !there && !whole {
				t.Fatalf("at %d there is no %q, but something that matters less", limit, order[i])
			}
		}
	}
}

func TestMarkdownSaysHowManyAreMissingAndWhereToReadThem(t *testing.T) {
	run := Options{MaxBytes: 60_000, Link: "https://example.org/run/1"}
	written := run
	written.ReportFile = "out/report.json"
	for want, opts := range map[string]Options{
		"All errors and warnings are in the log of [this run](https://example.org/run/1).":            run,
		"All of it is in the report file `out/report.json` of [this run](https://example.org/run/1).": written,
		"301 passing services": run, "103 details blocks": run,
	} {
		if got := rendered(t, "markdown", large(), opts); !strings.Contains(got, want) {
			t.Errorf("no %q in the last lines: %s", want, got[max(len(got)-600, 0):])
		}
	}
}

// thousands is a report of services that are all blocked, and have an error each.
func thousands() *report.Report {
	rep := *mixed()
	rep.Services, rep.Findings, rep.Portfolio = nil, nil, nil
	for i := range 3000 {
		bad := exhausted()
		bad.Name = fmt.Sprintf("failing-%04d", i)
		rep.Services = append(rep.Services, bad)
		rep.Findings = append(rep.Findings, report.Finding{
			Rule: "promql/syntax", Severity: report.Error, Service: bad.Name, File: "a.yaml", Line: i + 1, Message: fmt.Sprintf("error e%04d: %s", i, strings.Repeat("x", 100)),
		})
	}
	return finish(rep)
}

// An error says what to do; what the gate thought of it can be read elsewhere.
func TestMarkdownKeepsErrorsBeforeWhatRepeatsThem(t *testing.T) {
	rep := thousands()
	for limit, least := range map[int]int{60_000: 300, 1<<20 - 16_384: 3000} {
		got := rendered(t, "markdown", rep, Options{MaxBytes: limit})
		if n := strings.Count(got, "| `promql/syntax` |"); n < least || limit-len(got) > 1000 && n < 3000 {
			t.Errorf("at %d: %d errors in %d bytes, want at least %d and no room left", limit, n, len(got), least)
		}
		if !strings.Contains(got, budgetHead()+budgetRow(byNeed(rep.Services)[0])) {
			t.Errorf("at %d: the table of services is gone", limit)
		}
		if limit == 60_000 && strings.Contains(got, "### Deploy gate") {
			t.Errorf("at %d: prose took the place of errors", limit)
		}
	}
}

func TestMarkdownSaysWhatIsWrongWithTheRun(t *testing.T) {
	got := rendered(t, "markdown", green(), Options{Note: "the stages did not finish | in time", MaxBytes: 600})
	if !strings.Contains(got, "\n\n**Note:** the stages did not finish &#124; in time\n\n") {
		t.Errorf("got:\n%s", got)
	}
}

func TestMarkdownLinksOnlyToPlainAddresses(t *testing.T) {
	for _, bad := range []string{"javascript:alert(1)", "https://x/)[y](z", "https://x y", "https://x\n/close", "https://x|y"} {
		if got := link(bad, "here"); got != "" {
			t.Errorf("link(%q) = %q", bad, got)
		}
	}
}

func TestMarkdownTablesKeepTheirColumns(t *testing.T) {
	for name, rep := range samples() {
		columns := 0
		for i, line := range strings.Split(rendered(t, "markdown", rep, Options{Verbose: true}), "\n") {
			if !strings.HasPrefix(line, "|") {
				columns = 0
				continue
			}
			n := len(rawPipe.FindAllString(line, -1))
			if columns != 0 && n != columns {
				t.Errorf("%s, line %d: %d cells, the head has %d: %s", name, i+1, n-1, columns-1, line)
			}
			columns = n
		}
	}
}

func TestMarkdownOfHostileTextDoesNothing(t *testing.T) {
	got := rendered(t, "markdown", hostile(), Options{Verbose: true})
	for _, tag := range []string{"details>", "summary>", "sub>", "code>", "b>", "br>"} {
		got = strings.NewReplacer("<"+tag, "", "</"+tag, "").Replace(got)
	}
	if i := strings.Index(got, "<"); i >= 0 {
		t.Errorf("a tag that is not ours: %.60q", got[i:])
	}
	for _, line := range strings.Split(got, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "/") {
			t.Errorf("a quick action: %q", line)
		}
	}
}

func TestQuietMarkdownIsTheHeadingAndTheFoot(t *testing.T) {
	got := rendered(t, "markdown", green(), Options{Quiet: true})
	if lines := strings.Split(strings.TrimSpace(got), "\n"); len(lines) != 3 || !strings.HasPrefix(lines[0], "## ✓ pass: ") || !strings.HasPrefix(lines[2], "<sub>") {
		t.Errorf("got:\n%s", got)
	}
}

// The verdict is told also where nothing else has room.
func TestPageNeverDropsTheVerdict(t *testing.T) {
	verdict, foot := strings.Repeat("verdict ", 40), strings.Repeat("foot ", 40)
	p := page{sections: []section{
		{parts: []part{{classKeep, "verdict", verdict}, {classError, "error", "e"}}},
		{parts: []part{{classKeep, "foot", foot}}},
	}}
	if got := p.fit(10, func(dropped string) string { return "without " + dropped + "; " }); got != verdict+"without 1 error; "+foot {
		t.Errorf("got %q", got)
	}
}

func TestPageDropsWholePartsInOrderOfClass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p page
		for range rapid.IntRange(1, 5).Draw(t, "sections") {
			s := section{head: "<i>", foot: "</i>"}
			for range rapid.IntRange(0, 8).Draw(t, "parts") {
				c := class(rapid.IntRange(int(classPassing), int(classWorst)).Draw(t, "class"))
				size := rapid.IntRange(1, 60).Draw(t, "size")
				s.parts = append(s.parts, part{c, fmt.Sprint("part ", int(c)), fmt.Sprintf("%d%s", c, strings.Repeat(".", size))})
			}
			p.sections = append(p.sections, s)
		}
		p.sections = append(p.sections, section{parts: []part{{classKeep, "", "end"}}})
		limit := rapid.IntRange(noteBytes+10, 1500).Draw(t, "limit")
		got := p.fit(limit, func(dropped string) string { return "(" + dropped + ")" })
		if len(got) > limit || !strings.HasSuffix(got, "end") || strings.Count(got, "<i>") != strings.Count(got, "</i>") {
			t.Fatalf("limit %d: %d bytes: %q", limit, len(got), got)
		}
	})
}
