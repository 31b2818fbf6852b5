package pipeline

import (
	"context"
	"slices"

	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/spec/document"
	"github.com/nthlayer/action/pkg/spec/kind"
)

// split takes the dashboards and the rule files out of the files, and returns the
// others: service files, and those that cannot be read, which is reported there. Of what
// folders hold beside YAML, all is left alone but dashboards and rules.
func (r *run) split(ctx context.Context) []spec.Found {
	if !r.wants(Lint) && !r.wants(Verify) {
		return r.o.Files
	}
	var services []spec.Found
	for _, f := range r.o.Files {
		if !r.take(ctx, f) {
			services = append(services, f)
		}
	}
	for _, f := range r.o.Beside {
		if !slices.Contains(r.o.Files, f) && !slices.Contains(r.o.Files, spec.Found{Path: f.Path, Named: true}) {
			r.take(ctx, f)
		}
	}
	return services
}

// take takes a file that no service is in.
func (r *run) take(ctx context.Context, f spec.Found) bool {
	data, err := r.o.Workspace.Read(f.Path, document.RuleLimits().Bytes)
	if err != nil {
		return false
	}
	return r.takeDashboard(ctx, f, data) || r.wants(Lint) && r.takeRules(f, data)
}

// takeRules takes a file if it is a rule file, or one near it that nobody named.
func (r *run) takeRules(f spec.Found, data []byte) bool {
	changed := r.o.Changed == nil || r.o.Changed(f.Path)
	switch is := r.o.Workspace.Kind(f.Path, data); {
	case is == kind.Rules || is == kind.Bare && f.Named:
		r.ruleFiles = append(r.ruleFiles, ruleFile{Name: f.Path, Data: data})
		if changed {
			r.rules = append(r.rules, ruleFile{Name: f.Path, Data: data})
		}
	case is == kind.Other || f.Named:
		return false
	case changed:
		r.unread[is] = append(r.unread[is], f.Path)
	}
	return true
}
