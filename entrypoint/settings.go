package entrypoint

import (
	"time"

	"github.com/nthlayer/action/pkg/host"
)

// Settings are the checked values of all options, and what the host said about
// the run.
type Settings struct {
	// Services are files, directories and globs, as given. ServicesGiven is
	// false for the default, of which no part has to exist.
	Services      []string
	ServicesGiven bool
	// Stages are in the order in which they run.
	Stages       []string
	Environment  string
	Prometheus   Prometheus
	ServiceLabel string
	Exit         ExitPolicy
	ChangedOnly  bool
	// Policy is the path of the organisation's policy; empty for the default one,
	// which need not be there.
	Policy    string
	PolicyRef PolicyRef
	// CheckGenerated compares the files in GeneratedDir with what the service files
	// give; Stages begin with StageGenerate then.
	CheckGenerated bool
	GeneratedDir   string
	// FromReport is the path of a report to publish; MaxAge is how old it may be.
	FromReport string
	MaxAge     time.Duration
	// Timeout bounds all stages together; Concurrency the requests at once.
	Timeout     time.Duration
	Concurrency int

	Deliver DeliverOptions

	// Workspace is the directory that all paths are relative to.
	Workspace string
	Host      host.Context
	// Files are those that Services name in the workspace, with slashes and
	// without links.
	Files []string
	// Repository is the folder with the checkout of the run's repository.
	Repository string
	// Changes is what the run's change touches, by paths of the workspace. Only when it is Known may
	// ChangedOnly leave services out.
	Changes host.Changes
	// Base reads the files as they were before the change; nil when there is
	// nothing to compare with.
	Base host.BaseReader
	// Notes say what was unusual about the values.
	Notes []string
	// Quiet and Verbose say how much of the report the log shows.
	Quiet, Verbose bool
	// Debug is set when the runner asks for debug output.
	Debug bool
}

// Prometheus is where samples come from and how to log in there.
type Prometheus struct {
	// URL is the value of prometheus-url without user name and password.
	URL      string
	Username string
	Password string
	Token    string
	Tenant   string
	Headers  []Header
	// CAFile is where CA is from.
	CAFile string
	// CA holds certificate authorities to trust besides the system's, as PEM.
	CA []byte
}

// Header is one request header.
type Header struct{ Name, Value string }

// AnnotateMode is which lines get annotations.
type AnnotateMode string

// The annotate modes.
const (
	AnnotateChanged AnnotateMode = "changed"
	AnnotateAll     AnnotateMode = "all"
	AnnotateChecks  AnnotateMode = "checks"
	AnnotateOff     AnnotateMode = "off"
)

// PolicyRef is whose tiers, thresholds and exceptions decide about a change.
type PolicyRef string

// The policy refs. Base is the stricter of before and after the change.
const (
	PolicyBase PolicyRef = "base"
	PolicyHead PolicyRef = "head"
)

// CommentMode is whether a comment is kept on the pull request.
type CommentMode string

// The comment modes.
const (
	CommentAuto   CommentMode = "auto"
	CommentAlways CommentMode = "always"
	CommentOff    CommentMode = "off"
)

// DeliverOptions is what the user wants to be delivered where.
type DeliverOptions struct {
	Annotate     AnnotateMode
	Comment      CommentMode
	CommentKey   string
	Statuses     bool
	StatusPrefix string
	// Pending sets statuses before the stages run, too.
	Pending bool
	// Strict turns a pass into unknown when something was not delivered.
	Strict bool
	// Threads opens threads on lines of a GitLab merge request.
	Threads bool
	// Suggestions writes comments with fixes on lines of a GitHub pull request.
	Suggestions bool
	// Files are paths in the workspace; empty is not written.
	SARIFFile, JUnitFile, ReportFile, CommentFile string
	CodeQualityFile, DotenvFile, AnnotationsFile  string
	// Token is GitHub's.
	Token, GitLabToken string
}
