package document

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// An edit of a part of a value changes that part in the file and nothing else,
// however the value is written.
func TestEditsChangeWhatTheySay(t *testing.T) {
	checked := 0
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("abc {}'\"\\=,\né")), 1, 30, -1).Draw(t, "text")
		write := rapid.SampledFrom([]func(*rapid.T, string) string{encoded, handwritten}).Draw(t, "writer")
		file := rapid.SampledFrom([]string{"", byteOrderMark}).Draw(t, "mark") + write(t, text)
		docs, findings := Parse("a.yaml", []byte(file), ServiceLimits())
		if len(findings) > 0 || len(docs) != 1 || docs[0].Get("key") == nil || docs[0].Get("key").Kind != String {
			t.Skip("no style can hold this text as it was written")
		}
		n := docs[0].Get("key")
		letters := letterRuns(n.Text)
		if len(letters) == 0 {
			t.Skip("there is nothing to replace")
		}
		at := rapid.SampledFrom(letters).Draw(t, "letters")
		edit, ok := n.Edit(at[0], at[1], "x'\"\\y")
		if !ok {
			if !n.shared {
				t.Fatalf("the edit of %q was refused in\n%s", n.Text[at[0]:at[1]], file)
			}
			t.Skip("an anchor may repeat it")
		}
		after := file[:edit.Start] + edit.Text + file[edit.End:]
		want := n.Text[:at[0]] + "x'\"\\y" + n.Text[at[1]:]
		docs, findings = Parse("a.yaml", []byte(after), ServiceLimits())
		if len(findings) > 0 || len(docs) != 1 || docs[0].Get("key").Text != want {
			t.Fatalf("%q is not what became of\n%s\nin\n%s\n%v", want, file, after, findings)
		}
		checked++
	})
	if checked < 20 {
		t.Errorf("only %d edits were tried; the test looks at nothing", checked)
	}
}

// letterRuns returns the places of words, which no style writes in another way.
func letterRuns(text string) (runs [][2]int) {
	for i := 0; i < len(text); i++ {
		start := i
		for i < len(text) && strings.IndexByte("abc", text[i]) >= 0 {
			i++
		}
		if i > start {
			runs = append(runs, [2]int{start, i})
		}
	}
	return runs
}
