package document

import (
	"strings"
	"testing"
)

func TestCoreTagsAreHonoured(t *testing.T) {
	n := parseOne(t, "a: !!str 5\nb: !!int \"5\"\nc: !!float 5\nd: !!bool true\ne: !!null ~\nf: !!seq [x]\ng: !!map {x: y}\nh: !<tag:yaml.org,2002:str> 1\ni: ! x\n")
	want := []Kind{String, Int, Float, Bool, Null, Sequence, Mapping, String, String}
	for i, f := range n.Fields {
		if f.Value.Kind != want[i] {
			t.Errorf("%s: kind %v, want %v", f.Key, f.Value.Kind, want[i])
		}
	}
}

func TestCustomTagsAreRefused(t *testing.T) {
	for _, tt := range []struct {
		text         string
		line, column int
		message      string
	}{
		{"name: !!python/object:os.system svc\n", 1, 7, `the tag "!!python/object:os.system" has no meaning here`},
		{"a: 1\nb: !foo t\n", 2, 4, `the tag "!foo"`},
		{"a: &x !foo {b: 1}\n", 1, 7, `the tag "!foo"`},
		{"- !foo\n  a: b\n", 1, 3, `the tag "!foo"`},
		{"!foo a: 1\n", 1, 1, `the tag "!foo"`},
		{"[!foo , 1]\n", 1, 2, `the tag "!foo"`},
		{"a: !x!y z\n", 1, 4, `the tag "!x!y"`},
		{"a: !!binary aGk=\n", 1, 4, `the tag "!!binary"`},
		{"a: !!int x\n", 1, 4, "not of its tag !!int"},
		{"a: !!bool yes\n", 1, 4, "not of its tag !!bool"},
		{"a: !!map x\n", 1, 4, "not of its tag !!map"},
		{"a: &x !foo t\nb: *x\nc: *x\n", 1, 7, `the tag "!foo"`},
	} {
		_, findings := Parse("a.yaml", []byte(tt.text), ServiceLimits())
		if len(findings) != 1 {
			t.Errorf("%q: findings %v, want one", tt.text, findings)
			continue
		}
		f := findings[0]
		if f.Rule != RuleTag || f.Line != tt.line || f.Column != tt.column || !strings.Contains(f.Message, tt.message) || f.Suggestion == "" {
			t.Errorf("%q: got %+v, want %d:%d %q", tt.text, f, tt.line, tt.column, tt.message)
		}
	}
}
