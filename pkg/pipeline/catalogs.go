package pipeline

import (
	"path"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

// catalogs are what is known of technologies, with the alerts that users added, by
// the folder of a service file.
type catalogs struct {
	plain *tech.Catalog
	byDir map[string]*tech.Catalog
}

// of returns what is known where a service file lies.
func (c catalogs) of(s *spec.Service) *tech.Catalog {
	if own, ok := c.byDir[path.Dir(s.File)]; ok {
		return own
	}
	return c.plain
}

// catalogs reads the users' own alerts that count for the services that are looked
// at. Folders with the same alerts share one catalogue, and what is wrong with a
// file is told once.
func (r *run) catalogs() (catalogs, []report.Finding) {
	c := catalogs{plain: r.o.Generation.Catalog, byDir: map[string]*tech.Catalog{}}
	byFiles := map[string]*tech.Catalog{}
	var findings []report.Finding
	for _, s := range r.picked {
		dir := path.Dir(s.File)
		if _, ok := c.byDir[dir]; ok {
			continue
		}
		files := r.o.Workspace.OwnAlerts(dir)
		key := strings.Join(files, "\x00")
		if byFiles[key] == nil {
			with, found := c.plain.With(files, r.o.Workspace.Read)
			byFiles[key], findings = with, append(findings, found...)
		}
		c.byDir[dir] = byFiles[key]
	}
	return c, findings
}

// ownAlertsChanged reports whether a change touches the alerts that count where a
// service file lies.
func (r *run) ownAlertsChanged(s *spec.Service) bool {
	return r.wants(Generate) && r.o.Generation != nil && slices.ContainsFunc(r.o.Workspace.OwnAlerts(path.Dir(s.File)), r.o.Changed)
}
