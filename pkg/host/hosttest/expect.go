package hosttest

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/nthlayer/action/pkg/host"
)

// Elsewhere returns an address on a server of somebody else, which a redirect may
// lead to. A request there fails the test.
func Elsewhere(t testing.TB) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another server was asked: %s %s with %v", r.Method, r.URL, r.Header)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/elsewhere"
}

// Sent is how often a new comment is sent when it is refused for a reason: again
// only after an answer that says it was too many, which had no effect. A lost answer
// may have had one.
func Sent(reason host.ErrorKind) int {
	if reason == host.Limited {
		return 3
	}
	return 1
}

// Classified returns an error as the host's, and fails the test for one that was
// not classified.
func Classified(t testing.TB, err error) *host.Error {
	t.Helper()
	e, ok := errors.AsType[*host.Error](err)
	if !ok {
		t.Fatalf("error %v is not classified", err)
	}
	return e
}

// CheckComments writes a comment, edits it and removes it twice. left counts the
// comments on the server, where none may be before.
func CheckComments(t *testing.T, store host.CommentStore, left func() int) {
	t.Helper()
	created, err := store.Create(t.Context(), "one")
	if err != nil {
		t.Fatal(err)
	}
	edited, err := store.Update(t.Context(), created.ID, "two")
	if err != nil || edited.Body != "two" || edited.URL == "" {
		t.Errorf("edited %+v, %v", edited, err)
	}
	if err := store.Delete(t.Context(), created.ID); err != nil || left() != 0 {
		t.Errorf("%d comments left, %v", left(), err)
	}
	if err := store.Delete(t.Context(), created.ID); Classified(t, err).Kind != host.NotFound {
		t.Errorf("second removal: %v", err)
	}
}
