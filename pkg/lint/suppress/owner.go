package suppress

import "strings"

// owner is whom a comment of pint names: # pint rule/owner and # pint file/owner.
type owner struct {
	name  string
	about span
}

// own reads a comment that names an owner.
func (f *File) own(text string, line, column int, alone bool) bool {
	rest, ok := behindPint(text)
	if !ok {
		return false
	}
	verb, rest := cutWord(rest)
	scope, verb, _ := strings.Cut(verb, "/")
	name := withoutRemark(rest)
	if verb != "owner" || scope != "rule" && scope != "file" || name == "" {
		return false
	}
	d := directive{line: line, column: column, foreign: pint, whole: scope == "file"}
	f.owners = append(f.owners, owner{name, f.scope(d, alone)})
	return true
}

// Owner returns whom the comments name for what stands in a line, counted from 1:
// for the rule around it, else for the file, else nobody.
func (f *File) Owner(line int) string {
	if f == nil {
		return ""
	}
	whole := ""
	for _, o := range f.owners {
		switch {
		case !o.about.has(line):
		case o.about.to == len(f.outline.lines):
			whole = o.name
		default:
			return o.name
		}
	}
	return whole
}
