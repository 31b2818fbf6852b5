package sticky

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nthlayer/action/pkg/host"
)

// Want is the comment that a run wants to stand on the pull request.
type Want struct {
	// Marker says whose comment it is; its Text is filled in.
	Marker Marker
	// Body renders the text below the marker in at most maxBytes bytes. Earlier is
	// what our comment says so far, and empty where there is none.
	Body func(maxBytes int, earlier Earlier) string
	// Says is the text without what is different in every run, as the time, and
	// without what depends on the earlier text: otherwise runs for one commit would
	// not agree that they say the same. A comment about the same commit that says
	// the same is left as it is. Empty is the whole text where there is no earlier.
	Says string
	// MaxBytes is the budget for marker and text together.
	MaxBytes int
	// Create allows a first comment. An existing one is edited either way.
	Create bool
}

// Earlier is a text of ours that another run wrote.
type Earlier struct {
	Marker Marker
	// Text is what stands below the marker. Our account wrote it, but in a job that
	// may have been anybody's.
	Text string
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

// Host is what Upsert needs of a host. One that is a host.RevisionSource too is
// asked whether an edit hit the text of a newer run.
type Host interface {
	host.CommentStore
	host.HeadSource
	host.Identity
}

// maxRounds bounds how often Upsert looks again while other runs write. Each
// round but the last brings the comment closer to the newest run.
const maxRounds = 12

// Upsert creates or edits our comment. A comment is ours when it begins with
// our full marker and key, and our own account wrote it; no other is touched.
// When the account is not known nothing is edited. When listing fails nothing
// is written at all, because a second comment would be the likely result.
//
// No host offers a compare-and-set, so runs that write at once may both create,
// and an older one may write over a newer. Every run therefore looks again after
// each write, until it sees one comment with the newest text it knows of: the
// oldest comment stays, the newest text moves there, and then the other comments
// of ours go. Where the host keeps revisions, a newer text that an edit has hit
// is found there and put back.
func Upsert(ctx context.Context, h Host, want Want) (Result, error) {
	if !ValidKey(want.Marker.Key) || !host.IsCommit(want.Marker.SHA) {
		return Result{}, fmt.Errorf("comment key %q or commit %q is not valid", want.Marker.Key, want.Marker.SHA)
	}
	if want.Says == "" {
		want.Says = want.Body(want.MaxBytes, Earlier{})
	}
	want.Marker.Text = digest(want.Says)
	u := upsert{h: h, want: want, maxBytes: want.MaxBytes, shut: map[int64]bool{}}
	self, err := h.Self(ctx)
	if err != nil {
		return Result{}, err
	}
	u.self = self
	// A first comment is rendered before looking, so that little time passes from
	// look to write.
	u.render()
	for range maxRounds {
		res, done, err := u.round(ctx)
		if done || err != nil {
			return res, err
		}
	}
	return Result{Action: u.did, Reason: "other runs kept writing at the same time", URL: u.url}, nil
}

// upsert is the state of one Upsert.
type upsert struct {
	h    Host
	want Want
	self host.Author
	// body is our comment, marker and text, in at most maxBytes.
	body     string
	maxBytes int
	// earlier is the newest text of another run that body was rendered for.
	earlier Earlier
	// did is our last write, url where.
	did Action
	url string
	// sent counts the creations, lost is the error of one whose fate is not known.
	sent int
	lost error
	// shut are comments of ours that the host lets us neither edit nor remove.
	shut map[int64]bool
	// restored are texts of ours that were written over.
	restored []own
	// former is set when a comment with our marker belongs to another account.
	former bool
	// seen is how our own writes left comments, by id: a list may be older.
	seen []written
	// taken is set when the host says that somebody else wrote what we did.
	taken string
}

// round looks once and takes the one step that follows. It is done when nothing
// is left to do.
func (u *upsert) round(ctx context.Context) (Result, bool, error) {
	comments, err := u.h.List(ctx)
	switch {
	case err != nil && u.lost != nil:
		return Result{}, true, u.lost
	case err != nil && u.did != "":
		return Result{Action: u.did, URL: u.url}, true, nil // it stands; only looking again was not possible
	case err != nil:
		return Result{}, true, err
	}
	comments = u.current(comments)
	ours := u.ours(comments)
	u.remember(ours)
	best, err := u.best(ctx, ours)
	if err != nil {
		return Result{}, true, err
	}
	open := slices.DeleteFunc(slices.Clone(ours), func(c own) bool { return u.shut[c.ID] })
	switch {
	case len(open) == 0:
		return u.first(ctx, comments, ours, best)
	case !u.stands(open[0], best):
		return u.edit(ctx, open[0], best)
	}
	return u.tidy(ctx, open, best), true, nil
}

// stands reports whether a comment has the best text already. That of an older
// run about the same commit is as good when it says the same.
func (u *upsert) stands(c, best own) bool {
	if best.marker != u.want.Marker {
		return c.marker == best.marker
	}
	return c.marker.SHA == best.marker.SHA && c.marker.Text == best.marker.Text
}

// first writes a comment where there is none that can be edited.
func (u *upsert) first(ctx context.Context, comments []host.Comment, ours []own, best own) (Result, bool, error) {
	switch {
	case best.marker != u.want.Marker:
		return u.result(best, best), true, nil
	case len(ours) == 0 && !u.want.Create:
		return Result{Action: Skipped, Reason: "nothing to say yet: no service file changed and the verdict is pass"}, true, nil
	case u.lost != nil && u.sent > 1:
		return Result{}, true, u.lost
	case len(u.seen) > 0: // what this run wrote cannot be found among ours: more of it would not, either
		return Result{Action: u.did, URL: u.url, Reason: u.taken}, true, nil
	case u.self.Login == "" && u.marked(comments):
		return Result{}, true, &host.Error{
			Kind:    host.Rejected,
			Message: "the account of the token could not be found out, so that the comment with our marker was left as it is and may be out of date",
		}
	}
	u.sent++
	u.former = len(ours) == 0 && u.marked(comments)
	created, err := u.write(func(body string) (host.Comment, error) { return u.h.Create(ctx, body) })
	switch {
	case kind(err) == host.Transient:
		u.lost = err // the next look tells whether it landed
	case err != nil:
		return Result{}, true, err
	default:
		u.did, u.url, u.lost = Created, created.URL, nil
		u.wrote(created, "")
		u.known(created.Author)
	}
	return Result{}, false, nil
}

// edit writes the best text into a comment.
func (u *upsert) edit(ctx context.Context, c, best own) (Result, bool, error) {
	var err error
	text := best.Body
	if best.marker == u.want.Marker {
		_, err = u.write(func(body string) (host.Comment, error) { return u.h.Update(ctx, c.ID, body) })
		text = u.body
	} else {
		_, err = u.h.Update(ctx, c.ID, text)
	}
	switch kind(err) {
	case host.Permission:
		u.shut[c.ID] = true // as in a conversation that was locked and opened again
		return Result{}, false, nil
	case host.NotFound:
		return Result{Action: Skipped, Reason: "our comment was deleted while this run was writing"}, true, nil
	default:
	}
	if err != nil {
		return Result{}, true, err
	}
	u.did, u.url, u.lost = Edited, c.URL, nil
	left := c.Comment
	left.Body = text
	u.wrote(left, c.Body)
	u.restored = append(u.restored, u.hit(ctx, c)...)
	return Result{}, false, nil
}

// hit returns the texts of our account that a comment had before.
func (u *upsert) hit(ctx context.Context, c own) []own {
	source, ok := u.h.(host.RevisionSource)
	if !ok {
		return nil
	}
	revisions, err := source.Revisions(ctx, c.Comment)
	if err != nil {
		return nil // what was written stands; only what it hit is not known
	}
	return u.ours(revisions)
}

// tidy removes our other comments, which other runs or one that died left
// behind, once the oldest has the best text.
func (u *upsert) tidy(ctx context.Context, open []own, best own) Result {
	res := u.result(open[0], best)
	for _, extra := range open[1:] {
		if err := u.h.Delete(ctx, extra.ID); err != nil && kind(err) != host.NotFound {
			res.Reason = "another run commented at the same moment, and the second comment could not be removed: " + err.Error()
		}
	}
	return res
}

// result says what was done to the comment that stands.
func (u *upsert) result(stands, best own) Result {
	res := Result{Action: u.did, URL: stands.URL}
	switch {
	case best.marker != u.want.Marker && best.marker.SHA != u.want.Marker.SHA && !older(u.want.Marker, best.marker):
		res.Action, res.Reason = Skipped, "the comment is about the newer commit "+host.Short(best.marker.SHA)+" already"
	case best.marker != u.want.Marker:
		res.Action, res.Reason = Skipped, fmt.Sprintf("a newer run (%d, attempt %d) wrote the comment already", best.marker.Run, best.marker.Attempt)
	case res.Action == "" && u.sent > 0:
		res.Action = Created
	case res.Action == "":
		res.Action = Unchanged
	}
	switch {
	case res.Action == Created && len(u.shut) > 0:
		res.Reason = "the host does not let us edit our earlier comment, which was left as it is"
	case res.Action == Created && u.taken != "":
		res.Reason = u.taken
	case res.Action == Created && u.former:
		res.Reason = "an earlier comment with our marker belongs to another account and was left as it is"
	}
	return res
}

// write sends our comment, and half of it once more when the host finds it too
// long.
func (u *upsert) write(send func(body string) (host.Comment, error)) (host.Comment, error) {
	c, err := send(u.body)
	if kind(err) == host.TooLong {
		u.maxBytes = u.want.MaxBytes / 2
		u.render()
		c, err = send(u.body)
	}
	return c, err
}

func (u *upsert) render() {
	marker := len(u.want.Marker.String()) + sealBytes + len("\n")
	u.body = u.want.Marker.Seal(u.want.Body(max(u.maxBytes-marker, 0), u.earlier))
}

// kind returns the class of a host's error, and nothing for other errors.
func kind(err error) host.ErrorKind {
	if e, ok := errors.AsType[*host.Error](err); ok {
		return e.Kind
	}
	return ""
}
