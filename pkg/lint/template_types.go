package lint

import (
	"reflect"
	"slices"
	"text/template/parse"

	"github.com/prometheus/prometheus/model/histogram"
)

// templateKind is what a value in a template is, as far as the text tells.
type templateKind string

const (
	kindUnknown  templateKind = ""
	kindText     templateKind = "a text"
	kindHTML     templateKind = "HTML"
	kindNumber   templateKind = "a decimal number" // or a histogram, which can do less
	kindInt      templateKind = "a whole number"
	kindBool     templateKind = "true or false"
	kindAlert    templateKind = "the data of the alert"
	kindLabels   templateKind = "the labels of the alert"
	kindExternal templateKind = "the external labels"
	kindOthers   templateKind = "the labels of a sample"
	kindArgs     templateKind = "a map of arguments"
	kindSample   templateKind = "a sample"
	kindSamples  templateKind = "the result of a query"
	kindMoment   templateKind = "a time"
	kindSpan     templateKind = "a duration"
)

// templateValue is a value in a template.
type templateValue struct {
	kind templateKind
	// alert is the node that brought the value of the alert into it, nil if none did.
	alert parse.Node
	// plain is set for a number that is no histogram for sure.
	plain bool
	// literal is set for a text that stands in the template.
	literal *parse.StringNode
}

func ofKind(kind templateKind) templateValue { return templateValue{kind: kind} }

// field returns what a field of a value is, and whether there can be one of that name.
func (v templateValue) field(name string) (templateKind, bool) {
	switch v.kind {
	case kindUnknown, kindArgs, kindMoment, kindSpan: // the last two have methods
		return kindUnknown, true
	case kindLabels, kindExternal, kindOthers:
		return kindText, true
	case kindAlert:
		kind, ok := map[string]templateKind{"Labels": kindLabels, "ExternalLabels": kindExternal, "ExternalURL": kindText, "Value": kindNumber}[name]
		return kind, ok
	case kindSample:
		kind, ok := map[string]templateKind{"Labels": kindOthers, "Value": kindNumber}[name]
		return kind, ok
	case kindNumber:
		h := reflect.TypeFor[*histogram.FloatHistogram]()
		_, isField := h.Elem().FieldByName(name)
		_, isMethod := h.MethodByName(name)
		return kindUnknown, isField || isMethod
	case kindText, kindHTML, kindInt, kindBool, kindSamples:
		return kindUnknown, false
	}
	return kindUnknown, true
}

// elements returns what range gives for a value, and whether it can go through it.
func (v templateValue) elements() (key, element templateKind, ok bool) {
	switch v.kind {
	case kindLabels, kindExternal, kindOthers:
		return kindText, kindText, true
	case kindArgs:
		return kindText, kindUnknown, true
	case kindSamples:
		return kindInt, kindSample, true
	case kindUnknown, kindInt, kindSpan: // newer versions of Go count
		return kindUnknown, kindUnknown, true
	case kindText, kindHTML, kindNumber, kindBool, kindAlert, kindSample, kindMoment:
		return kindUnknown, kindUnknown, false
	}
	return kindUnknown, kindUnknown, true
}

// isMap reports whether a value has texts by name.
func (v templateValue) isMap() bool {
	return slices.Contains([]templateKind{kindLabels, kindExternal, kindOthers, kindArgs}, v.kind)
}

// is reports whether a value can be handed to a parameter.
func (v templateValue) is(parameter templateKind) bool {
	if v.kind == kindUnknown || parameter == kindUnknown {
		return true
	}
	if parameter == kindNumber { // these read numbers from texts as well
		return v.kind == kindNumber || v.kind == kindInt || v.kind == kindText
	}
	return v.kind == parameter
}

// signature is what a function of templates takes and returns. Of a variadic one the
// last parameter may be there any number of times.
type signature struct {
	parameters []templateKind
	variadic   bool
	result     templateKind
}

// signatureOf returns the signature of a function, false if it is not known here. Any
// value fits a parameter of an unknown kind.
func signatureOf(function string) (signature, bool) {
	takes := func(result templateKind, parameters ...templateKind) (signature, bool) {
		return signature{parameters: parameters, result: result}, true
	}
	switch function {
	case "query":
		return takes(kindSamples, kindText)
	case "first":
		return takes(kindSample, kindSamples)
	case "label":
		return takes(kindText, kindText, kindSample)
	case "value":
		return takes(kindNumber, kindSample)
	case "strvalue":
		return takes(kindText, kindSample)
	case "reReplaceAll":
		return takes(kindText, kindText, kindText, kindText)
	case "safeHtml":
		return takes(kindHTML, kindText)
	case "match":
		return takes(kindBool, kindText, kindText)
	case "title", "toUpper", "toLower", "graphLink", "tableLink", "stripPort", "stripDomain", "urlQueryEscape":
		return takes(kindText, kindText)
	case "sortByLabel":
		return takes(kindSamples, kindText, kindSamples)
	case "humanize", "humanize1024", "humanizeDuration", "humanizePercentage", "humanizeTimestamp":
		return takes(kindText, kindNumber)
	case "toTime":
		return takes(kindMoment, kindNumber)
	case "toDuration":
		return takes(kindSpan, kindNumber)
	case "parseDuration":
		return takes(kindNumber, kindText)
	case "now":
		return takes(kindNumber)
	case "pathPrefix", "externalURL":
		return takes(kindText)
	}
	return builtinSignature(function)
}

// builtinSignature is signatureOf for the functions of text/template.
func builtinSignature(function string) (signature, bool) {
	switch function {
	case "not":
		return signature{[]templateKind{kindUnknown}, false, kindBool}, true
	case "len":
		return signature{[]templateKind{kindUnknown}, false, kindInt}, true
	case "ne", "lt", "le", "gt", "ge":
		return signature{[]templateKind{kindUnknown, kindUnknown}, false, kindBool}, true
	case "eq":
		return signature{[]templateKind{kindUnknown, kindUnknown}, true, kindBool}, true
	case "and", "or", "index", "slice":
		return signature{[]templateKind{kindUnknown, kindUnknown}, true, kindUnknown}, true
	case "args":
		return signature{[]templateKind{kindUnknown}, true, kindArgs}, true
	case "print", "println", "html", "js", "urlquery":
		return signature{[]templateKind{kindUnknown}, true, kindText}, true
	case "printf":
		return signature{[]templateKind{kindText, kindUnknown}, true, kindText}, true
	}
	return signature{}, false
}
