// Package docs holds the pages for users, and gives the program those files of
// theirs that it goes by itself.
package docs

import _ "embed"

//go:embed report.schema.json
var reportSchema string

// ReportSchema returns the JSON schema of a report.
func ReportSchema() string { return reportSchema }
