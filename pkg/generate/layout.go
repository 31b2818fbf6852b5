package generate

import (
	"path"
	"strings"
)

// Layout says how the files of several services lie in one folder.
type Layout string

// The layouts. ByService has a folder for each service: checkout/alerts.yaml. ByType
// has one for each type of file: alerts/checkout.yaml.
const (
	ByService Layout = "service"
	ByType    Layout = "type"
)

// Path returns where an artefact of a service lies, below the folder that all of them
// share.
func (l Layout) Path(service, artefact string) string {
	if l != ByType {
		return path.Join(service, artefact)
	}
	if first, rest, ok := strings.Cut(artefact, "/"); ok {
		return path.Join(first, service, rest)
	}
	ext := path.Ext(artefact)
	kind := strings.TrimSuffix(artefact, ext)
	if kind == "dashboard" {
		kind = "dashboards"
	}
	return path.Join(kind, service+ext)
}

// Beside returns how an artefact names another one of the same service: both lie
// right in the folder of the service.
func (j Job) Beside(artefact string) string {
	if j.Options.Layout != ByType {
		return artefact
	}
	return "../" + j.Options.Layout.Path(j.Service.Name.V, artefact)
}
