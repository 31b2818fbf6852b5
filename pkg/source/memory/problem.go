package memory

import (
	"fmt"
	"strings"

	"github.com/nthlayer/action/pkg/report"
)

// MaxBytes is the largest file that is read.
const MaxBytes = 64 << 20

// Problem is one thing that is wrong with a file of samples.
type Problem struct {
	At      report.Position
	Message string
	// Fix is one phrase about what to do.
	Fix string
}

// String returns the place, the message and the fix on one line.
func (p Problem) String() string {
	s := p.At.String() + ": " + p.Message
	if p.Fix != "" {
		s += " (" + p.Fix + ")"
	}
	return s
}

// FileError says that a file of samples cannot be read, with every problem that
// was found.
type FileError struct {
	Problems []Problem
}

// shownProblems bounds the text of an error; one mistake in a generated file
// often stands in every line of it.
const shownProblems = 10

// Error lists the first problems, one a line.
func (e *FileError) Error() string {
	var lines []string
	for i, p := range e.Problems {
		if i == shownProblems {
			lines = append(lines, fmt.Sprintf("and %d more", len(e.Problems)-i))
			break
		}
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

func failed(at report.Position, message, fix string) *FileError {
	return &FileError{Problems: []Problem{{At: at, Message: message, Fix: fix}}}
}
