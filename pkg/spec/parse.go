package spec

import (
	"context"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/spec/document"
)

// parsed is what one file holds: documents, or why it is not sound.
type parsed struct {
	docs       []*document.Node
	unreadable []report.Finding
}

func (w *Workspace) parse(file string) parsed {
	limits := document.ServiceLimits()
	data, err := w.Read(file, limits.Bytes)
	if err != nil {
		return parsed{unreadable: w.unreadable(file, err)}
	}
	docs, findings := document.Parse(file, data, limits)
	if len(findings) > 0 {
		return parsed{unreadable: findings}
	}
	return parsed{docs: docs}
}

// parse reads the YAML documents of a file. It reports each problem and returns
// nothing for a file that is not sound.
func (l *loader) parse(file string) []*document.Node {
	p := l.ws.parse(file)
	l.unreadable = append(l.unreadable, p.unreadable...)
	return p.docs
}

// readAhead is how many files are parsed before they are needed: enough to keep
// the other cores busy, and few enough that memory does not grow with the files.
const readAhead = 64

// parseAhead calls visit with each file in order, while the next ones are parsed.
func (w *Workspace) parseAhead(ctx context.Context, files []Found, visit func(Found, parsed)) {
	results := make(chan chan parsed, readAhead)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		defer close(results)
		for _, f := range files {
			result := make(chan parsed, 1)
			select {
			case results <- result:
			case <-ctx.Done():
				return
			}
			go func() { result <- w.parse(f.Path) }()
		}
	}()
	i := 0
	for result := range results {
		visit(files[i], <-result)
		i++
	}
}
