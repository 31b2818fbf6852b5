package host

import (
	"context"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/report"
)

// ChangeSource says what a change touches. It never answers with an empty set
// when it could not find out: the precision is then Unknown.
type ChangeSource interface {
	Changes(ctx context.Context) (Changes, error)
}

// Annotator marks the lines of findings. It returns how many marks the host was
// given.
type Annotator interface {
	Annotate(ctx context.Context, findings []report.Finding) (int, error)
}

// Comment is a comment on the pull or merge request of a run.
type Comment struct {
	ID     int64
	Author Author
	Body   string
	URL    string
	// Node is the comment's name in the host's other API; empty where there is
	// none.
	Node string
}

// Author is who wrote a comment, or who we write as.
type Author struct {
	Login string
	// Bot is true for the account of an app.
	Bot bool
}

// Same reports whether both authors are known and the same account. Logins are the
// same in any case. An app named as a person is somebody else.
func (a Author) Same(b Author) bool {
	return a.Login != "" && strings.EqualFold(a.Login, b.Login) && a.Bot == b.Bot
}

// CommentStore holds the comments of one pull or merge request. List returns
// all pages, oldest first.
type CommentStore interface {
	List(ctx context.Context) ([]Comment, error)
	Create(ctx context.Context, body string) (Comment, error)
	Update(ctx context.Context, id int64, body string) (Comment, error)
	Delete(ctx context.Context, id int64) error
}

// RevisionSource is a CommentStore of a host that keeps what a comment said before
// it was edited. Revisions returns the latest of these texts, the present one
// among them, each with the account that wrote it as Author.
type RevisionSource interface {
	Revisions(ctx context.Context, c Comment) ([]Comment, error)
}

// HeadSource says which commit is the head of the pull request at this moment.
type HeadSource interface {
	CurrentHead(ctx context.Context) (string, error)
}

// Identity says whom the token writes as. An empty Author means that it could
// not be found out; nothing existing may be touched then.
type Identity interface {
	Self(ctx context.Context) (Author, error)
}

// State is the state of a commit status.
type State string

// The states, as GitHub names them. Whoever sets pending has to set another one
// later, whatever happens: it blocks for ever otherwise.
const (
	StateError   State = "error"
	StateFailure State = "failure"
	StateSuccess State = "success"
	StatePending State = "pending"
)

// Status is one commit status.
type Status struct {
	SHA string
	// Context is its name, as nthlayer/gate.
	Context string
	State   State
	// Description is cut to 140 characters by the host's adapter.
	Description string
	URL         string
}

// StatusSetter writes commit statuses.
type StatusSetter interface {
	SetStatus(ctx context.Context, status Status) error
}

// StatusReader returns the last status of each name on a commit.
type StatusReader interface {
	Statuses(ctx context.Context, sha string) ([]Status, error)
}

// Conclusion is how a check run ended.
type Conclusion string

// The conclusions that are used, as GitHub names them. Success and neutral
// satisfy a required check.
const (
	CheckSuccess Conclusion = "success"
	CheckNeutral Conclusion = "neutral"
	CheckFailure Conclusion = "failure"
)

// MaxMarks is how many marks GitHub takes in one request about a check run.
const MaxMarks = 50

// Check is one request about a check run.
type Check struct {
	SHA, Name string
	// Key is our own name of the check run, by which it is found again when the
	// answer to its creation is lost.
	Key string
	URL string
	// Conclusion ends the check run; while it is empty the check is in progress.
	Conclusion Conclusion
	// Title is plain text, Summary is Markdown of at most 65,535 characters.
	Title, Summary string
	// Marks are at most MaxMarks; they are added to those that the check has.
	Marks []render.CheckMark
}

// CheckState is what the host has of a check run.
type CheckState struct {
	ID        int64
	Completed bool
	// Marks is how many marks it has.
	Marks int
}

// CheckRunner writes check runs: results with marks on lines, for which there is
// a state of their own on a commit. FindCheck is false when there is none of that
// name and key.
type CheckRunner interface {
	CreateCheck(ctx context.Context, check Check) (id int64, err error)
	UpdateCheck(ctx context.Context, id int64, check Check) error
	FindCheck(ctx context.Context, sha, name, key string) (CheckState, bool, error)
}

// ErrorKind classifies why a host refused or failed.
type ErrorKind string

// The kinds of errors.
const (
	Permission ErrorKind = "permission" // the token may not: 401, 403
	NotFound   ErrorKind = "not_found"  // 404; also what hosts say for hidden things
	TooLong    ErrorKind = "too_long"   // the text is over the host's limit
	Conflict   ErrorKind = "conflict"   // 409
	Limited    ErrorKind = "limited"    // rate limit
	Transient  ErrorKind = "transient"  // 5xx, network; may have taken effect
	Rejected   ErrorKind = "rejected"   // any other 4xx
	Stopped    ErrorKind = "stopped"    // the run was cancelled or out of time
)

// Error is a host's refusal or failure, classified once where it happened. Its
// text holds no credentials.
type Error struct {
	Kind ErrorKind
	// Need is the permission that the call needs, as "pull-requests: write".
	Need string
	// Until is when a limit ends; zero when the host did not say.
	Until time.Time
	// Status is the HTTP status, 0 for none.
	Status int
	// Message is one sentence for the user.
	Message string
	// Err is the cause, for errors.Is; its text is not shown.
	Err error
}

// Failed turns the error of a call into an *Error that says what could not be
// done. need is what the token must be allowed to. answered classifies by the
// host's answer and may fill in the status; redact takes secrets out of what the
// answer repeats. It returns nil for nil.
func Failed(ctx context.Context, err error, what, need string, redact func(string) string, answered func(error, *Error) (ErrorKind, string)) error {
	if err == nil {
		return nil
	}
	out := &Error{Err: err, Need: need}
	var reason string
	if ctx.Err() != nil {
		out.Kind, reason = Stopped, "the run was stopped or out of time"
	} else {
		out.Kind, reason = answered(err, out)
	}
	out.Message = redact("could not " + what + ": " + reason)
	return out
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
