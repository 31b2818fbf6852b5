package sticky_test

import (
	"context"
	"slices"

	"github.com/nthlayer/action/pkg/host"
)

var (
	us    = host.Author{Login: "github-actions[bot]", Bot: true}
	human = host.Author{Login: "octocat"}
)

// store is a host in memory. fail is asked before every call with its name;
// what it returns is the call's error. lost is asked after a write took effect.
type store struct {
	comments []host.Comment
	next     int64
	self     host.Author
	head     string
	fail     func(call string) error
	lost     func(call string) error
	calls    []string
	deny     int64 // the comment that nobody may edit
}

func newStore() *store { return &store{self: us, head: head, next: 10} }

func (s *store) call(name string) error {
	s.calls = append(s.calls, name)
	if s.fail != nil {
		return s.fail(name)
	}
	return nil
}

func (s *store) effect(name string) error {
	if s.lost != nil {
		return s.lost(name)
	}
	return nil
}

// add puts a comment in as another run or person would.
func (s *store) add(by host.Author, body string) int64 {
	s.next++
	s.comments = append(s.comments, host.Comment{ID: s.next, Author: by, Body: body, URL: "https://host/c"})
	return s.next
}

func (s *store) List(context.Context) ([]host.Comment, error) {
	if err := s.call("list"); err != nil {
		return nil, err
	}
	return slices.Clone(s.comments), nil
}

func (s *store) Create(_ context.Context, body string) (host.Comment, error) {
	if err := s.call("create"); err != nil {
		return host.Comment{}, err
	}
	s.add(us, body)
	return s.comments[len(s.comments)-1], s.effect("create")
}

func (s *store) Update(_ context.Context, id int64, body string) (host.Comment, error) {
	if err := s.call("update"); err != nil {
		return host.Comment{}, err
	}
	i := slices.IndexFunc(s.comments, func(c host.Comment) bool { return c.ID == id })
	if i < 0 {
		return host.Comment{}, &host.Error{Kind: host.NotFound, Message: "gone"}
	}
	if id == s.deny {
		return host.Comment{}, &host.Error{Kind: host.Permission, Message: "forbidden"}
	}
	s.comments[i].Body = body
	return s.comments[i], nil
}

func (s *store) Delete(_ context.Context, id int64) error {
	if err := s.call("delete"); err != nil {
		return err
	}
	s.comments = slices.DeleteFunc(s.comments, func(c host.Comment) bool { return c.ID == id })
	return nil
}

func (s *store) CurrentHead(context.Context) (string, error) {
	if err := s.call("head"); err != nil {
		return "", err
	}
	return s.head, nil
}

func (s *store) Self(context.Context) (host.Author, error) {
	if err := s.call("self"); err != nil {
		return host.Author{}, err
	}
	return s.self, nil
}

// writes returns the calls that change something.
func (s *store) writes() []string {
	return slices.DeleteFunc(slices.Clone(s.calls), func(c string) bool {
		return c != "create" && c != "update" && c != "delete"
	})
}
