package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/source/memory"
	"github.com/nthlayer/action/pkg/transport"
)

// DefaultQueryTimeout is how long one query may take.
const DefaultQueryTimeout = 10 * time.Second

// Options say how a source is opened.
type Options struct {
	// Root is the directory that file: paths are relative to and must not leave;
	// "" is the current one.
	Root string
	// ServiceLabel is the label that names the service; "" is service.
	ServiceLabel string
	// Now is the evaluation time, on which recorded samples end. It is needed
	// for file: and scrape:.
	Now time.Time
	// Transport configures the connection of http(s): and scrape:. Its Origin
	// and Final are set by Open, its Timeout is DefaultQueryTimeout if it is 0.
	Transport transport.Options
	// MaxSamples is how many samples one query of the embedded engine may hold in
	// memory; 0 is 50 million, as in Prometheus.
	MaxSamples int
}

// InputError says that a source's value, or the file that it names, cannot be
// used. It is the user's to correct, unlike an *Error, which is the world's.
type InputError struct {
	// Message is for the user and holds no credentials.
	Message string
	// Err is the cause, a *memory.FileError with positions for a bad file.
	Err error
}

// Error returns the message.
func (e *InputError) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *InputError) Unwrap() error { return e.Err }

// Forms lists the values that Open takes.
const Forms = "http(s)://HOST[:PORT][/PATH] (a server with the Prometheus API), " +
	"file:PATH.yaml (a snapshot), file:PATH.txt, .prom or .om (a page of metrics), " +
	"scrape:http(s)://HOST:PORT/metrics (a page of metrics, read once)"

// Open returns the source that a value names; Forms lists the values. Files and
// pages are read at once, a server is first called by a query. The error is an
// *InputError for a value or a file that is wrong. A page that could not be read
// is the world's fault, not the user's: the source answers every question with
// the *Error that says why.
func Open(ctx context.Context, value string, o Options) (Source, error) {
	if o.ServiceLabel == "" {
		o.ServiceLabel = "service"
	}
	if o.Transport.Timeout == 0 {
		o.Transport.Timeout = DefaultQueryTimeout
	}
	scheme, rest, _ := strings.Cut(value, ":")
	switch strings.ToLower(scheme) {
	case "http", "https":
		u, err := parseAddress(value)
		if err != nil {
			return nil, err
		}
		return newServer(u, o)
	case "scrape":
		u, err := parseAddress(rest)
		if err != nil {
			return nil, err
		}
		return scrape(ctx, u, o)
	case "file":
		return openFile(rest, o)
	}
	if value == "" {
		return nil, &InputError{Message: "no source of metrics is given; accepted are " + Forms}
	}
	return nil, &InputError{Message: fmt.Sprintf("%q is no source of metrics; accepted are %s", transport.RedactedText(value), Forms)}
}

// parseAddress reads an address. The parser's own errors quote pieces of it, and
// so of a password, and are not shown.
func parseAddress(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, &InputError{Message: "the address of the source is not a valid URL; percent-encode special characters in its user and password, and check the port"}
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, &InputError{Message: fmt.Sprintf("%q is no address of a source of metrics; accepted are %s", transport.Redacted(u), Forms)}
	}
	return u, nil
}

func openFile(path string, o Options) (Source, error) {
	read, err := reader(path)
	if err != nil {
		return nil, err
	}
	if o.Now.IsZero() {
		return nil, errors.New("the evaluation time is not set")
	}
	data, err := readFile(o.Root, path)
	if err != nil {
		return nil, err
	}
	return read(path, data, o)
}

// reader returns what reads a file, by the end of its name.
func reader(path string) (func(string, []byte, Options) (Source, error), error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".yaml", ".yml":
		return NewSnapshot, nil
	case ".txt", ".prom", ".om":
		return NewDump, nil
	}
	return nil, &InputError{Message: fmt.Sprintf("the name of file:%s does not say what it holds; accepted are %s", path, Forms)}
}

// NewSnapshot returns the source over a snapshot's bytes; the name is used in
// messages.
func NewSnapshot(name string, data []byte, o Options) (Source, error) {
	store, err := memory.Snapshot(name, data, o.Now)
	if err != nil {
		return nil, badFile(name, err)
	}
	return newEmbedded(Info{Name: "file:" + name, TargetLabels: true, History: true}, store, o), nil
}

// NewDump returns the source over a page of metrics in the text format or in
// OpenMetrics; the name is used in messages.
func NewDump(name string, data []byte, o Options) (Source, error) {
	store, err := memory.Exposition(name, data, "", o.Now)
	if err != nil {
		return nil, badFile(name, err)
	}
	return newPage("file:"+name, store, o), nil
}

// newPage returns the source over the metrics of one page, whose series have no
// labels of a target.
func newPage(name string, store *memory.Store, o Options) Source {
	e := newEmbedded(Info{Name: name}, store, o)
	e.ignored = []string{o.ServiceLabel, "job", "instance"}
	return e
}

func badFile(name string, err error) error {
	return &InputError{Message: "file:" + name + " cannot be read:\n" + err.Error(), Err: err}
}

// CheckFile says what keeps the file of a value file:PATH from being opened,
// without reading it. The error is an *InputError.
func CheckFile(value, root string) error {
	path := strings.TrimPrefix(value, "file:")
	if _, err := reader(path); err != nil {
		return err
	}
	dir, err := openInside(root, path)
	if err != nil {
		return err
	}
	return dir.Close()
}

// readFile reads a file under the root.
func readFile(root, path string) ([]byte, error) {
	dir, err := openInside(root, path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }()
	f, err := dir.Open(path)
	if err != nil {
		return nil, unreadable(path, rootReason(err, root))
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, memory.MaxBytes+1))
	if err != nil {
		return nil, unreadable(path, rootReason(err, root))
	}
	return data, nil
}

func unreadable(path, reason string) error {
	return &InputError{Message: fmt.Sprintf("file:%s cannot be read: %s", path, reason)}
}

// openInside opens the root, which the caller closes, when it holds a file that
// can be read. The root's handle keeps the kernel from following .. and links out
// of it, also when they change meanwhile.
func openInside(root, path string) (*os.Root, error) {
	if root == "" {
		root = "."
	}
	if !filepath.IsLocal(path) {
		return nil, unreadable(path, "the path must be relative and stay inside "+root)
	}
	dir, err := os.OpenRoot(root)
	if err != nil {
		return nil, unreadable(path, "the directory "+root+" cannot be opened")
	}
	// A pipe or a device would block or never end.
	reason := ""
	info, err := dir.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		reason = "there is no such file in " + root
	case err != nil:
		reason = rootReason(err, root)
	case !info.Mode().IsRegular():
		reason = "it is no regular file"
	case info.Size() > memory.MaxBytes:
		reason = fmt.Sprintf("it has %d bytes, more than the %d that are read", info.Size(), memory.MaxBytes)
	}
	if reason != "" {
		_ = dir.Close() // nothing was read through it
		return nil, unreadable(path, reason)
	}
	return dir, nil
}

// rootReason returns the reason of a path error without the path, which the
// message has already.
func rootReason(err error, root string) string {
	var p *os.PathError
	if !errors.As(err, &p) {
		return err.Error()
	}
	if errors.Is(err, os.ErrPermission) {
		return "permission denied"
	}
	if strings.Contains(p.Err.Error(), "escapes") {
		return "it is a link that leads out of " + root
	}
	return p.Err.Error()
}
