package lint

import (
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// changeServiceRemoved tells that a service is gone, and its gate with it.
type changeServiceRemoved struct{}

func (changeServiceRemoved) Rule() Rule {
	return Rule{ID: "change/service-removed", Severity: report.Error, Title: "The change removes a service"}
}

// CheckRemoved gives the file without a line: the file may be gone too.
func (k changeServiceRemoved) CheckRemoved(base *spec.Service) []report.Finding {
	r := k.Rule()
	f := report.At(report.Position{File: base.File}, r.ID, Change{Base: base}.severity(r),
		"the service "+base.Name.V+" (tier "+string(base.Tier.V.Facts().Tier)+") was removed: nothing gates its deploys any more")
	f.Service, f.Suggestion = base.Name.V, "when it is not deployed any more, remove it in a change of its own, which the owner of the gate merges; else keep its file"
	return one(f)
}
