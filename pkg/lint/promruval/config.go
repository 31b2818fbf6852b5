package promruval

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// excludeAnnotation is the annotation that names the rules to leave out, unless a
// configuration says otherwise.
const excludeAnnotation = "disabled_validation_rules"

// Decode reads configurations in their order: rules are added to those of the files
// before, and customExcludeAnnotation replaces that of the files before. Read returns
// a file that paramsFromFile names, by its path. The findings say everything that is
// wrong; a validation with a mistake is left out, so that it never means something
// else.
func Decode(ctx context.Context, files []lint.File, read func(name string) ([]byte, error)) (*Set, []report.Finding) {
	d := decoder{problems: &problems{}, read: read, set: &Set{exclude: excludeAnnotation}, rows: map[string]row{}}
	d.parse = func(name string, data []byte) ([]*document.Node, []report.Finding) {
		return document.ParseContext(ctx, name, data, document.ServiceLimits())
	}
	for _, r := range table() {
		d.rows[r.name] = r
		d.names = append(d.names, r.name)
	}
	for _, f := range files {
		d.file(f)
	}
	return d.set, d.found
}

type decoder struct {
	*problems
	read  func(name string) ([]byte, error)
	parse func(name string, data []byte) ([]*document.Node, []report.Finding)
	set   *Set
	rows  map[string]row
	names []string
	// folder is where paths of the file in hand begin.
	folder string
}

func (d *decoder) file(f lint.File) {
	d.folder = path.Dir(f.Name)
	if strings.HasSuffix(f.Name, ".jsonnet") {
		d.found = append(d.found, located(f.Name, f.Name+" is Jsonnet, which is not run", "write its output to a file: jsonnet "+path.Base(f.Name)+" > validation.yaml"))
		return
	}
	docs, found := d.parse(f.Name, f.Data)
	d.found = append(d.found, found...)
	switch {
	case len(found) > 0:
	case len(docs) != 1 || docs[0].IsNull():
		d.found = append(d.found, located(f.Name, f.Name+" is no configuration of promruval", "begin it with validationRules:"))
	case docs[0].Kind != document.Mapping:
		d.wrong(docs[0], "a configuration begins with validationRules:, this is "+docs[0].Kind.String(), "put the rules below validationRules:")
	default:
		d.top(docs[0])
	}
}

// Unreadable returns the finding about a configuration that cannot be read.
func Unreadable(name string, err error) report.Finding {
	return located(name, "the configuration cannot be read: "+why(err), "name a file of the workspace with --promruval")
}

// why says why a file cannot be read, without what the system calls its calls.
func why(err error) string {
	failed, ok := errors.AsType[*fs.PathError](err)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case ok:
		return failed.Err.Error()
	}
	return err.Error()
}

func located(file, message, fix string) report.Finding {
	f := report.At(report.Position{File: file}, RuleConfig, report.Error, message)
	f.Suggestion = fix
	return f
}

func (d *decoder) top(n *document.Node) {
	d.unknown(n, "the configuration", []string{"customExcludeAnnotation", "customDisableComment", "validationRules", "prometheus"})
	if v := n.Get("customExcludeAnnotation"); !v.IsNull() {
		d.set.exclude = v.Text
	}
	if v := n.Get("customDisableComment"); !v.IsNull() {
		d.add(v, report.Warning, "comments that begin with "+report.Clip(v.Text, 60)+" are not read", "write them as # ignore_validations: or # nthlayer disable")
	}
	if v := n.Get("prometheus"); !v.IsNull() && v.Kind == document.Mapping {
		d.unknown(v, "prometheus", []string{
			"url", "timeout", "insecureSkipTlsVerify", "disableCache", "cacheFile", "maxCacheAge", "bearerTokenFile", "queryOffset", "queryLookback", "httpHeaders",
		})
	}
	for _, item := range d.items(n.Get("validationRules"), "validationRules") {
		d.rule(item)
	}
}

func (d *decoder) items(n *document.Node, what string) []*document.Node {
	if n.IsNull() {
		return nil
	}
	if n.Kind != document.Sequence {
		d.wrong(n, what+" is "+n.Kind.String()+", not a list", "begin each item with -")
		return nil
	}
	return n.Items
}

func (d *decoder) rule(n *document.Node) {
	if n.Kind != document.Mapping {
		d.wrong(n, "a rule is a mapping with name, scope and validations; this is "+n.Kind.String(), "begin it with - name:")
		return
	}
	d.unknown(n, "a rule", []string{"name", "scope", "onlyIf", "validations"})
	r := &rule{name: textOf(n.Get("name")), scope: scope(textOf(n.Get("scope")))}
	scopes := []string{string(groups), string(alerts), string(recordings), string(allRules)}
	if !slices.Contains(scopes, string(r.scope)) {
		at := n
		if s := n.Get("scope"); !s.IsNull() {
			at = s
		}
		d.wrong(at, strings.TrimSpace("the rule "+r.name)+" has no scope that there is", cmp.Or(report.DidYouMean(string(r.scope), scopes), "use one of "+strings.Join(scopes, ", ")))
		return
	}
	if r.name == "" {
		d.add(n, report.Warning, "the rule has no name, so no finding, comment or annotation can name it", "add name: to the rule")
	}
	before := len(d.found)
	for _, item := range d.items(n.Get("onlyIf"), "onlyIf") {
		if v, ok := d.validation(item, ""); ok {
			r.onlyIf = append(r.onlyIf, v)
		}
	}
	if slices.ContainsFunc(d.found[before:], func(f report.Finding) bool { return f.Severity == report.Error }) {
		return // a condition that is lost would let the rule hold where it should not
	}
	for _, item := range d.items(n.Get("validations"), "validations") {
		if v, ok := d.validation(item, r.scope); ok {
			r.validations = append(r.validations, v)
		}
	}
	d.set.rules = append(d.set.rules, r)
}

// validation reads one validator. Without a scope every validator will do.
func (d *decoder) validation(n *document.Node, of scope) (validation, bool) {
	if n.Kind != document.Mapping {
		d.wrong(n, "a validation is a mapping with type; this is "+n.Kind.String(), "begin it with - type:")
		return validation{}, false
	}
	d.unknown(n, "a validation", []string{"type", "params", "paramsFromFile", "additionalDetails"})
	kind := n.Get("type")
	if kind.IsNull() {
		d.wrong(n, "a validation has no type", "add type: with the name of a validator")
		return validation{}, false
	}
	known, ok := d.rows[canonical(kind.Text)]
	switch {
	case !ok:
		d.wrong(kind, "there is no validator "+strconv.Quote(report.Clip(kind.Text, 80)), cmp.Or(report.DidYouMean(kind.Text, d.names), "docs/promruval.md lists them"))
		return validation{}, false
	case !allowed(known.scope, of):
		d.wrong(kind, kind.Text+" is for the scope "+string(known.scope)+", not for "+string(of), "move it to a rule with that scope")
		return validation{}, false
	}
	node, ok := d.params(n)
	if !ok {
		return validation{}, false
	}
	p := &params{problems: d.problems, name: kind.Text, node: node, at: kind}
	v := validation{row: known, check: known.build(p), details: textOf(n.Get("additionalDetails"))}
	if known.live != nil {
		v.live = known.live(p)
	}
	if node != nil {
		before := len(d.found)
		d.unknown(node, kind.Text, p.known)
		p.failed = p.failed || len(d.found) > before
	}
	if known.live != nil && !p.failed {
		d.unasked(kind, of == "")
	}
	return v, !p.failed
}

// unasked notes what is to be said of a validator that asks a source: where it is a
// condition at once, since what is asked comes after what is judged by it; else when
// nobody could be asked.
func (d *decoder) unasked(kind *document.Node, condition bool) {
	if condition {
		d.add(kind, report.Info, kind.Text+" asks a Prometheus, and is not looked at below onlyIf: the rule holds as if it were not there", "take it out of onlyIf")
		return
	}
	notes := &problems{}
	notes.add(kind, report.Info, kind.Text+" was not checked: it asks a Prometheus, and none was given", "give the address with --prometheus-url, or the input prometheus-url")
	d.set.unasked = append(d.set.unasked, notes.found...)
}

// allowed reports whether a validator may be used in a scope.
func allowed(of, in scope) bool {
	return in == "" || of == in || of == allRules && in != groups
}

// params returns the parameters of a validation, which may stand in a file of their
// own beside the configuration; nil for none.
func (d *decoder) params(n *document.Node) (*document.Node, bool) {
	own, file := n.Get("params"), n.Get("paramsFromFile")
	switch {
	case file.IsNull() && own.IsNull():
		return nil, true
	case file.IsNull():
		return d.mapping(own)
	case !own.IsNull():
		d.wrong(file, "a validation has both params and paramsFromFile", "keep one of them")
		return nil, false
	}
	name := path.Join(d.folder, file.Text)
	if path.IsAbs(file.Text) || !file.Kind.Scalar() {
		d.wrong(file, "paramsFromFile must be a path from the configuration on", "write it as ./params.yaml")
		return nil, false
	}
	data, err := d.read(name)
	if err != nil {
		d.wrong(file, "the parameters cannot be read: "+why(err), "put the file where paramsFromFile says")
		return nil, false
	}
	docs, found := d.parse(name, data)
	d.found = append(d.found, found...)
	if len(found) > 0 || len(docs) == 0 {
		return nil, len(found) == 0
	}
	return d.mapping(docs[0])
}

func (d *decoder) mapping(n *document.Node) (*document.Node, bool) {
	if n.Kind != document.Mapping {
		d.wrong(n, "params is "+n.Kind.String()+", not a mapping", "write one name: value a line")
		return nil, false
	}
	return n, true
}

func textOf(n *document.Node) string {
	if n == nil {
		return ""
	}
	return n.Text
}
