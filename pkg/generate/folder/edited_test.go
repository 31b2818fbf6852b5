package folder

import (
	"fmt"
	"io/fs"
	"testing"
)

// A file is looked for in the lists that may know it, and in no other.
func TestWrittenAs(t *testing.T) {
	list := func(name string) string {
		return fmt.Sprintf(`{"version":1,"source":"services/pay.yaml","files":{%q:{"kind":"alerts","sha256":%q}}}`, name, digest([]byte("one\n")))
	}
	for _, c := range []struct {
		name, list, in string
		service        string
	}{
		{"generated/pay/alerts.yaml", "generated/pay/.nthlayer.json", "alerts.yaml", "pay"},
		{"generated/pay/sub/alerts.yaml", "generated/pay/.nthlayer.json", "sub/alerts.yaml", "pay"},
		{"generated/prod/pay/alerts.yaml", "generated/prod/pay/.nthlayer.json", "alerts.yaml", "pay"},
		{"generated/alerts/pay.yaml", "generated/.nthlayer/pay.json", "alerts/pay.yaml", "pay"},
		{"generated/prod/alerts/pay.yaml", "generated/prod/.nthlayer/pay.json", "alerts/pay.yaml", "pay"},
		{"generated/exporters/pay/db.yaml", "generated/.nthlayer/pay.json", "exporters/pay/db.yaml", "pay"},
		{"alerts/pay.yaml", ".nthlayer/pay.json", "alerts/pay.yaml", "pay"},
		{"./pay/alerts.yaml", "pay/.nthlayer.json", "alerts.yaml", "pay"},
		{"generated/pay/alerts.yaml", "generated/pay/.nthlayer.json", "others.yaml", ""},
		{"generated/pay/alerts.yaml", "generated/web/.nthlayer.json", "alerts.yaml", ""},
		{"generated/alerts/web.yaml", "generated/.nthlayer/pay.json", "alerts/web.yaml", ""},
		{"generated/alerts/web.yaml", "generated/.nthlayer/web.json", "alerts/pay.yaml", ""},
		{"a/b/c/d/alerts.yaml", "a/.nthlayer.json", "b/c/d/alerts.yaml", ""},
	} {
		read := func(name string) ([]byte, error) {
			if name == c.list {
				return []byte(list(c.in)), nil
			}
			return nil, fs.ErrNotExist
		}
		w, ok := WrittenAs(c.name, []byte("one\r\n"), read)
		if ok != (c.service != "") || w.At.Service != c.service {
			t.Errorf("%s by %s: %v, %+v", c.name, c.list, ok, w.At)
			continue
		}
		if ok && (w.Edited() || !w.Was([]byte("one\n")) || w.Was([]byte("two\n"))) {
			t.Errorf("%s: a file as it was written counts as edited", c.name)
		}
		if w, _ := WrittenAs(c.name, []byte("two\n"), read); ok && !w.Edited() {
			t.Errorf("%s: an edited file does not", c.name)
		}
	}
}
