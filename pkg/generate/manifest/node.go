package manifest

import (
	"iter"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// node turns a value into a tree. The library would do so for structs as well, but
// loses texts of nothing but line breaks on the way.
func node(v reflect.Value) *yaml.Node {
	if n, ok := literal(v); ok {
		return n
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
		}
		return node(v.Elem())
	case reflect.Bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(v.Bool())}
	case reflect.Int:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.FormatInt(v.Int(), 10)}
	case reflect.Slice:
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for i := range v.Len() {
			list.Content = append(list.Content, node(v.Index(i)))
		}
		return list
	case reflect.Map, reflect.Struct:
		m := &yaml.Node{Kind: yaml.MappingNode}
		for name, member := range members(v) {
			m.Content = append(m.Content, text(name), node(member))
		}
		return m
	default: // documents are made of nothing else
		return text(v.String())
	}
}

// literal returns a value that is a node already.
func literal(v reflect.Value) (*yaml.Node, bool) {
	if !v.IsValid() || v.Type() != reflect.TypeFor[yaml.Node]() {
		return nil, false
	}
	n, ok := v.Interface().(yaml.Node)
	return &n, ok
}

// members are what a map or a struct holds: a map sorted by key, the fields of a struct
// in their order, by the names of their yaml tags.
func members(v reflect.Value) iter.Seq2[string, reflect.Value] {
	if v.Kind() == reflect.Map {
		return entries(v)
	}
	return fields(v)
}

func entries(v reflect.Value) iter.Seq2[string, reflect.Value] {
	return func(yield func(string, reflect.Value) bool) {
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, key := range keys {
			if !yield(key.String(), v.MapIndex(key)) {
				return
			}
		}
	}
}

func fields(v reflect.Value) iter.Seq2[string, reflect.Value] {
	return func(yield func(string, reflect.Value) bool) {
		for i := range v.NumField() {
			name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
			if options == "omitempty" && empty(v.Field(i)) {
				continue
			}
			if !yield(name, v.Field(i)) {
				return
			}
		}
	}
}

func empty(v reflect.Value) bool {
	if v.Kind() == reflect.Map || v.Kind() == reflect.Slice {
		return v.Len() == 0
	}
	return v.IsZero()
}

// harmless matches what begins with no letter and no reader takes for anything but a
// text: durations, flags and paths.
var harmless = regexp.MustCompile(`^([0-9]+[smhdwMQY]|--?[a-zA-Z][^\n]*|\./[^\n]*)$`)

// text is a text that every reader takes for one. What begins with no letter may be
// a number or a date to some, and YAML 1.1 has more words for true and false.
func text(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	switch {
	case !plain(s):
		n.Style = yaml.DoubleQuotedStyle
	case ambiguous(s) && !strings.Contains(s, "\n"):
		n.Style = yaml.SingleQuotedStyle
	}
	return n
}

func ambiguous(s string) bool {
	switch strings.ToLower(s) {
	case "y", "yes", "n", "no", "on", "off", "true", "false", "null", "":
		return true
	}
	return strings.ContainsRune("0123456789+-.~<=", rune(s[0])) && !harmless.MatchString(s)
}

// plain reports whether each line of a text shows all of it. Blanks at its ends and
// invisible characters would be left to each reader's judgement.
func plain(s string) bool {
	if !strings.Contains(s, "\n") {
		return !strings.ContainsFunc(s, invisible)
	}
	for line := range strings.Lines(s) {
		line = strings.TrimSuffix(line, "\n")
		if strings.TrimRight(line, " ") != line || strings.ContainsFunc(line, invisible) {
			return false
		}
	}
	return s[0] != ' ' && s[0] != '\n' && !strings.HasSuffix(s, "\n\n")
}

func invisible(r rune) bool { return r != ' ' && !unicode.IsPrint(r) }
