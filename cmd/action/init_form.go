package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/nthlayer/action/pkg/generate/starter"
	"github.com/nthlayer/action/pkg/render"
)

// errAborted is what asking ends with when somebody leaves.
var errAborted = errors.New("nothing was written: the questions were left")

// ask asks for the answers that are missing, a line each. Nobody can tell a terminal
// to give a line back, so whoever leaves is not waited for.
func (i *initialise) ask(ctx context.Context, known starter.Known) error {
	done := make(chan error, 1)
	answers := i.answers
	go func() { done <- questions(&answers, known, i.p.stdin, i.p.stdout) }()
	select {
	case err := <-done:
		if err == nil && ctx.Err() == nil {
			i.answers = answers
			return nil
		}
		return errAborted
	case <-ctx.Done():
		return errAborted
	}
}

// questions asks each question that has no answer yet.
func questions(a *starter.Answers, known starter.Known, in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	for _, q := range starter.Questions(known) {
		if q.Given(*a) {
			continue
		}
		if err := question(q, a, lines, out); err != nil {
			return err
		}
	}
	return nil
}

// question asks one question until its answer can be taken.
func question(q starter.Question, a *starter.Answers, lines *bufio.Scanner, out io.Writer) error {
	for {
		if _, err := fmt.Fprint(out, render.TerminalText(q.String())); err != nil {
			return err
		}
		if !lines.Scan() {
			return errors.Join(io.ErrUnexpectedEOF, lines.Err())
		}
		answer := strings.TrimSpace(lines.Text())
		if answer == "" && q.Empty != "" {
			return nil
		}
		wrong := q.Answer(a, answer)
		if wrong == nil {
			return nil
		}
		if _, err := fmt.Fprintln(out, "  "+render.TerminalText(wrong.Error())); err != nil {
			return err
		}
	}
}
