package lint

import (
	"fmt"
	"path"
	"strings"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec"
)

// serviceFilename reports service files that are not named after their service,
// so that nobody finds them. service.yaml is always right, and a file with
// several services has no right name, nor has one whose service must be renamed.
type serviceFilename struct{}

func (serviceFilename) Rule() Rule {
	return Rule{ID: "service/filename", Severity: report.Info, Title: "The file is not named after the service"}
}

func (c serviceFilename) CheckServices(services []*spec.Service) []report.Finding {
	files := map[string]int{}
	for _, s := range services {
		files[s.File]++
	}
	var out []report.Finding
	for _, s := range services {
		name := s.Name.V
		base := path.Base(s.File)
		stem := strings.TrimSuffix(base, path.Ext(base))
		if !spec.ValidName(name) || files[s.File] > 1 || stem == name || stem == "service" || strings.HasSuffix(stem, ".reliability") {
			continue
		}
		out = append(out, s.Name.At.Finding(c.Rule().ID, c.Rule().Severity, name,
			fmt.Sprintf("the service %s stands in the file %s", name, base), "rename the file to "+name+".yaml"))
	}
	return out
}
