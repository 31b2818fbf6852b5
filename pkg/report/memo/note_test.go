package memo

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/report"
)

var (
	shaA = strings.Repeat("a", 40)
	shaB = strings.Repeat("b", 64)
)

// packed is a line around any text, as somebody would forge it.
func packed(t testing.TB, plain string) string {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(plain)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return lineStart + encoding.EncodeToString(b.Bytes()) + lineEnd
}

func number(v float64) report.Number { return &v }

// rich is a note with a value in every place.
func rich() Note {
	checkout := Service{
		Name: "checkout", Verdict: report.Fail, Tier: "critical", Errors: 2, Warnings: 1, Budget: number(-56.8),
		Objectives: []Objective{{"availability", 99.95}, {"latency", 99}}, Missing: []string{"http_requests_totl"}, Checked: true,
	}
	search := Service{Name: "search <&> \u2028", Verdict: report.Pass}
	before := Verdict{SHA: shaA, Verdict: report.Warn, Warnings: 3, Total: 1, Services: []Service{checkout}}
	return Note{
		Now:   Verdict{SHA: shaB, Verdict: report.Fail, Errors: 2, Warnings: 4, Total: 2, Services: []Service{checkout, search}, Stages: []string{"gate", "lint"}},
		Since: &before,
	}
}

func names(t *rapid.T, label string, most int) []string {
	all := rapid.SliceOfN(rapid.StringN(1, maxName, -1), 0, most).Draw(t, label)
	return byName(all, func(s string) string { return s })
}

func anyVerdict(t *rapid.T, sha string, most int) Verdict {
	grade := rapid.SampledFrom([]report.Verdict{report.Pass, report.Warn, report.Fail, report.Undecidable})
	amount := rapid.IntRange(0, maxNumber)
	v := Verdict{SHA: sha, Verdict: grade.Draw(t, "verdict"), Errors: amount.Draw(t, "errors"), Warnings: amount.Draw(t, "warnings")}
	for _, name := range names(t, "services", most) {
		s := Service{Name: name, Verdict: grade.Draw(t, "verdict"), Tier: rapid.StringN(0, maxName, -1).Draw(t, "tier"), Errors: amount.Draw(t, "errors")}
		if rapid.Bool().Draw(t, "measured") {
			s.Budget = number(rapid.Float64Range(-maxNumber, maxNumber).Draw(t, "budget"))
		}
		for _, slo := range names(t, "SLOs", 3) {
			s.Objectives = append(s.Objectives, Objective{slo, rapid.Float64Range(0.001, 99.9999).Draw(t, "objective")})
		}
		if missing := names(t, "missing", 3); len(missing) > 0 {
			s.Missing = missing
		}
		s.Checked = rapid.Bool().Draw(t, "checked")
		v.Services = append(v.Services, s)
	}
	v.Total = len(v.Services)
	v.Stages = byName(rapid.SliceOfN(rapid.StringN(1, maxStage, -1), 0, maxStages).Draw(t, "stages"), func(s string) string { return s })
	return v
}

func anyNote(t *rapid.T, most int) Note {
	n := Note{Now: anyVerdict(t, shaB, most)}
	if rapid.Bool().Draw(t, "since") {
		before := anyVerdict(t, shaA, most)
		n.Since = &before
	}
	return n
}

// What fits comes back as it was; what does not, as one of the documented cuts of
// it. No line is too long, and none can end the hidden comment early.
func TestWhatIsWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := anyNote(t, rapid.SampledFrom([]int{1, 4, 30}).Draw(t, "services at most"))
		line := n.Line()
		if len(line) > MaxLine || strings.Contains(line, "\n") || strings.Count(line, "--") != 2 {
			t.Fatalf("%d bytes: %s", len(line), line)
		}
		got, ok := Parse(line + "\ntext below it")
		if !ok {
			t.Fatalf("not read back: %s", line)
		}
		first := slices.IndexFunc(steps(), func(s [2]Cut) bool {
			short := n.cut(s[0], s[1]).line()
			return short != "" && len(short) <= MaxLine
		})
		if diff := cmp.Diff(plain(t, n.cut(steps()[first][0], steps()[first][1])), plain(t, got)); diff != "" {
			t.Fatalf("step %d:\n%s", first, diff)
		}
	})
}

func plain(t *rapid.T, n Note) string {
	text, err := json.MarshalIndent(n, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestEveryValueSurvives(t *testing.T) {
	got, ok := Parse(rich().Line())
	if diff := cmp.Diff(rich(), got); !ok || diff != "" {
		t.Errorf("%t\n%s", ok, diff)
	}
}

// Details go in the documented order, the older verdict first, and the totals stay
// whatever comes.
func TestWhatDoesNotFitIsCutInOrder(t *testing.T) {
	var cuts []string
	for _, services := range []int{1, 5, 20, 30, 40, 50, 60, 80, 150, 200, 400, 100_000} {
		now := Verdict{SHA: shaB, Verdict: report.Fail, Total: services}
		for i := range services {
			// Names that do not compress, as hashes do not.
			s := Service{Name: fmt.Sprintf("%06d-%x", i, uint64(i+1)*0x9E3779B97F4A7C15), Verdict: report.Fail, Missing: []string{fmt.Sprintf("m_%x", uint64(i+1)*0xC2B2AE3D27D4EB4F)}, Checked: true}
			s.Objectives = []Objective{{fmt.Sprintf("slo-%x", uint64(i+1)*0xD6E8FEB86659FD93), 99.9}}
			if i%4 != 0 {
				s.Verdict = report.Pass
			}
			now.Services = append(now.Services, s)
		}
		before := now
		before.SHA = shaA
		line := Note{Now: now, Since: &before}.Line()
		got, ok := Parse(line)
		if !ok || len(line) > MaxLine || got.Now.Total != services || got.Since == nil || got.Since.Total != services {
			t.Fatalf("%d services: %d bytes, read: %t, %+v", services, len(line), ok, got.Now)
		}
		cuts = append(cuts, fmt.Sprintf("%d%d", got.Now.Cut, got.Since.Cut))
	}
	if !slices.IsSorted(cuts) || cuts[0] != "00" || cuts[len(cuts)-1] != "44" || len(slices.Compact(slices.Clone(cuts))) < 5 {
		t.Errorf("cuts %q", cuts)
	}
}

// Anything that Line would not write is no note.
func TestForgedLinesAreNotRead(t *testing.T) {
	good, err := json.Marshal(rich())
	if err != nil {
		t.Fatal(err)
	}
	swap := func(old, replacement string) string {
		out := strings.Replace(string(good), old, replacement, 1)
		if out == string(good) {
			t.Fatalf("there is no %q in %s", old, good)
		}
		return packed(t, out)
	}
	if _, ok := Parse(packed(t, string(good))); !ok {
		t.Fatal("the good one is not read either, so that this proves nothing")
	}
	line := rich().Line()
	long := rich()
	long.Now.Services[0].Missing = nil
	for i := range 200 {
		long.Now.Services[0].Missing = append(long.Now.Services[0].Missing, fmt.Sprintf("%03d-%x", i, uint64(i+1)*0x9E3779B97F4A7C15))
	}
	tooLong, err := json.Marshal(long)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"nothing":              "",
		"no line":              "## fail: deploy blocked",
		"a quotation":          "> " + line,
		"another version":      strings.Replace(line, "v=1", "v=2", 1),
		"text behind it":       line + " -->",
		"not in base64":        lineStart + "!!!!" + lineEnd,
		"base64 with padding":  strings.Replace(line, lineEnd, "="+lineEnd, 1),
		"no deflate":           lineStart + "AAAA" + lineEnd,
		"a part":               line[:len(line)/2/4*4] + lineEnd,
		"too long":             packed(t, string(tooLong)),
		"a bomb":               packed(t, string(good)+strings.Repeat(" ", 1<<20)),
		"not JSON":             packed(t, "now"),
		"no verdicts":          packed(t, "{}"),
		"null":                 packed(t, "null"),
		"two values":           packed(t, string(good)+string(good)),
		"blanks":               packed(t, string(good)+" "),
		"an unknown key":       swap(`{"now":`, `{"x":1,"now":`),
		"a key twice":          swap(`"v":"fail"`, `"v":"pass","v":"fail"`),
		"a key in capitals":    swap(`"v":"fail"`, `"V":"fail"`),
		"a made-up verdict":    swap(`"v":"fail"`, `"v":"great"`),
		"no commit":            swap(shaB, "main"),
		"one commit":           swap(shaB, shaA),
		"a negative count":     swap(`"e":2`, `"e":-2`),
		"a large count":        swap(`"e":2`, `"e":2000000000`),
		"a fraction":           swap(`"e":2`, `"e":2.5`),
		"a number too large":   swap(`-56.8`, `-1e300`),
		"a number in disguise": swap(`-56.8`, `-568e-1`),
		"no number":            swap(`-56.8`, `"x"`),
		"an empty objective":   swap(`99.95`, `100`),
		"a cut too far":        swap(`"w":4`, `"w":4,"c":9`),
		"details beyond a cut": swap(`"w":4,"n":2`, `"w":4,"n":2,"c":1`),
		"too few in total":     swap(`"w":4,"n":2`, `"w":4,"n":1`),
		"the wrong order":      swap(`"n":"checkout"`, `"n":"zebra"`),
		"a name twice":         swap(`"n":"latency"`, `"n":"availability"`),
		"stages out of order":  swap(`["gate","lint"]`, `["lint","gate"]`),
		"a stage twice":        swap(`["gate","lint"]`, `["lint","lint"]`),
		"a stage too long":     swap(`"gate"`, `"`+strings.Repeat("g", maxStage+1)+`"`),
		"too many stages":      swap(`["gate","lint"]`, `["a","b","c","d","e","f","g","h","i"]`),
		"a service unnamed":    swap(`"n":"checkout"`, `"n":""`),
		"a name too long":      swap(`"n":"checkout"`, `"n":"`+strings.Repeat("c", maxName+1)+`"`),
		"a tier too long":      swap(`"t":"critical"`, `"t":"`+strings.Repeat("c", maxName+1)+`"`),
		"a name not in UTF-8":  swap(`"n":"checkout"`, "\"n\":\"check\xff\""),
	} {
		if n, ok := Parse(text); ok {
			t.Errorf("%s was read: %+v", name, n)
		}
	}
}

// A stream that something follows, or that was cut, is not read either.
func TestStreamsEndWhereTheLineDoes(t *testing.T) {
	line := rich().Line()
	stream, err := encoding.DecodeString(strings.TrimSuffix(strings.TrimPrefix(line, lineStart), lineEnd))
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range [][]byte{append(slices.Clone(stream), 0), stream[:len(stream)-1]} {
		if n, ok := Parse(lineStart + encoding.EncodeToString(bad) + lineEnd); ok {
			t.Errorf("%d bytes instead of %d were read: %+v", len(bad), len(stream), n)
		}
	}
}

// A line can hold a thousand times its length. More than Parse would unpack is not
// written either.
func TestWhatUnpacksToTooMuchIsNeitherWrittenNorRead(t *testing.T) {
	n := rich()
	for i := range 200 {
		n.Now.Services[0].Missing = append(n.Now.Services[0].Missing, strings.Repeat("\U0001F600", maxName-3)+fmt.Sprintf("%03d", i))
	}
	text, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	line := packed(t, string(text))
	if len(text) <= maxJSON || len(line) > MaxLine {
		t.Fatalf("%d bytes in a line of %d prove nothing", len(text), len(line))
	}
	if _, ok := Parse(line); ok {
		t.Errorf("%d bytes were read", len(text))
	}
	if got, ok := Parse(n.Line()); !ok || got.Now.Cut != CutMissing {
		t.Errorf("read: %t, cut %d", ok, got.Now.Cut)
	}
}

func TestANoteWithoutACommitIsNotWritten(t *testing.T) {
	n := rich()
	n.Now.SHA = ""
	if line := n.Line(); line != "" {
		t.Error(line)
	}
}

func TestBeforeIsAlwaysAnotherCommit(t *testing.T) {
	n := rich()
	for sha, want := range map[string]string{shaA: shaB, shaB: shaA, strings.Repeat("c", 40): shaB} {
		if got := n.Before(sha); got == nil || got.SHA != want {
			t.Errorf("for %.4s: got %+v, want %.4s", sha, got, want)
		}
	}
	n.Since = nil
	if got := n.Before(shaB); got != nil {
		t.Errorf("got %+v, want nothing", got)
	}
}

// No line makes the reader fail, and what it reads can be written again as it was.
func FuzzParse(f *testing.F) {
	f.Add(rich().Line())
	f.Add(packed(f, `{"now":{"h":"`+shaA+`","v":"pass"}}`))
	f.Add(lineStart + "AAAA" + lineEnd)
	f.Fuzz(func(t *testing.T, text string) {
		n, ok := Parse(text)
		if !ok {
			return
		}
		line := n.line()
		if len(line) > MaxLine {
			return // somebody compresses better than we do
		}
		again, ok := Parse(line)
		if diff := cmp.Diff(n, again); !ok || diff != "" {
			t.Fatalf("%q: %t\n%s", text, ok, diff)
		}
	})
}

// The same for what a line holds: a fuzzer seldom finds a valid stream.
func FuzzPlain(f *testing.F) {
	good, err := json.Marshal(rich())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(good))
	f.Fuzz(func(t *testing.T, plain string) {
		n, ok := read([]byte(plain))
		if !ok {
			return
		}
		if text, err := json.Marshal(n); err != nil || string(text) != plain {
			t.Fatalf("%q was read as %s, %v", plain, text, err)
		}
	})
}
