package github_test

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/hosttest"
)

func TestRequestsAreThoseOfTheBranch(t *testing.T) {
	g := server(t)
	g.SetPulls(
		hosttest.Pull{Number: 5, From: "visitor/shop", Branch: "other", SHA: head},
		hosttest.Pull{Number: 6, From: "visitor/shop-copy", Branch: "objective", SHA: head},
		hosttest.Pull{Number: 7, From: "Visitor/shop", Branch: "objective", SHA: head},
		hosttest.Pull{Number: 8, From: "example/shop", Branch: "objective", SHA: base},
	)
	got, err := client(t, at(g), token, nil).Requests(t.Context(), host.Repo{Owner: "Visitor", Name: "shop"}, "objective")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]host.Request{{Number: 7, Head: head, BaseRef: "main"}}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	asked := g.Requests("GET", "/pulls")
	query, err := url.ParseQuery(asked[0].Query)
	if err != nil || query.Get("state") != "open" || query.Get("head") != "Visitor:objective" {
		t.Errorf("asked for %q, %v", asked[0].Query, err)
	}
}

// A filter that GitHub cannot read filters nothing, and its answer has pages.
func TestRequestsReadAllPagesAndBelieveNoFilter(t *testing.T) {
	g := server(t)
	var pulls []hosttest.Pull
	for n := range 150 {
		pulls = append(pulls, hosttest.Pull{Number: n + 1, From: "visitor/shop", Branch: "a:b", SHA: base})
	}
	g.SetPulls(append(pulls, hosttest.Pull{Number: 200, From: "visitor/shop", Branch: "objective&state=all", SHA: head})...)
	got, err := client(t, at(g), token, nil).Requests(t.Context(), host.Repo{Owner: "visitor", Name: "shop"}, "a:b")
	if err != nil || len(got) != 150 {
		t.Errorf("%d requests, %v", len(got), err)
	}
	got, err = client(t, at(g), token, nil).Requests(t.Context(), host.Repo{Owner: "visitor", Name: "shop"}, "objective&state=all")
	if err != nil || len(got) != 1 || got[0].Number != 200 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestRequestsSayWhichPermissionIsMissing(t *testing.T) {
	g := server(t)
	g.Break(hosttest.Fault{Method: "GET", Path: "/pulls", Status: 403, Message: "Resource not accessible by integration"})
	_, err := client(t, at(g), token, nil).Requests(t.Context(), host.Repo{Owner: "visitor", Name: "shop"}, "objective")
	if e := hosttest.Classified(t, err); e.Kind != host.Permission || e.Need != "pull-requests: read" {
		t.Errorf("%+v", e)
	}
}
