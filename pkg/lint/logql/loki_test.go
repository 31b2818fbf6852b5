package logql

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// queries returns the queries of a file, one a line.
func queries(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(data)), "\n")
}

// TestLokisOwnAnswers holds what is told of queries against what Loki says of them: no
// fault in what it takes, and a word at least of what it refuses.
func TestLokisOwnAnswers(t *testing.T) {
	for file, want := range map[string]string{"taken.txt": "numbers", "refused.txt": "fault", "beyond.txt": "outside"} {
		for _, text := range queries(t, file) {
			if got, _, _ := strings.Cut(verdict(text), " "); got != want {
				t.Errorf("%s: got %s, want %s", text, got, want)
			}
			if f := Parse(text).Fault; f != nil && (f.Message == "" || f.Fix == "" || f.Start == f.End) {
				t.Errorf("%s: the fault says too little: %+v", text, *f)
			}
		}
	}
}
