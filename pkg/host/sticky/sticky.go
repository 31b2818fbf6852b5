package sticky

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/host"
)

// Want is the comment that a run wants to stand on the pull request.
type Want struct {
	Marker Marker
	// Body renders the text below the marker in at most maxBytes bytes.
	Body func(maxBytes int) string
	// MaxBytes is the budget for marker and text together.
	MaxBytes int
	// Create allows a first comment. An existing one is edited either way.
	Create bool
}

// Action is what became of a comment.
type Action string

// The outcomes.
const (
	Created   Action = "created"
	Edited    Action = "edited"
	Unchanged Action = "unchanged"
	Skipped   Action = "skipped"
)

// Result is what Upsert did, and why when it did nothing.
type Result struct {
	Action Action
	Reason string
	URL    string
}

// Host is what Upsert needs of a host.
type Host interface {
	host.CommentStore
	host.HeadSource
	host.Identity
}

// Upsert creates or edits our comment. A comment is ours when it begins with
// our full marker and key, and our own account wrote it; no other is touched.
// When the account is not known nothing is edited. When listing fails nothing
// is written at all, because a second comment would be the likely result.
//
// Neither host offers a compare-and-set, so runs that write at once may both
// create. Each lists again after creating: the oldest comment stays, and a run
// takes back only the comment that it created itself.
func Upsert(ctx context.Context, h Host, want Want) (Result, error) {
	if !ValidKey(want.Marker.Key) || !host.IsCommit(want.Marker.SHA) {
		return Result{}, fmt.Errorf("comment key %q or commit %q is not valid", want.Marker.Key, want.Marker.SHA)
	}
	u := upsert{h: h, want: want}
	self, err := h.Self(ctx)
	if err != nil {
		return Result{}, err
	}
	u.self = self
	comments, err := h.List(ctx)
	if err != nil {
		return Result{}, err
	}
	if ours := u.ours(comments); len(ours) > 0 {
		return u.replace(ctx, ours)
	}
	if !want.Create {
		return Result{Action: Skipped, Reason: "nothing to say yet: no service file changed and the verdict is pass"}, nil
	}
	if self.Login == "" && u.marked(comments) {
		return Result{Action: Skipped, Reason: "the account of the token could not be found out, and a comment with our marker exists already"}, nil
	}
	res, err := u.create(ctx)
	if err == nil && res.Reason == "" && u.marked(comments) {
		res.Reason = "an earlier comment with our marker belongs to another account and was left as it is"
	}
	return res, err
}

// replace brings the oldest comment of ours up to date. One that the host will
// not let us edit, as in a conversation that was locked and opened again, is
// left as it is, and the next one takes its place.
func (u upsert) replace(ctx context.Context, ours []own) (Result, error) {
	for _, c := range ours {
		res, err := u.edit(ctx, c)
		if kind(err) != host.Permission {
			return res, err
		}
	}
	res, err := u.create(ctx)
	if err == nil {
		res.Reason = "the host does not let us edit our earlier comment, which was left as it is"
	}
	return res, err
}

type upsert struct {
	h    Host
	want Want
	self host.Author
}

// own is a comment of ours with its marker.
type own struct {
	host.Comment
	marker Marker
	text   string
}

// ours returns our comments with our key, oldest first.
func (u upsert) ours(comments []host.Comment) []own {
	var out []own
	for _, c := range comments {
		m, text, ok := Parse(c.Body)
		if ok && m.Key == u.want.Marker.Key && c.Author.Same(u.self) {
			out = append(out, own{c, m, text})
		}
	}
	slices.SortFunc(out, func(a, b own) int { return int(min(max(a.ID-b.ID, -1), 1)) })
	return out
}

// marked reports whether any comment, whoever wrote it, carries our marker.
func (u upsert) marked(comments []host.Comment) bool {
	return slices.ContainsFunc(comments, func(c host.Comment) bool {
		m, _, ok := Parse(c.Body)
		return ok && m.Key == u.want.Marker.Key
	})
}

// edit brings an existing comment of ours up to date, unless it is as wanted
// or a newer run wrote it.
func (u upsert) edit(ctx context.Context, c own) (Result, error) {
	reason, err := u.outdated(ctx, c.marker)
	if err != nil {
		return Result{}, err
	}
	if reason != "" {
		return Result{Action: Skipped, Reason: reason, URL: c.URL}, nil
	}
	body := u.body(u.want.MaxBytes)
	_, text, _ := Parse(body)
	if c.marker.SHA == u.want.Marker.SHA && strings.TrimSpace(text) == strings.TrimSpace(c.text) {
		return Result{Action: Unchanged, URL: c.URL}, nil
	}
	written, err := u.write(func(body string) (host.Comment, error) { return u.h.Update(ctx, c.ID, body) })
	if kind(err) == host.NotFound {
		return Result{Action: Skipped, Reason: "our comment was deleted while this run was writing"}, nil
	}
	if err != nil {
		return Result{}, err
	}
	return Result{Action: Edited, URL: firstOf(written.URL, c.URL)}, nil
}

// outdated says why this run must not overwrite a comment: the comment is about
// the commit that is the head now and ours is not, or a newer run wrote it.
func (u upsert) outdated(ctx context.Context, theirs Marker) (string, error) {
	mine := u.want.Marker
	if theirs.SHA != mine.SHA {
		head, err := u.h.CurrentHead(ctx)
		if kind(err) == host.Stopped {
			return "", err
		}
		switch {
		case err != nil || head == "":
			// Without the head the order of the runs has to decide.
		case head == mine.SHA:
			return "", nil
		case head == theirs.SHA:
			return "the comment is about the newer commit " + host.Short(head) + " already", nil
		}
	}
	if older(mine, theirs) {
		return fmt.Sprintf("a newer run (%d, attempt %d) wrote the comment already", theirs.Run, theirs.Attempt), nil
	}
	return "", nil
}

// create writes the first comment.
func (u upsert) create(ctx context.Context) (Result, error) {
	created, err := u.post(ctx)
	if err != nil {
		return Result{}, err
	}
	if u.self.Login == "" {
		// The answer says who we are; good enough for the rest of this run.
		u.self = created.Author
	}
	return u.settle(ctx, created), nil
}

// settle leaves one comment where several runs created theirs at the same moment.
// Whatever fails, ours stands until the next run settles it.
func (u upsert) settle(ctx context.Context, created host.Comment) Result {
	alone := Result{Action: Created, URL: created.URL}
	comments, err := u.h.List(ctx)
	if err != nil {
		return alone
	}
	ours := u.ours(comments)
	if len(ours) == 0 || ours[0].ID == created.ID {
		return alone
	}
	res, err := u.edit(ctx, ours[0])
	if err != nil || (res.Action == Skipped && res.URL == "") {
		return alone
	}
	if err := u.h.Delete(ctx, created.ID); err != nil && kind(err) != host.NotFound {
		res.Reason = "another run commented at the same moment, and the second comment could not be removed: " + err.Error()
	}
	return res
}

// post creates the comment. When the answer got lost the list tells whether the
// comment landed; only when it did not is it sent once more.
func (u upsert) post(ctx context.Context) (host.Comment, error) {
	create := func(body string) (host.Comment, error) { return u.h.Create(ctx, body) }
	created, err := u.write(create)
	if kind(err) != host.Transient {
		return created, err
	}
	comments, listErr := u.h.List(ctx)
	if listErr != nil {
		return host.Comment{}, err
	}
	for _, c := range comments {
		if m, _, ok := Parse(c.Body); ok && m == u.want.Marker && (u.self.Login == "" || c.Author.Same(u.self)) {
			return c, nil
		}
	}
	return u.write(create)
}

// write sends the body, and half of it once more when the host finds it too
// long.
func (u upsert) write(send func(body string) (host.Comment, error)) (host.Comment, error) {
	c, err := send(u.body(u.want.MaxBytes))
	if kind(err) == host.TooLong {
		c, err = send(u.body(u.want.MaxBytes / 2))
	}
	return c, err
}

func (u upsert) body(maxBytes int) string {
	marker := u.want.Marker.String() + "\n"
	return marker + u.want.Body(max(maxBytes-len(marker), 0))
}

// kind returns the class of a host's error, and nothing for other errors.
func kind(err error) host.ErrorKind {
	if e, ok := errors.AsType[*host.Error](err); ok {
		return e.Kind
	}
	return ""
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
