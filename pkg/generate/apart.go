package generate

import (
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

// RuleEnvironments is the rule about environments whose series nothing tells apart.
const RuleEnvironments = "generate/environments"

// Mixed tells of a service with several environments whose file does not say which
// series are those of one: an outage of one would fire the alerts of all. A query of an
// SLO says so for the SLO alone. A selector that is empty says that nothing needs to be
// told apart.
func (j Job) Mixed() []report.Finding {
	s := j.Service
	if _, ok := j.Own(); !ok || s.Environment == "" || len(s.Environments) < 2 || s.SelectorAt.Written() {
		return nil
	}
	return []report.Finding{s.Name.At.Finding(RuleEnvironments, report.Warning, s.Name.V,
		"nothing says which series of "+s.Name.V+" are those of one of its environments "+strings.Join(s.Environments, ", ")+": if one Prometheus has them all, an outage of one fires the alerts of all",
		`add selector: {env: "${env}"} to the service, with the label that its series have, or selector: {} if each environment has a Prometheus of its own`)}
}
