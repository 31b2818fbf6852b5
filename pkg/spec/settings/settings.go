// Package settings lists everything that a resolved service says, as names and
// values: for people who want to see what templates, environments and defaults
// made of a file.
package settings

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
)

// Setting is one value of a service.
type Setting struct {
	// Name is its way from the service, as slos.availability.objective.
	Name  string
	Value string
	// At is where it was written; the zero Origin for a default.
	At spec.Origin
}

// Of returns the settings of a service, sorted by name. A name that two of them
// have, as two SLOs that are called alike, gets #2 and so on.
func Of(s *spec.Service) []Setting {
	var w walker
	w.fields("", reflect.ValueOf(*s))
	for _, r := range s.Resources {
		if r.Spec != nil {
			w.node(join("resources", r.Kind.V+"/"+r.Name.V), r.Spec)
		}
	}
	w.gate(s)
	slices.SortStableFunc(w.found, func(a, b Setting) int { return cmp.Compare(a.Name, b.Name) })
	return w.found
}

// Difference is a setting that two resolutions of a service do not have alike. One
// of the two values is nil where only the other has it.
type Difference struct {
	Name     string
	From, To *Setting
}

// Compare returns the settings that differ, sorted by name.
func Compare(from, to *spec.Service) []Difference {
	var out []Difference
	was, is := byName(from), byName(to)
	for _, s := range Of(from) {
		if other, ok := is[s.Name]; !ok {
			out = append(out, Difference{Name: s.Name, From: &s})
		} else if other.Value != s.Value {
			out = append(out, Difference{Name: s.Name, From: &s, To: &other})
		}
	}
	for _, s := range Of(to) {
		if _, ok := was[s.Name]; !ok {
			out = append(out, Difference{Name: s.Name, To: &s})
		}
	}
	slices.SortFunc(out, func(a, b Difference) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func byName(s *spec.Service) map[string]Setting {
	out := map[string]Setting{}
	for _, setting := range Of(s) {
		out[setting.Name] = setting
	}
	return out
}

// walker collects settings.
type walker struct {
	found []Setting
	seen  map[string]int
}

// add adds a setting, unless it is empty and nobody wrote it.
func (w *walker) add(name, value string, at spec.Origin) {
	if value == "" && !at.Written() {
		return
	}
	if w.seen == nil {
		w.seen = map[string]int{}
	}
	if w.seen[name]++; w.seen[name] > 1 {
		name += "#" + strconv.Itoa(w.seen[name])
	}
	w.found = append(w.found, Setting{Name: name, Value: value, At: at})
}

// notSettings are the fields of a service and its parts that say where something
// stands, or that are listed in another way.
func notSettings() []string {
	return []string{"File", "Shape", "Inputs", "At", "Resources", "Expressions", "Broken", "Environment", "Environments", "SelectorAt"}
}

// fields adds the exported fields of a part of the model.
func (w *walker) fields(name string, v reflect.Value) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.IsExported() && !slices.Contains(notSettings(), field.Name) {
			w.value(join(name, snake(field.Name)), v.Field(i))
		}
	}
}

func (w *walker) value(name string, v reflect.Value) {
	if at, ok := origin(v); ok {
		w.add(name, text(v.FieldByName("V")), at)
		return
	}
	switch part := v.Interface().(type) {
	case *document.Node:
		w.node(name, part)
		return
	case spec.Entry:
		w.add(name, part.Value.V, part.Value.At)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		w.fields(name, v)
	case reflect.Pointer:
		if !v.IsNil() {
			w.value(name, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			w.value(join(name, key(v.Index(i), i)), v.Index(i))
		}
	default:
		if !v.IsZero() {
			w.add(name, fmt.Sprint(v.Interface()), spec.Origin{})
		}
	}
}

// origin returns where a Value of the model was written, false for anything else.
func origin(v reflect.Value) (spec.Origin, bool) {
	if v.Kind() != reflect.Struct || v.NumField() != 2 || !v.FieldByName("V").IsValid() {
		return spec.Origin{}, false
	}
	at, ok := v.FieldByName("At").Interface().(spec.Origin)
	return at, ok
}

// text is a value as a service file has it.
func text(v reflect.Value) string {
	switch value := v.Interface().(type) {
	case spec.Objective:
		return value.Text
	case spec.Window:
		return value.Text
	}
	if v.IsZero() {
		return ""
	}
	return fmt.Sprint(v.Interface())
}

// key names an entry of a list by what tells it from the others.
func key(v reflect.Value, i int) string {
	if v.Kind() == reflect.Struct {
		for _, name := range []string{"Name", "Key", "Intent", "Alert", "Level", "Metric"} {
			field := v.FieldByName(name)
			if !field.IsValid() {
				continue
			}
			if _, ok := origin(field); ok {
				field = field.FieldByName("V")
			}
			if field.Kind() == reflect.String && field.String() != "" {
				return field.String()
			}
		}
	}
	return strconv.Itoa(i)
}

// node adds the scalars of a resource that has no model of its own.
func (w *walker) node(name string, n *document.Node) {
	if n == nil {
		return
	}
	if n.Kind.Scalar() {
		w.add(name, n.Text, spec.OriginAt(n.At, n.Path))
		return
	}
	for _, f := range n.Fields {
		w.node(join(name, f.Key), f.Value)
	}
	for i, item := range n.Items {
		w.node(join(name, strconv.Itoa(i)), item)
	}
}

// gate adds the thresholds that the tier has in the environment, for they decide
// about deploys without being in any file.
func (w *walker) gate(s *spec.Service) {
	defaults, _ := s.Tier.V.Facts().Gate(s.Environment)
	for _, limit := range []struct {
		name    string
		percent *float64
	}{{"warning", defaults.Warning}, {"blocking", defaults.Blocking}} {
		value := "off"
		if limit.percent != nil {
			value = strconv.FormatFloat(*limit.percent, 'g', -1, 64) + " %"
		}
		w.add("tier_gate."+limit.name, value, s.Tier.At)
	}
}

func join(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + "." + name
}

// snake writes a field's name as service files do: SupportModel is support_model,
// SLOs is slos.
func snake(name string) string {
	runes := []rune(strings.ReplaceAll(name, "PagerDuty", "Pagerduty"))
	var b strings.Builder
	for i, r := range runes {
		if i > 0 && unicode.IsUpper(r) && unicode.IsLower(runes[i-1]) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
