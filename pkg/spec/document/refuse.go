package document

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/nthlayer/action/pkg/report"
)

// tooLarge refuses a file before anything of it is looked at. Readers stop one
// byte behind the limit, so the true size is not known here.
func tooLarge(name string, limits Limits) report.Finding {
	p := report.Position{File: name, Line: 1, Column: 1}
	f := report.At(p, RuleLimit, report.Error, fmt.Sprintf("the file has more than %d bytes", limits.Bytes))
	f.Suggestion = "split the file"
	return f
}

// scanSlack is by how much the levels that a scan counts must exceed the limit
// before it refuses a file. The scan is no parser; what is near the limit is left
// to the parser, which costs nothing worth saving there.
const scanSlack = 4

// refuse finds what the library cannot read or would read too long.
func (c *converter) refuse() (report.Finding, bool) {
	if f, bad := c.encoding(); bad {
		return f, true
	}
	if at, r := forbidden(c.file.data); at >= 0 {
		return c.mistake(mistake{
			at: at, width: 1,
			message: fmt.Sprintf("the control character U+%04X is not allowed", r),
			fix:     fmt.Sprintf("remove it, or write it as %s in double quotes", escapeOf(r)),
		}), true
	}
	if s := newScan(c.file.data, scanSlack*c.limits.Depth, false); s.tooDeep {
		return c.mistake(mistake{at: s.open[c.limits.Depth+1].at, rule: RuleLimit, message: c.depthMessage(), fix: "flatten the file"}), true
	}
	return report.Finding{}, false
}

func (c *converter) depthMessage() string {
	return fmt.Sprintf("more than %d levels inside one another", c.limits.Depth)
}

// encoding refuses what is not UTF-8. Text of two bytes a character is told by
// its byte order mark or by a zero byte in its first character, which YAML begins
// with one of ASCII.
func (c *converter) encoding() (report.Finding, bool) {
	data := c.file.data
	m := mistake{at: invalidAt(data), width: 1, message: "the file is not UTF-8 text", fix: "save it as UTF-8"}
	switch {
	case len(data) > 1 && (data[0] == 0 != (data[1] == 0)),
		bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		m.at, m.message = 0, "the file is UTF-16 text, not UTF-8"
	case m.at == len(data):
		return report.Finding{}, false
	}
	return c.mistake(m), true
}

func invalidAt(data []byte) int {
	if utf8.Valid(data) {
		return len(data)
	}
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(data)
}

// forbidden returns the first character that YAML 1.2, section 5.1, does not
// allow in a file, and -1 when there is none.
func forbidden(data []byte) (at int, r rune) {
	for i := 0; i < len(data); {
		if b := data[i]; b >= 0x20 && b < 0x7f || b == '\n' || b == '\t' || b == '\r' {
			i++
			continue
		}
		r, size := utf8.DecodeRune(data[i:])
		if r < 0x20 || r >= 0x7f && r < 0xa0 && r != 0x85 || r == 0xfffe || r == 0xffff {
			return i, r
		}
		i += size
	}
	return -1, 0
}

func escapeOf(r rune) string {
	if r > 0xff {
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\x%02x`, r)
}
