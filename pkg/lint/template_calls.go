package lint

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"text/template/parse"

	"github.com/prometheus/common/model"

	"github.com/nthlayer/action/pkg/report"
)

// call returns what a function comes to, and notes where it fails whatever the alert
// is about.
func (w *templateWalker) call(name *parse.IdentifierNode, nodes []parse.Node, final []templateValue) templateValue {
	args := w.arguments(name.Ident, nodes, final)
	s, ok := signatureOf(name.Ident)
	if !ok {
		return ofKind(kindUnknown)
	}
	out := templateValue{kind: s.result, plain: name.Ident == "now" || name.Ident == "parseDuration"}
	switch name.Ident {
	case "and", "or":
		out.kind = common(args)
		out.plain = !slices.ContainsFunc(args, func(v templateValue) bool { return !v.plain })
	case "index":
		out.kind = w.indexed(name, nodes, args)
	}
	if i := slices.IndexFunc(args, func(v templateValue) bool { return v.alert != nil }); i >= 0 && carriesValue(out.kind) {
		out.alert = args[i].alert
	}
	if w.fits(name, s, args) {
		w.special(name, nodes, args)
	}
	return out
}

// arguments returns what the arguments of a function come to. And and or look at the
// ones behind the first only as the first asks for, and print none that is missing.
func (w *templateWalker) arguments(function string, nodes []parse.Node, final []templateValue) []templateValue {
	maybe, testing, before := w.maybe, w.testing, len(w.asked)
	lazy := function == "and" || function == "or"
	w.testing = lazy || testing && testsForEmpty(function, nodes)
	var args []templateValue
	for i, n := range nodes {
		w.maybe = maybe || lazy && i > 0
		args = append(args, w.value(n))
	}
	w.maybe, w.testing = maybe, testing
	if !w.condition {
		w.asked = w.asked[:before]
	}
	return append(args, final...)
}

// testsForEmpty reports whether a function tells a label that is there from one that
// is not.
func testsForEmpty(function string, nodes []parse.Node) bool {
	return function == "not" || function == "len" || slices.ContainsFunc(nodes, func(n parse.Node) bool {
		text, isText := n.(*parse.StringNode)
		return isText && text.Text == "" || n.Type() == parse.NodeNumber
	})
}

// carriesValue reports whether something of this kind changes with the value that it
// was made of.
func carriesValue(kind templateKind) bool {
	return kind != kindBool && kind != kindSamples && kind != kindSample
}

// common returns the kind of all values, or the unknown one.
func common(args []templateValue) templateKind {
	if len(args) == 0 || slices.ContainsFunc(args, func(v templateValue) bool { return v.kind != args[0].kind }) {
		return kindUnknown
	}
	return args[0].kind
}

// fits reports whether the arguments of a function are as many as it takes, and of the
// kinds that it takes.
func (w *templateWalker) fits(name *parse.IdentifierNode, s signature, args []templateValue) bool {
	least := len(s.parameters)
	if s.variadic {
		least--
	}
	if len(args) < least || len(args) > least && !s.variadic {
		w.fail(name, wrongCount(name.Ident, len(args), s), argumentFix(name.Ident, s))
		return false
	}
	for i, v := range args {
		if want := s.parameters[min(i, len(s.parameters)-1)]; !v.is(want) {
			w.fail(name, "the function "+name.Ident+" takes "+string(want)+", and not "+string(v.kind), kindFix(name.Ident, want, v))
			return false
		}
	}
	return true
}

func wrongCount(function string, is int, s signature) string {
	want := fmt.Sprint(len(s.parameters))
	if s.variadic {
		want = fmt.Sprintf("at least %d", len(s.parameters)-1)
	}
	if is == 0 {
		return "the function " + function + " is called with nothing"
	}
	return fmt.Sprintf("the function %s takes %s arguments, and not %d", function, want, is)
}

func argumentFix(function string, s signature) string {
	switch {
	case function == "value", function == "strvalue":
		return "write {{ $value }} for the value of the alert"
	case len(s.parameters) == 0:
		return "write {{ " + function + " }} alone"
	case len(s.parameters) == 1 && s.parameters[0] != kindSamples:
		return "write {{ $value | " + function + " }}, or whatever it is to be called with"
	}
	return "write what the template reference of Prometheus says of " + function
}

func kindFix(function string, want templateKind, v templateValue) string {
	switch {
	case function == "parseDuration":
		return "leave parseDuration out: it makes a number of a text such as 5m"
	case want == kindText && (v.kind == kindNumber || v.kind == kindInt || v.kind == kindHTML):
		return `make a text of it, as in (printf "%v" $value)`
	case want == kindSample && v.kind == kindSamples:
		return "take one sample of the result, as in query \"...\" | first | " + function
	case want == kindSample && v.kind == kindNumber:
		return "it is a number already: leave " + function + " out"
	}
	return "hand it " + string(want)
}

// special notes failures that have to do with more than the kinds of parameters.
func (w *templateWalker) special(name *parse.IdentifierNode, nodes []parse.Node, args []templateValue) {
	switch name.Ident {
	case "eq", "ne", "lt", "le", "gt", "ge":
		w.compares(name, nodes, args)
	case "len", "slice":
		if len(args) > 0 && !hasLength(args[0].kind) {
			w.fail(name, name.Ident+" is for texts and lists, and not for "+string(args[0].kind), "leave "+name.Ident+" out")
		}
	case "match", "reReplaceAll":
		w.compiles(name, args[0])
	case "parseDuration":
		if text := args[0].literal; text != nil {
			if _, err := model.ParseDurationAllowNegative(text.Text); err != nil {
				w.fail(text, text.Quoted+" is no duration", "write it as 5m, 1h30m or 30d")
			}
		}
	}
}

func (w *templateWalker) compiles(name *parse.IdentifierNode, pattern templateValue) {
	if pattern.literal == nil {
		return
	}
	if _, err := regexp.Compile(pattern.literal.Text); err != nil {
		message := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		w.fail(pattern.literal, pattern.literal.Quoted+" is no regular expression for "+name.Ident+": "+message, "correct the regular expression; a backslash stands before what is meant as it is")
	}
}

// hasLength reports whether len and slice may work.
func hasLength(kind templateKind) bool {
	return !slices.Contains([]templateKind{kindNumber, kindInt, kindBool, kindAlert, kindSample, kindMoment, kindSpan}, kind)
}

// compares notes a comparison that text/template refuses: it takes two of the same
// kind, and makes no decimal number of a whole one.
func (w *templateWalker) compares(name *parse.IdentifierNode, nodes []parse.Node, args []templateValue) {
	if len(args) < 2 {
		if name.Ident == "eq" {
			w.fail(name, "eq compares two values, and has one", "write eq A B")
		}
		return
	}
	a, b := args[0].kind, args[1].kind
	if a == kindUnknown || b == kindUnknown {
		return
	}
	ordered := name.Ident != "eq" && name.Ident != "ne"
	for _, kind := range []templateKind{a, b} {
		if ordered && (!isBasic(kind) || kind == kindBool) {
			w.fail(name, name.Ident+" compares texts or numbers, and not "+string(kind), "compare a label, or $value with a number")
			return
		}
	}
	if isBasic(a) && basicOf(a) == basicOf(b) || args[0].mayPoint() && args[1].mayPoint() {
		return
	}
	w.fail(name, name.Ident+" cannot compare "+written(nodes, 0, a)+" with "+written(nodes, 1, b), comparisonFix(nodes, a, b))
}

// written says what an argument is, and how it is written unless it comes from a pipe.
func written(nodes []parse.Node, i int, kind templateKind) string {
	if i >= len(nodes) {
		return string(kind)
	}
	return report.Clip(nodes[i].String(), 40) + " (" + string(kind) + ")"
}

// basicOf returns the kind under which values are compared.
func basicOf(kind templateKind) templateKind {
	switch {
	case kind == kindHTML:
		return kindText
	case !isBasic(kind):
		return kindUnknown
	}
	return kind
}

// mayPoint reports whether a value can be a pointer to text/template, which compares
// any two of them. The value of a sample is one where it is a histogram.
func (v templateValue) mayPoint() bool {
	return slices.Contains([]templateKind{kindSample, kindMoment, kindSpan}, v.kind) || v.kind == kindNumber && !v.plain
}

// isBasic reports whether values of a kind can be compared.
func isBasic(kind templateKind) bool {
	return slices.Contains([]templateKind{kindText, kindHTML, kindNumber, kindInt, kindBool}, kind)
}

func comparisonFix(nodes []parse.Node, a, b templateKind) string {
	has := func(kind templateKind) bool { return a == kind || b == kind }
	for _, n := range nodes {
		number, ok := n.(*parse.NumberNode)
		switch {
		case ok && has(kindNumber) && has(kindInt):
			return "write " + decimal(number)
		case ok && has(kindText):
			return `write the number as a text, "` + number.Text + `"`
		}
	}
	switch {
	case has(kindText) && has(kindNumber):
		return "compare texts with texts, and $value with a number such as 5.0"
	case !isBasic(a) || !isBasic(b):
		return "compare what is in it, as in $labels.job or (query \"...\" | first | value)"
	}
	return "compare two of the same kind"
}

// decimal returns a whole number of a template as a decimal one.
func decimal(n *parse.NumberNode) string {
	if n.IsInt {
		return fmt.Sprintf("%d.0", n.Int64)
	}
	return n.Text
}

// indexed returns what index comes to, and notes a label that it reads.
func (w *templateWalker) indexed(name *parse.IdentifierNode, nodes []parse.Node, args []templateValue) templateKind {
	if len(args) == 0 {
		return kindUnknown
	}
	v := args[0]
	for i, key := range args[1:] {
		switch {
		case v.kind == kindUnknown:
			return kindUnknown
		case v.isMap() && !key.is(kindText):
			w.fail(name, "index looks for a name in "+string(v.kind)+", and not for "+string(key.kind), `write the name as a text, as in index $labels "job"`)
			return kindUnknown
		case v.isMap():
			if key.literal != nil && i+1 < len(nodes) {
				w.reads(v, key.literal.Text, int(key.literal.Pos))
			}
			kind, _ := v.field("")
			v = ofKind(kind)
		case hasLength(v.kind) && (key.kind == kindInt || key.kind == kindUnknown):
			return kindUnknown
		default:
			w.fail(name, "index cannot look for "+cmp.Or(string(key.kind), "anything")+" in "+string(v.kind), `write index $labels "job" for a label`)
			return kindUnknown
		}
	}
	return v.kind
}

// numberKind returns what a number in a template is to a function that takes anything.
func numberKind(n *parse.NumberNode) templateKind {
	hex := len(n.Text) > 2 && strings.EqualFold(n.Text[:2], "0x") && !strings.ContainsAny(n.Text, "pP")
	switch {
	case strings.HasSuffix(n.Text, "i"):
		return kindUnknown
	case n.IsFloat && !hex && n.Text[0] != '\'' && strings.ContainsAny(n.Text, ".eEpP"):
		return kindNumber
	case n.IsInt:
		return kindInt
	}
	return kindUnknown
}

// fieldFix says what to write for a field that is not there.
func fieldFix(kind templateKind, name string) string {
	switch {
	case kind == kindAlert && slices.Contains(alertmanagerFields(), name):
		return "that is a field of Alertmanager's templates: write $labels, $value or $externalLabels here"
	case kind == kindAlert:
		return cmp.Or(report.DidYouMean(name, []string{"Labels", "ExternalLabels", "ExternalURL", "Value"}), "write .Labels."+name+" for a label")
	case kind == kindSample:
		return cmp.Or(report.DidYouMean(name, []string{"Labels", "Value"}), "write .Labels."+name+" for a label")
	case kind == kindSamples:
		return "go through the result with range, or take one sample with first"
	case kind == kindText:
		return `write index $labels "a.b" for a label with a dot in its name`
	}
	return "print it as it is"
}

func alertmanagerFields() []string {
	return []string{"CommonLabels", "CommonAnnotations", "GroupLabels", "Annotations", "Alerts", "Status", "Receiver", "StartsAt", "GeneratorURL"}
}
