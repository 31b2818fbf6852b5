package main

import (
	"github.com/nthlayer/action/pkg/push"
	"github.com/nthlayer/action/pkg/report"
)

// pushedTo is what happened at one system, and how it is called there.
type pushedTo struct {
	api      push.API
	outcomes []push.Outcome
}

// reported puts what happened at the systems into a report of this run's own.
func (p *pushing) reported(rep *report.Report) *report.Report {
	for i := range rep.Services {
		s := &rep.Services[i]
		for _, to := range p.done {
			for _, o := range to.outcomes {
				if o.Service == s.Name {
					s.Pushes = append(s.Pushes, p.changed(to.api, o)...)
				}
			}
		}
	}
	return rep
}

// changed are the objects of one service at one system.
func (p *pushing) changed(api push.API, o push.Outcome) []report.Push {
	var out []report.Push
	for i, c := range o.Changes {
		one := report.Push{System: o.Target, Object: c.What, Action: string(c.Action), Reason: c.Why, Requests: []report.PushRequest{}}
		if o.Applied && i >= o.Done && c.Writes() {
			one.Action = unwritten(i, o)
		}
		for _, r := range c.Requests {
			request := report.PushRequest{Method: r.Method, URL: api.URL(r.Path), Bytes: len(r.Body)}
			if p.c.flags.verbose || p.exact {
				request.Body = string(r.Body)
			}
			one.Requests = append(one.Requests, request)
		}
		out = append(out, one)
	}
	return out
}
