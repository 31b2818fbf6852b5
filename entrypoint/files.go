package entrypoint

// reportFile is a file that a run may write into the workspace.
type reportFile struct {
	surface Surface
	// path is empty where nobody asked for the file.
	path string
	// format is that of the report in it, empty for a text of its own.
	format string
}

// files returns the files that a run may write. What an earlier run left in their places
// must not count as a result of this one, so all of them are here.
func (o DeliverOptions) files() []reportFile {
	return []reportFile{
		{SurfaceReport, o.ReportFile, "json"},
		{SurfaceSARIF, o.SARIFFile, "sarif"},
		{SurfaceJUnit, o.JUnitFile, "junit"},
		{SurfaceCodeQuality, o.CodeQualityFile, "codequality"},
		{SurfaceCommentFile, o.CommentFile, ""},
		{SurfaceDotenv, o.DotenvFile, ""},
		{SurfaceLinks, o.AnnotationsFile, ""},
	}
}
