package tech

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
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

// New returns a catalogue of the given technologies. No two may share a name.
func New(all ...Technology) (*Catalog, error) {
	c := &Catalog{byName: map[string]int{}}
	for _, t := range all {
		if err := c.add(t, t.Name+".yaml"); err != nil {
			return nil, err
		}
	}
	return c, nil
}

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
		t, err := decode(data)
		if err == nil {
			err = c.add(t, e.Name())
		}
		if err != nil {
			return nil, fmt.Errorf("read the catalogue: %s: %w", e.Name(), err)
		}
	}
	return c, nil
}

// decode reads a file of the catalogue, which holds one document and nothing that
// a Technology does not know.
func decode(data []byte) (Technology, error) {
	var t Technology
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&t); err != nil {
		return t, err
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return t, errors.New("the file holds more than one document")
	}
	return t, nil
}

func (c *Catalog) add(t Technology, file string) error {
	if file != t.Name+".yaml" {
		return fmt.Errorf("the file describes %s", t.Name)
	}
	i := len(c.all)
	c.all = append(c.all, t)
	for _, name := range append([]string{t.Name}, t.Aliases...) {
		if other, taken := c.byName[name]; taken {
			return fmt.Errorf("%s and %s are both called %s", c.all[other].Name, t.Name, name)
		}
		c.byName[name] = i
	}
	return nil
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
