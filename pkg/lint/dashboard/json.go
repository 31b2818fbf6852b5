package dashboard

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The limits of a file. Grafana itself refuses dashboards of more than some
// megabytes; what nests deeper, or holds more values, is no dashboard of a person.
const (
	// MaxBytes is how large a dashboard may be.
	MaxBytes = 16 << 20
	// maxText is how large one inside of YAML may be: Kubernetes takes no ConfigMap of
	// more than 1 MiB, and no resource of more than about 1.5.
	maxText   = 2 << 20
	maxDepth  = 100
	maxValues = 1_000_000
)

// kind is what a value of JSON is.
type kind uint8

const (
	null kind = iota
	boolean
	number
	text
	list
	object
)

// value is one value of a document. Methods may be called on nil, which is a value
// that is not there.
type value struct {
	kind kind
	// text is a string decoded, and any other scalar as it is written.
	text string
	// start and end are the bytes of the file that the value stands in.
	start, end int
	items      []*value
	fields     []field
	file       *file
	// in is the list or the object that holds the value, under a key or an index.
	in    *value
	key   string
	index int
}

// path returns the way from the root: panels[2].title.
func (v *value) path() string {
	switch {
	case v.in == nil && v.file == nil:
		return ""
	case v.in == nil:
		return v.file.path()
	case v.in.kind == list:
		return fmt.Sprintf("%s[%d]", v.in.path(), v.index)
	}
	return strings.TrimPrefix(v.in.path()+"."+v.key, ".")
}

type field struct {
	key   string
	value *value
}

// get returns the last value of a key, as Grafana does, or nil.
func (v *value) get(keys ...string) *value {
	for _, key := range keys {
		v = v.field(key)
	}
	return v
}

func (v *value) field(key string) *value {
	if v == nil {
		return nil
	}
	for i := len(v.fields) - 1; i >= 0; i-- {
		if v.fields[i].key == key {
			return v.fields[i].value
		}
	}
	return nil
}

// str returns the text of a string, and "" for anything else.
func (v *value) str() string {
	if v == nil || v.kind != text {
		return ""
	}
	return v.text
}

// is reports whether the value is true.
func (v *value) is(written string) bool {
	return v != nil && (v.kind == boolean || v.kind == number) && v.text == written
}

// list returns the items of a list.
func (v *value) list() []*value {
	if v == nil {
		return nil
	}
	return v.items
}

// syntaxError says where a file is no JSON.
type syntaxError struct {
	at      int
	message string
}

func (e *syntaxError) Error() string { return e.message }

// reader reads one document with the place of every value.
type reader struct {
	dec    *json.Decoder
	file   *file
	values int
}

// parse reads a document of JSON. An error is a *syntaxError.
func parse(f *file) (*value, error) {
	if most := f.most(); len(f.data) > most {
		return nil, &syntaxError{message: fmt.Sprintf("the %s has more than %d MiB", f.whole(), most>>20)}
	}
	r := &reader{dec: json.NewDecoder(bytes.NewReader(f.data)), file: f}
	r.dec.UseNumber()
	v, err := r.value(&value{}, 0)
	if err != nil {
		return nil, err
	}
	if _, err := r.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, &syntaxError{r.next(), "something stands behind the end of the document"}
	}
	return v, nil
}

// most is how many bytes the document may have.
func (f *file) most() int {
	if f.text != nil {
		return maxText
	}
	return MaxBytes
}

// next returns where the next token begins: the decoder only tells where the last
// one ended.
func (r *reader) next() int {
	at := int(r.dec.InputOffset())
	for at < len(r.file.data) && strings.IndexByte(" \t\r\n,:", r.file.data[at]) >= 0 {
		at++
	}
	return at
}

// fail says what is wrong where. The offsets of the decoder do not count what it read
// as tokens, so the document is read again as a whole.
func (r *reader) fail(err error) error {
	if s, ok := errors.AsType[*syntaxError](err); ok {
		return s
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &syntaxError{len(r.file.data), "the " + r.file.whole() + " ends in the middle of the document"}
	}
	var whole json.RawMessage
	if s, ok := errors.AsType[*json.SyntaxError](json.Unmarshal(r.file.data, &whole)); ok {
		return &syntaxError{max(0, int(s.Offset)-1), s.Error()}
	}
	return &syntaxError{int(r.dec.InputOffset()), err.Error()}
}

// value reads one value with everything below it into v.
func (r *reader) value(v *value, depth int) (*value, error) {
	r.values++
	if depth > maxDepth || r.values > maxValues {
		return nil, &syntaxError{r.next(), fmt.Sprintf("the document nests more than %d levels or holds more than %d values", maxDepth, maxValues)}
	}
	v.file, v.start = r.file, r.next()
	token, err := r.dec.Token()
	if err != nil {
		return nil, r.fail(err)
	}
	switch t := token.(type) {
	case json.Delim:
		err = r.inside(v, t, depth)
	case string:
		v.kind, v.text = text, t
	case json.Number:
		v.kind, v.text = number, t.String()
	case bool:
		v.kind, v.text = boolean, fmt.Sprint(t)
	}
	v.end = int(r.dec.InputOffset())
	return v, err
}

// inside reads a list or an object up to its closing bracket.
func (r *reader) inside(v *value, open json.Delim, depth int) error {
	v.kind = list
	if open == '{' {
		v.kind = object
	}
	for r.dec.More() {
		inner := &value{in: v, index: len(v.items)}
		if v.kind == object {
			token, err := r.dec.Token()
			if err != nil {
				return r.fail(err)
			}
			inner.key, _ = token.(string)
		}
		item, err := r.value(inner, depth+1)
		if err != nil {
			return err
		}
		if v.kind == object {
			v.fields = append(v.fields, field{inner.key, item})
			continue
		}
		v.items = append(v.items, item)
	}
	if _, err := r.dec.Token(); err != nil {
		return r.fail(err)
	}
	return nil
}
