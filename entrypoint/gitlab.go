package entrypoint

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/render"
)

// resultPrefix begins the names of dotenv variables. Without it some would be
// inputs of a later job, as NTHLAYER_SARIF_FILE.
const resultPrefix = "NTHLAYER_RESULT_"

// jobFile is a file from which GitLab takes variables for later jobs, or links
// for the page of the job.
type jobFile struct {
	surface Surface
	path    string
	text    func() ([]byte, error)
}

func (d *deliverer) allJobFiles() []jobFile {
	options := d.settings.Deliver
	return []jobFile{
		{SurfaceDotenv, options.DotenvFile, d.dotenv},
		{SurfaceLinks, options.AnnotationsFile, d.links},
	}
}

// jobFiles writes them before anything is published, so that they are there when
// the run is stopped on the way.
func (d *deliverer) jobFiles() {
	for _, f := range d.allJobFiles() {
		if f.path == "" {
			d.result.skip(f.surface, "not asked for")
			continue
		}
		d.wrote(f.surface, f.path, d.writeJobFile(f))
	}
}

// jobFilesAgain adds what is only known after publishing.
func (d *deliverer) jobFilesAgain() {
	for _, f := range d.allJobFiles() {
		if f.path == "" {
			continue
		}
		if err := d.writeJobFile(f); err != nil && !d.failed(f.surface) {
			d.result.add(f.surface, err)
		}
	}
}

func (d *deliverer) failed(surface Surface) bool {
	return slices.ContainsFunc(d.result.Undelivered(), func(i Item) bool { return i.Surface == surface })
}

func (d *deliverer) writeJobFile(f jobFile) error {
	text, err := f.text()
	if err != nil {
		return err
	}
	return writeInside(d.settings.Workspace, f.path, text)
}

// dotenv holds the outputs as variables.
func (d *deliverer) dotenv() ([]byte, error) {
	var variables []render.Property
	for _, o := range append(reportOutputs(d.rep, d.result), deliveryOutputs(d.result)...) {
		variables = append(variables, render.Property{Name: resultPrefix + o.Name, Value: o.Value})
	}
	return []byte(render.Dotenv(variables)), nil
}

// links leads from the page of the job to the report, which has to be among the
// job's artifacts, and to the comment.
func (d *deliverer) links() ([]byte, error) {
	var links []render.Link
	if job, file := d.settings.Host.URLs.Run, d.result.file(SurfaceReport); job != "" && file != "" {
		path := (&url.URL{Path: file}).EscapedPath()
		links = append(links, render.Link{Label: render.Headline(d.rep), URL: job + "/artifacts/file/" + path})
	}
	if d.result.CommentURL != "" {
		links = append(links, render.Link{Label: "comment on the " + d.settings.Host.RequestWord(), URL: d.result.CommentURL})
	}
	return render.JobLinks("nthlayer", links)
}

// published says on GitLab what became of the statuses, the comment and the
// threads, because its log is the only place where that can be read.
func (d *deliverer) published() string {
	if d.settings.Host.Host != host.GitLab {
		return ""
	}
	var b strings.Builder
	for _, i := range d.result.Items {
		if !slices.Contains([]Surface{SurfaceStatuses, SurfaceComment, SurfaceThreads}, i.Surface) || i.Outcome == Undelivered {
			continue
		}
		line := string(i.Surface) + ": " + string(i.Outcome)
		if i.Why != "" {
			line += ", " + i.Why
		}
		fmt.Fprintln(&b, render.TerminalText(line))
	}
	if d.result.CommentURL != "" {
		fmt.Fprintln(&b, "the comment is at "+render.TerminalText(d.result.CommentURL))
	}
	return b.String()
}
