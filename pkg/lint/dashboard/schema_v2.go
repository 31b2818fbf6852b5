package dashboard

import (
	"cmp"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

// isV2 reports whether a value is a dashboard of the second schema of Grafana: panels
// are elements with names, and a layout says where they stand.
func isV2(v *value) bool {
	elements, layout := v.get("elements"), v.get("layout")
	return elements != nil && elements.kind == object && layout != nil && layout.kind == object && v.get("title").str() != ""
}

// classic returns a dashboard of the second schema in the form of the first, for which
// the rules are written. Every value keeps its place in the file.
func classic(v *value) *value {
	out := like(v, object)
	for _, key := range []string{"title", "description", "editable"} {
		out.put(key, v.get(key))
	}
	variables := like(cmp.Or(v.get("variables"), v), list)
	for _, at := range v.get("variables").list() {
		variables.items = append(variables.items, classicVariable(at))
	}
	templating := like(variables, object)
	templating.put("list", variables)
	out.put("templating", templating)

	notes := like(cmp.Or(v.get("annotations"), v), list)
	for _, at := range v.get("annotations").list() {
		notes.items = append(notes.items, classicNote(at))
	}
	annotations := like(notes, object)
	annotations.put("list", notes)
	out.put("annotations", annotations)
	out.put("elements", v.get("elements"))
	out.put("layout", v.get("layout"))

	places := layoutOf(v.get("layout"))
	panels := like(v.get("elements"), list)
	for _, f := range v.get("elements").fields {
		panels.items = append(panels.items, classicPanel(f.value, places[f.key]))
	}
	out.put("panels", panels)
	return out
}

// like returns an empty value in the place of another.
func like(v *value, k kind) *value {
	return &value{kind: k, start: v.start, end: v.end, file: v.file, in: v.in, key: v.key, index: v.index}
}

// put sets a key, unless there is no value for it.
func (v *value) put(key string, item *value) {
	if item != nil {
		v.fields = append(v.fields, field{key, item})
	}
}

// stretch returns a string or a list of strings that is written nowhere, in the place
// of another value.
func stretch(at *value, s ...string) *value {
	out := like(at, list)
	for _, one := range s {
		item := like(at, text)
		item.text = one
		out.items = append(out.items, item)
	}
	return out
}

// classicVariable turns a variable into an item of templating.list.
func classicVariable(at *value) *value {
	spec := at.get("spec")
	if spec == nil {
		return like(at, object)
	}
	out := like(spec, object)
	for _, key := range []string{"name", "label", "multi", "includeAll", "allValue", "current", "options", "definition"} {
		out.put(key, spec.get(key))
	}
	name, _ := strings.CutSuffix(at.get("kind").str(), "Variable")
	typ := like(cmp.Or(at.get("kind"), at), text)
	typ.text = cmp.Or(map[string]string{"Text": "textbox"}[name], strings.ToLower(name))
	out.put("type", typ)
	if refresh := spec.get("refresh"); refresh != nil {
		number := like(refresh, number)
		number.text = cmp.Or(map[string]string{"onDashboardLoad": "1", "onTimeRangeChanged": "2"}[refresh.str()], "0")
		out.put("refresh", number)
	}
	query := spec.get("query")
	switch typ.text {
	case "datasource":
		query = spec.get("pluginId")
	case "query":
		out.put("datasource", classicSource(query, spec))
		query = firstText(query.get("spec"), "query", "__legacyStringValue", "expr")
	}
	out.put("query", query)
	return out
}

// classicNote turns an annotation into an item of annotations.list.
func classicNote(at *value) *value {
	spec := at.get("spec")
	if spec == nil {
		return like(at, object)
	}
	out := like(spec, object)
	out.put("name", spec.get("name"))
	out.put("datasource", classicSource(spec.get("query"), spec))
	out.put("expr", cmp.Or(firstText(spec.get("query", "spec"), "expr"), firstText(spec.get("legacyOptions"), "expr")))
	return out
}

func firstText(v *value, keys ...string) *value {
	for _, key := range keys {
		if t := v.get(key); t.str() != "" {
			return t
		}
	}
	return nil
}

// classicSource returns the reference to the data source of a query. The versions of
// the schema differ in where they have it: beside the query, or in it with its kind as
// the group.
func classicSource(query, beside *value) *value {
	ref := cmp.Or(query.get("datasource"), beside.get("datasource"))
	typ := query.get("group")
	if kind := query.get("kind"); typ == nil && kind.str() != "DataQuery" {
		typ = kind
	}
	if ref == nil && typ == nil {
		return nil
	}
	out := like(cmp.Or(ref, typ), object)
	out.put("type", cmp.Or(ref.get("type"), typ))
	out.put("uid", cmp.Or(ref.get("uid"), ref.get("name")))
	return out
}

// classicPanel turns an element into a panel.
func classicPanel(at *value, p spot) *value {
	spec := at.get("spec")
	if spec == nil {
		return like(at, object)
	}
	out := like(spec, object)
	for _, key := range []string{"title", "description", "libraryPanel"} {
		out.put(key, spec.get(key))
	}
	viz := spec.get("vizConfig")
	out.put("type", cmp.Or(viz.get("group"), viz.get("kind")))
	out.put("fieldConfig", viz.get("spec", "fieldConfig"))
	out.put("options", viz.get("spec", "options"))
	if queries := spec.get("data", "spec", "queries"); queries != nil {
		targets := like(queries, list)
		for _, q := range queries.list() {
			targets.items = append(targets.items, classicTarget(q))
		}
		out.put("targets", targets)
	}
	out.put("repeats", stretch(spec, p.repeats...))
	if !p.placed {
		out.put("unplaced", stretch(spec))
	}
	return out
}

// classicTarget turns a query of a panel into a target.
func classicTarget(at *value) *value {
	spec := at.get("spec")
	if spec == nil {
		return like(at, object)
	}
	out := like(spec, object)
	query := spec.get("query")
	if query.get("spec") != nil {
		out.fields = append(out.fields, query.get("spec").fields...)
	}
	out.put("hide", spec.get("hidden"))
	out.put("refId", spec.get("refId"))
	out.put("datasource", classicSource(query, spec))
	return out
}

// spot is where an element stands in the layout.
type spot struct {
	placed bool
	// repeats are the variables for each value of which it stands there again.
	repeats []string
}

// layoutOf returns where the elements stand that a layout names. Rows and tabs hold
// layouts themselves; what they repeat is repeated with everything in them.
func layoutOf(v *value) map[string]spot {
	out := map[string]spot{}
	walkLayout(v, nil, func(element *value, repeats []string) {
		out[element.str()] = spot{placed: true, repeats: repeats}
	})
	return out
}

// walkLayout visits the names of elements in a layout, with the variables that repeat
// them there.
func walkLayout(v *value, repeats []string, visit func(element *value, repeats []string)) {
	if v == nil {
		return
	}
	if name := v.get("repeat", "value").str(); name != "" {
		repeats = append(slices.Clone(repeats), name)
	}
	if v.get("kind").str() == "ElementReference" {
		visit(v.get("name"), repeats)
	}
	for _, f := range v.fields {
		walkLayout(f.value, repeats, visit)
	}
	for _, item := range v.items {
		walkLayout(item, repeats, visit)
	}
}

// strangers finds what a layout names and no element is: Grafana shows nothing of the
// dashboard then.
func (b *board) strangers() []found {
	if !b.v2 {
		return nil
	}
	var names []string
	for _, f := range b.root.get("elements").fields {
		names = append(names, f.key)
	}
	var out []found
	walkLayout(b.root.get("layout"), nil, func(element *value, _ []string) {
		if element.str() == "" || slices.Contains(names, element.text) {
			return
		}
		fix := cmp.Or(report.DidYouMean(element.text, names), "add it to elements, or remove the item of the layout")
		message := "the layout names the element " + quote(element.text) + ", which the dashboard does not have: Grafana cannot show the dashboard"
		out = append(out, found{element.asText().Whole(ruleStructure, report.Error, message, fix), nil, -1})
	})
	return out
}

// key returns how the schema of the dashboard writes what the first schema writes so.
func (b *board) key(first string) string {
	if !b.v2 {
		return first
	}
	return cmp.Or(map[string]string{
		"templating": "variables", "targets": "data.spec.queries", "hide": "hidden", `"refresh": 2`: `"refresh": "onTimeRangeChanged"`,
	}[first], first)
}
