package pint

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"pgregory.net/rapid"
)

// byHCL returns the attributes of a configuration as the library reads it that pint uses,
// as "BLOCK NAME LINE", and false for one that it refuses. The checks that rules switch on
// are returned beside them.
func byHCL(config string) (attributes, enabled []string, ok bool) {
	file, faults := hclsyntax.ParseConfig([]byte(config), "", hcl.InitialPos)
	if faults.HasErrors() {
		return nil, nil, false
	}
	var walk func(block string, body *hclsyntax.Body)
	walk = func(block string, body *hclsyntax.Body) {
		for name, a := range body.Attributes {
			attributes = append(attributes, fmt.Sprint(block, " ", name, " ", a.NameRange.Start.Line))
			value, faults := a.Expr.Value(&hcl.EvalContext{Variables: map[string]cty.Value{"ENV_X": cty.StringVal("promql/series")}})
			if name != "enable" || faults.HasErrors() || !value.CanIterateElements() {
				continue
			}
			for _, check := range value.AsValueSlice() {
				if check.Type() == cty.String {
					enabled = append(enabled, check.AsString())
				}
			}
		}
		for _, b := range body.Blocks {
			walk(b.Type, b.Body)
		}
	}
	walk("", file.Body.(*hclsyntax.Body))
	slices.Sort(attributes)
	return attributes, enabled, true
}

// agree fails where pint would read something else in a configuration than was read here.
// It reports whether both read it.
func agree(t interface{ Fatalf(string, ...any) }, config string) bool {
	want, enabled, ok := byHCL(config)
	found, err := attributesOf([]byte(config))
	if !ok || err != nil {
		return false
	}
	var got []string
	for _, a := range found {
		got = append(got, fmt.Sprint(a.block, " ", a.name, " ", a.line))
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s\n(-hcl +here):\n%s", config, diff)
	}
	for _, check := range enabled {
		if _, err := ReadConfig([]byte(config)); err == nil && slices.Contains(online(), check) {
			t.Fatalf("pint asks a server for %s:\n%s", check, config)
		}
	}
	return true
}

// comments are what may stand between two tokens, the last ones at the end of a line only.
// Each has something in it that would be a token elsewhere.
func comments() []string {
	return []string{" ", "\t", "/* \" */", "/*\n*/", "/* } */", "/* # */", "/*/ */", "/***/", "# \"\n", "// /*\n", "# */\r\n", "# }\n", "//\n"}
}

// texts are what stands between two quotes: escapes and templates, and what would be a
// comment or a bracket elsewhere.
func texts() []string {
	return []string{"promql/nan", "", "}", "]", "#", "//", "/*", "*/", `\"`, `\\`, `\\\"`, "$", "$$", "%", "$${", "%%{", "$$${", `$\"`, "${ENV_X}", "{{ $x }}", `${"a"}`, `${"}"}`, "%{ if true }x%{ endif }", "é"}
}

// junk seldom makes a configuration that anybody reads.
func junk() []string {
	return []string{`"`, "$", "${", "/*", "*/", "/*/", "#", "\n", "\r", "\r\n", "{", "}", "[", "]", "(", ")", "=", ",", "~}", "<<A\n", "<<-A\n", "A\n", "1", "1.", "-", "+", "é", "\xff", "\ufeff", "\\"}
}

// drawConfig draws a configuration, of which most are good.
func drawConfig(t *rapid.T) string {
	var out strings.Builder
	pick := func(of []string) string { return rapid.SampledFrom(of).Draw(t, "piece") }
	write := func(tokens ...string) {
		for _, token := range tokens {
			out.WriteString(strings.ReplaceAll(token, "?", pick(texts())))
			switch rapid.IntRange(0, 40).Draw(t, "gap") {
			case 0:
				out.WriteString(pick(junk()))
			case 1, 2, 3, 4, 5, 6:
				out.WriteString(pick(comments()[:8]))
			}
		}
		if rapid.Bool().Draw(t, "end") {
			out.WriteString(pick(comments()[8:]))
		} else {
			out.WriteString("\n")
		}
	}
	write(pick([]string{"rule", "parser"}), "{")
	for range rapid.IntRange(1, 4).Draw(t, "lines") {
		switch rapid.IntRange(0, 5).Draw(t, "line") {
		case 0:
			write("enable ", "=", "[", `"promql/series"`, "]")
		case 1:
			write("enable ", "=", "[", `"?"`, ",", `"promql/series"`, ",", "]")
		case 2:
			write("exclude ", "=", "[", `"?"`, "]")
		case 3:
			write("comment ", "=", `"?"`)
		case 4:
			write("match", `"?"`, "{", "path ", "=", `"?"`, "}")
		case 5:
			write("labels", "=", "{", `"?"`, "=", `"?"`, "}")
		}
	}
	write("}")
	return out.String()
}

// Whoever reads a configuration otherwise than pint does may take an enable for a comment.
// Both read the same wherever both read.
func TestConfigurationsAreReadAsPintReadsThem(t *testing.T) {
	const examples = 50
	read := 0
	rapid.Check(t, func(t *rapid.T) {
		for range examples {
			if agree(t, drawConfig(t)) {
				read++
			}
		}
	})
	if read < examples {
		t.Errorf("only %d configurations were read by both", read)
	}
}

func FuzzConfig(f *testing.F) {
	for _, s := range slices.Concat(comments(), texts(), junk()) {
		f.Add("rule {\n enable = [\"promql/series\"]\n comment = \"" + s + "\"" + s + "\n}\n")
	}
	f.Fuzz(func(t *testing.T, config string) { agree(t, config) })
}
