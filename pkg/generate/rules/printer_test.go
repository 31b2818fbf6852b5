package rules

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"
)

// texts draws texts of all kinds that decide about quotes.
func texts() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`[-a-z0-9 :#{}\[\],&*!|>'"%@.+=?~<$_/()\\\t]{0,8}`),
		rapid.StringMatching(`[0-9+.xeEbo_smhdwTZ:-]{1,6}`),
		rapid.String(),
		rapid.SampledFrom([]string{
			"yes", "No", "NULL", "true", "~", "<<", ".inf", "1e3", "0x1f", "30s", "1d", "1h30m", "0+10x1440", "1x5", "2026-03-01", "12:30:45", "---", "...", "- a",
			"a: b", "a #b", "#a", ": a", "a:", "it's", "{{ $value }} of it", `a{b="c"} > 0`, "=", "== 1", "\u00fc", "a\nb", " a", "a ", "", "=~",
		}),
	)
}

// TestScalarsAreThoseOfAnEncoder makes sure that a text is written as the encoder
// writes it, and so is read as itself.
func TestScalarsAreThoseOfAnEncoder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := texts().Draw(t, "text")
		var p Printer
		p.Text(0, "k", s)
		got, err := p.Bytes()
		if err != nil {
			t.Skip("no text of YAML")
		}
		want, err := yaml.Marshal(mapping("k", text(s)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%q -encoder +printer:\n%s", s, diff)
		}
	})
}

// TestFilesAreThoseOfAnEncoder does the same for whole files, with the trace.
func TestFilesAreThoseOfAnEncoder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.StringMatching(`[a-zA-Z_:][a-zA-Z0-9_:]{0,10}`)
		// Rules that follow one another often have the same labels.
		same := rapid.MapOfN(names, texts(), 0, 3).Draw(t, "same")
		maps := rapid.OneOf(rapid.MapOfN(names, texts(), 0, 3), rapid.Just(same))
		expr := rapid.SliceOfN(texts(), 1, 3)
		durations := rapid.SampledFrom([]time.Duration{0, time.Minute, 36 * time.Hour})
		rule := rapid.Custom(func(t *rapid.T) Rule {
			r := Rule{Expr: strings.Join(expr.Draw(t, "expr"), "\n"), For: durations.Draw(t, "for"), Labels: maps.Draw(t, "labels"), Annotations: maps.Draw(t, "annotations")}
			if rapid.Bool().Draw(t, "alert") {
				r.Alert = names.Draw(t, "name")
			} else {
				r.Record = names.Draw(t, "name")
			}
			return r
		})
		group := rapid.Custom(func(t *rapid.T) Group {
			return Group{Name: texts().Draw(t, "group"), Interval: durations.Draw(t, "interval"), Rules: rapid.SliceOfN(rule, 1, 3).Draw(t, "rules")}
		})
		groups := rapid.SliceOfN(group, 1, 3).Draw(t, "groups")
		got, trace, err := Write(nil, groups)
		if err != nil {
			t.Skip("no text of YAML")
		}
		var want bytes.Buffer
		e := yaml.NewEncoder(&want)
		e.SetIndent(2)
		if err := e.Encode(fileNode(groups)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.String(), string(got)); diff != "" {
			t.Fatalf("-encoder +printer:\n%s", diff)
		}
		lines := strings.Split(string(got), "\n")
		for i, tr := range trace {
			if !strings.HasPrefix(lines[tr.Line-1], "      - ") || i > 0 && trace[i-1].EndLine >= tr.Line || tr.EndLine < tr.Line {
				t.Errorf("the trace %d has the lines %d to %d", i, tr.Line, tr.EndLine)
			}
		}
	})
}

func fileNode(groups []Group) *yaml.Node {
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for _, g := range groups {
		list.Content = append(list.Content, groupNode(g))
	}
	return mapping("groups", list)
}

func groupNode(g Group) *yaml.Node {
	node := mapping("name", text(g.Name))
	if g.Interval > 0 {
		add(node, "interval", text(Duration(g.Interval)))
	}
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for _, r := range g.Rules {
		list.Content = append(list.Content, ruleNode(r))
	}
	return add(node, "rules", list)
}

func ruleNode(r Rule) *yaml.Node {
	node := &yaml.Node{Kind: yaml.MappingNode}
	if r.Alert != "" {
		add(node, "alert", text(r.Alert))
	} else {
		add(node, "record", text(r.Record))
	}
	expr := text(r.Expr)
	if IsBlock(r.Expr) {
		expr.Style = yaml.LiteralStyle
	}
	add(node, "expr", expr)
	if r.For > 0 {
		add(node, "for", text(Duration(r.For)))
	}
	if r.KeepFiring > 0 {
		add(node, "keep_firing_for", text(Duration(r.KeepFiring)))
	}
	for _, m := range []struct {
		key    string
		values map[string]string
	}{{"labels", r.Labels}, {"annotations", r.Annotations}} {
		if len(m.values) > 0 {
			add(node, m.key, textMap(m.values))
		}
	}
	return node
}

func textMap(values map[string]string) *yaml.Node {
	node := &yaml.Node{Kind: yaml.MappingNode}
	keys := make([]string, 0, len(values))
	for k := range values {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		add(node, k, text(values[k]))
	}
	return node
}

func mapping(key string, value *yaml.Node) *yaml.Node {
	return add(&yaml.Node{Kind: yaml.MappingNode}, key, value)
}

func add(node *yaml.Node, key string, value *yaml.Node) *yaml.Node {
	node.Content = append(node.Content, text(key), value)
	return node
}
