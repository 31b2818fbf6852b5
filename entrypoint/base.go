package entrypoint

import (
	"context"
	"os"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/local"
)

// base returns what reads the files as they were before a proposed change: the
// host's API, else the git of the checkout. It is nil where there is nothing to
// compare.
func base(api hostAPI, s Settings) host.BaseReader {
	if !s.Host.Proposed() {
		return nil
	}
	var from []host.History
	if h, ok := api.(host.History); ok {
		from = append(from, h)
	}
	if git, err := local.Open(s.Repository); err == nil {
		from = append(from, git)
	}
	checkout, _, err := local.ReadCheckout(os.DirFS(s.Repository), ".")
	if err != nil {
		return noBase{err}
	}
	reader, err := host.NewBase(s.Host, checkout.Head, from...)
	if err != nil {
		return noBase{err}
	}
	return placedBase{reader, s.Changes.Place}
}

// placedBase reads by the paths that files have in the workspace.
type placedBase struct {
	repository host.BaseReader
	place      host.Place
}

// ReadBase reads a file of the workspace as it was before.
func (b placedBase) ReadBase(ctx context.Context, file string) ([]byte, error) {
	return b.repository.ReadBase(ctx, b.place.Repository(file))
}

// noBase is a base that cannot be read, and says why.
type noBase struct{ err error }

func (b noBase) ReadBase(context.Context, string) ([]byte, error) { return nil, b.err }
