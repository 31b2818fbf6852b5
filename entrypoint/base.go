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
	if git, err := local.NewGit(s.Workspace); err == nil {
		from = append(from, git)
	}
	checkout, err := local.ReadCheckout(os.DirFS(s.Workspace))
	if err != nil {
		return noBase{err}
	}
	reader, err := host.NewBase(s.Host, checkout.Head, from...)
	if err != nil {
		return noBase{err}
	}
	return reader
}

// noBase is a base that cannot be read, and says why.
type noBase struct{ err error }

func (b noBase) ReadBase(context.Context, string) ([]byte, error) { return nil, b.err }
