package document

import "testing"

// Whoever has to do it by hand is told what is in the way.
func TestWhyALineIsNotRemoved(t *testing.T) {
	for text, want := range map[string]string{
		"a:\n  for: 0s\n":                        "",
		"a:\n  for: 0s":                          "",
		"a:\n  b: |\n    # text\n  for: '0s'\n":  "",
		"a:\n  for: 0s # at once\n":              "a comment stands in its line",
		"a:\n  # at once\n  for: 0s\n":           "the comment above it would stand at the next key",
		"a:\n# at once\n  for: 0s\n":             "the comment above it would stand at the next key",
		"a:\n  for:\n    0s\n":                   "the key and its value do not stand in one line",
		"a:\n  for: |-\n    0s\n":                "the key and its value do not stand in one line",
		"a:\n  ? for\n  : 0s\n":                  "the key and its value do not stand in one line",
		"a: {for: 0s}\n":                         "its line holds more than the key and the value",
		"a:\n  for: &x 0s\n":                     "an anchor repeats it",
		"x: &x\n  for: 0s\na:\n  <<: *x\n":       "an anchor repeats it",
		"- for: 0s\n  b: 1\n":                    "its line holds more than the key and the value",
		"a:\n  for: !!str 0s\n":                  "its line holds more than the key and the value",
		"a:\n  # at once\n\n  for: 0s # again\n": "a comment stands in its line",
		"a:\n  # at once\n\n  for: 0s\n  b: 1\n": "",
	} {
		docs, _ := Parse("a.yaml", []byte(text), ServiceLimits())
		n := docs[0].Get("a").Get("for")
		if docs[0].Kind == Sequence {
			n = docs[0].Items[0].Get("for")
		}
		got := ""
		if _, err := n.RemoveLine(); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
