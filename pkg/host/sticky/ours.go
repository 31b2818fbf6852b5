package sticky

import (
	"context"
	"slices"

	"github.com/nthlayer/action/pkg/host"
)

// written is a comment as a write of ours left it, and what it said before.
type written struct {
	host.Comment
	before string
}

// current returns a list of comments with our own writes in it, which a list may
// not show yet. Without that a run would write again and again what it wrote.
func (u *upsert) current(comments []host.Comment) []host.Comment {
	for _, w := range u.seen {
		i := slices.IndexFunc(comments, func(c host.Comment) bool { return c.ID == w.ID })
		switch {
		case i < 0:
			comments = append(comments, w.Comment)
		case comments[i].Body == w.before:
			comments[i].Body = w.Body
		}
	}
	return comments
}

// wrote keeps what a write of ours left.
func (u *upsert) wrote(c host.Comment, before string) {
	u.seen = slices.DeleteFunc(u.seen, func(w written) bool { return w.ID == c.ID })
	u.seen = append(u.seen, written{c, before})
}

// own is a comment of ours, with its marker and what stands below it.
type own struct {
	host.Comment
	marker Marker
	text   string
}

// ours returns our comments with our key, oldest first.
func (u *upsert) ours(comments []host.Comment) []own {
	var out []own
	for _, c := range comments {
		if m, text, ok := Parse(c.Body); ok && m.Key == u.want.Marker.Key && c.Author.Same(u.self) {
			out = append(out, own{c, m, text})
		}
	}
	slices.SortFunc(out, func(a, b own) int { return int(min(max(a.ID-b.ID, -1), 1)) })
	return out
}

// remember renders our comment anew when there is a newer text of another run than
// it was rendered for. What this run wrote itself is no earlier text.
func (u *upsert) remember(ours []own) {
	others := slices.DeleteFunc(slices.Clone(ours), func(c own) bool { return c.marker == u.want.Marker })
	if len(others) == 0 {
		return
	}
	last := slices.MaxFunc(others, func(a, b own) int { return compareRuns(a.marker, b.marker) })
	if u.earlier == (Earlier{}) || older(u.earlier.Marker, last.marker) {
		u.earlier = Earlier{last.marker, last.text}
		u.render()
	}
}

// marked reports whether any comment, whoever wrote it, carries our marker.
func (u *upsert) marked(comments []host.Comment) bool {
	return slices.ContainsFunc(comments, func(c host.Comment) bool {
		m, _, ok := Parse(c.Body)
		return ok && m.Key == u.want.Marker.Key
	})
}

// best returns the newest of our text and all that are known of other runs.
// Among equals ours wins, unless it was written already: two jobs with one key
// would otherwise never stop.
func (u *upsert) best(ctx context.Context, ours []own) (own, error) {
	best := own{Comment: host.Comment{Body: u.body}, marker: u.want.Marker}
	others := slices.Concat(ours, u.restored)
	head, err := u.head(ctx, others)
	if err != nil {
		return own{}, err
	}
	for _, c := range others {
		order := compare(c.marker, best.marker, head)
		if order > 0 || order == 0 && u.did != "" {
			best = c
		}
	}
	return best, nil
}

// head returns the commit that is the head now, when the order depends on it.
// Without it the order of the runs has to decide.
func (u *upsert) head(ctx context.Context, others []own) (string, error) {
	if !slices.ContainsFunc(others, func(c own) bool { return c.marker.SHA != u.want.Marker.SHA }) {
		return "", nil
	}
	head, err := u.h.CurrentHead(ctx)
	if kind(err) == host.Stopped {
		return "", err
	}
	if err != nil {
		return "", nil //nolint:nilerr // as said above
	}
	return head, nil
}

// known takes the author of what we wrote for ourselves: the answer to a write says
// best who we are.
func (u *upsert) known(author host.Author) {
	if author.Login == "" || author.Same(u.self) {
		return
	}
	if u.self.Login != "" {
		u.taken = "the host names " + author.Login + " as its author and " + u.self.Login + " as the account of the token, so that later runs may not find it"
	}
	u.self = author
}
