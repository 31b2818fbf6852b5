package dashboard

import (
	"cmp"
	"strings"

	"github.com/nthlayer/action/pkg/lint"
	"github.com/nthlayer/action/pkg/report"
)

// panelDatasource finds panels that ask one data source by its id, which no other
// Grafana has, and panels that the variable for the data source does not reach.
func panelDatasource() rule {
	r := lint.Rule{ID: "dashboard/panel-datasource", Severity: report.Warning, Title: "A panel asks a fixed data source"}
	return rule{r, func(r lint.Rule, b *board) []found {
		var out []found
		for _, p := range b.panels {
			if p.at.get("libraryPanel") != nil {
				continue
			}
			refs := []*value{p.source}
			for _, t := range p.targets {
				refs = append(refs, t.at.get("datasource"))
			}
			for i, ref := range refs {
				if name := fixedSource(ref); name != nil {
					out = append(out, found{about(r, name.asText(), p.where()+" asks the data source "+quote(name.text)+" and no other", b.sourceFix()), p, i - 1})
				}
			}
		}
		return out
	}}
}

// fixedSource returns the id of a data source that is written out, or nil. Names
// that begin with -- are Grafana's own.
func fixedSource(ref *value) *value {
	id := ref.get("uid")
	if ref != nil && ref.kind == text {
		id = ref
	}
	name := id.str()
	if name == "" || name == "grafana" || name == "default" || strings.HasPrefix(name, "-- ") || len(uses(name)) > 0 {
		return nil
	}
	if k := ref.get("type").str(); k != "" && kindOf(k) == otherSource {
		return nil // expressions and sources that we know nothing of
	}
	return id
}

// sourceFix says how the data source can be chosen.
func (b *board) sourceFix() string {
	name := "datasource"
	for _, v := range b.vars {
		if v.typ == "datasource" {
			name = cmp.Or(v.name, name)
			break
		}
	}
	return `write "${` + name + `}", the variable for the data source`
}
