package tech

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/nthlayer/action/pkg/report"
)

//go:embed catalog/*.yaml
var files embed.FS

// Catalog is all that is known, sorted by name.
type Catalog struct {
	all    []Technology
	byName map[string]int
}

// Load reads the catalogue that the program carries.
func Load() (*Catalog, error) { return read(files, "catalog") }

func read(from fs.FS, dir string) (*Catalog, error) {
	entries, err := fs.ReadDir(from, dir)
	if err != nil {
		return nil, fmt.Errorf("read the catalogue: %w", err)
	}
	c := &Catalog{byName: map[string]int{}}
	for _, e := range entries {
		data, err := fs.ReadFile(from, path.Join(dir, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("read the catalogue: %w", err)
		}
		var t Technology
		decoder := yaml.NewDecoder(bytes.NewReader(data))
		decoder.KnownFields(true)
		if err := decoder.Decode(&t); err != nil {
			return nil, fmt.Errorf("read the catalogue: %s: %w", e.Name(), err)
		}
		for _, name := range append([]string{t.Name}, t.Aliases...) {
			if other, taken := c.byName[name]; taken {
				return nil, fmt.Errorf("read the catalogue: %s and %s are both called %s", c.all[other].Name, t.Name, name)
			}
			c.byName[name] = len(c.all)
		}
		c.all = append(c.all, t)
	}
	return c, nil
}

// All returns all technologies and kinds of services, sorted by file name.
func (c *Catalog) All() []Technology { return slices.Clone(c.all) }

// Lookup returns the technology that a spelling means: its name or an alias in any
// case. There is no guessing.
func (c *Catalog) Lookup(name string) (Technology, bool) {
	i, ok := c.byName[strings.ToLower(strings.TrimSpace(name))]
	if !ok || c.all[i].Kind == KindService {
		return Technology{}, false
	}
	return c.all[i], true
}

// Service returns how services of a type measure themselves; false for a type that
// no file describes.
func (c *Catalog) Service(serviceType string) (Technology, bool) {
	i := slices.IndexFunc(c.all, func(t Technology) bool { return slices.Contains(t.Types, serviceType) })
	if i < 0 {
		return Technology{}, false
	}
	return c.all[i], true
}

// Suggest returns "did you mean X?" for a spelling that is nearly a name, else
// nothing.
func (c *Catalog) Suggest(name string) string {
	var names []string
	for n, i := range c.byName {
		if c.all[i].Kind != KindService {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return report.DidYouMean(strings.ToLower(name), names)
}
