package host

import (
	"context"
	"time"
)

// Prober finds out what a token may do without changing anything.
type Prober interface {
	// Probe sends requests that only read. What the host does not tell is said
	// in the answer; nothing of it is an error of the call.
	Probe(ctx context.Context) Probe
}

// TokenKind is what a token is.
type TokenKind string

// The kinds of tokens. Those of GitHub can be told by how they begin; GitLab says
// whom a token belongs to.
const (
	NoToken           TokenKind = "none"
	InstallationToken TokenKind = "installation" // of a GitHub App, as a job's GITHUB_TOKEN
	ClassicToken      TokenKind = "classic"      // a personal access token with scopes
	FineGrainedToken  TokenKind = "fine_grained" // a personal access token with permissions
	OAuthToken        TokenKind = "oauth"
	AppUserToken      TokenKind = "app_user" // of a GitHub App for a person
	PersonalToken     TokenKind = "personal" // the following are GitLab's
	ProjectToken      TokenKind = "project"
	GroupToken        TokenKind = "group"
	JobToken          TokenKind = "job"
	OtherToken        TokenKind = "other"
)

// Probe is what a host tells about a token to somebody who only reads.
type Probe struct {
	// Server is what the API says it is, as "GitHub Enterprise Server 3.14.2";
	// empty when it does not say.
	Server string
	Kind   TokenKind
	// Account is whom the token writes as; empty when the host does not tell.
	Account Author
	// AccountErr says why the host failed when it was asked for the account.
	AccountErr error
	// Scopes are what the token was made for. They are nil when the host does
	// not tell them, which is the case for installation and fine-grained tokens.
	Scopes []string
	// Expires is the day on which the token ends; zero when it has no end or
	// the host does not tell.
	Expires time.Time
	// Left and Limit are the requests that the token has left of those in an
	// hour; both are 0 when the host does not tell.
	Left, Limit int
	// Err says why the host did not answer this token at all; the rest is not
	// known then.
	Err error
	// GraphQL says why that API did not answer; nil when it did, and for hosts
	// where nothing asks it.
	GraphQL error
	// Statuses, Checks and Comment are whether commit statuses can be set, a
	// check run and the comment can be written. They are zero where the run has
	// no commit, the host no check runs, or the run no pull request.
	Statuses, Checks, Comment Right
}

// Allowance is whether a token may do something, as far as reading shows.
type Allowance string

// The allowances. NotTold is what remains when everything that can be read is
// well: for installation and fine-grained tokens only a write would show more.
const (
	Allowed   Allowance = "allowed"
	Forbidden Allowance = "forbidden"
	NotTold   Allowance = "not_told"
	NoAnswer  Allowance = "no_answer" // the host failed when it was asked
)

// Right is whether a token may do one thing.
type Right struct {
	Allowance Allowance
	// Need is the permission to add, as "statuses: write".
	Need string
	// Why says how that is known; empty for Allowed.
	Why string
}

// RightOf returns what an error of a call that reads says about writing. A token
// that may not even read may not write; a host that failed says nothing.
func RightOf(err *Error, need string) Right {
	switch err.Kind {
	case Permission, NotFound:
		return Right{Allowance: Forbidden, Need: need, Why: err.Message}
	case TooLong, Conflict, Limited, Transient, Rejected, Stopped:
	}
	return Right{Allowance: NoAnswer, Need: need, Why: err.Message}
}
