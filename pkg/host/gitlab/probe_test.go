package gitlab_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/host/gitlab"
	"github.com/nthlayer/action/pkg/host/hosttest"
)

func TestTokenKinds(t *testing.T) {
	for token, want := range map[string]host.TokenKind{
		"": host.NoToken, "glcbt-64_x": host.JobToken, "the-job": host.JobToken, "glpat-x": host.OtherToken,
	} {
		if got := gitlab.TokenKind(token, "the-job"); got != want {
			t.Errorf("%q is %s, want %s", token, got, want)
		}
	}
}

func TestProbeTellsWhatATokenMay(t *testing.T) {
	person := hosttest.Developer
	group := hosttest.GitLabUser{ID: 504, Username: "group_9_bot_0123", Name: "g"}
	tests := []struct {
		name              string
		may               hosttest.GitLabToken
		kind              host.TokenKind
		statuses, comment host.Allowance
	}{
		{"a developer", hosttest.GitLabToken{User: hosttest.ProjectBot, Role: 30}, host.ProjectToken, host.Allowed, host.Allowed},
		{"a reporter", hosttest.GitLabToken{User: group, Role: 20}, host.GroupToken, host.Forbidden, host.Allowed},
		{"a guest", hosttest.GitLabToken{User: person, Role: 10}, host.PersonalToken, host.Forbidden, host.Forbidden},
		{"a role from elsewhere", hosttest.GitLabToken{User: person}, host.PersonalToken, host.NotTold, host.NotTold},
		{"reading alone", hosttest.GitLabToken{User: person, Role: 50, Scopes: []string{"read_api"}}, host.PersonalToken, host.Forbidden, host.Forbidden},
		{"no scopes", hosttest.GitLabToken{User: person, Role: 50, Scopes: []string{}}, host.PersonalToken, host.Forbidden, host.Forbidden},
		{"a token that cannot be asked", hosttest.GitLabToken{User: person, Role: 30, Untold: true}, host.OtherToken, host.Allowed, host.Allowed},
		{"another project", hosttest.GitLabToken{User: person, Hidden: true}, host.PersonalToken, host.Forbidden, host.Forbidden},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := server(t)
			g.Grant(token, tt.may)
			p := client(t, at(g), token, nil).Probe(t.Context())
			if p.Err != nil || p.Kind != tt.kind || p.Account.Login != tt.may.User.Username {
				t.Fatalf("%+v", p)
			}
			if p.Statuses.Allowance != tt.statuses || p.Comment.Allowance != tt.comment {
				t.Errorf("%+v", p)
			}
			if p.Statuses.Allowance != host.Allowed && (p.Statuses.Why == "" || p.Statuses.Need == "") {
				t.Errorf("it is not said why, or what is needed: %+v", p.Statuses)
			}
			for _, r := range g.Requests("", "") {
				if r.Method != http.MethodGet {
					t.Errorf("%s %s", r.Method, r.Path)
				}
			}
		})
	}
}

func TestProbeTellsHowLongATokenLasts(t *testing.T) {
	g := server(t)
	g.Grant(token, hosttest.GitLabToken{User: hosttest.ProjectBot, Role: 30, Expires: "2027-01-02"})
	if p := client(t, at(g), token, nil).Probe(t.Context()); !p.Expires.Equal(time.Date(2027, 1, 2, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v", p)
	}
	g.Grant(token, hosttest.GitLabToken{User: hosttest.ProjectBot, Revoked: true})
	if p := client(t, at(g), token, nil).Probe(t.Context()); p.Err == nil || hosttest.Classified(t, p.Err).Kind != host.Permission {
		t.Errorf("a revoked token: %+v", p)
	}
	if p := client(t, at(g), "glpat-unknown", nil).Probe(t.Context()); p.Err == nil || hosttest.Classified(t, p.Err).Status != http.StatusUnauthorized {
		t.Errorf("an unknown token: %+v", p)
	}
	g.Break(hosttest.Fault{Path: "/self", Status: 503})
	if p := client(t, at(g), token, nil).Probe(t.Context()); p.Err == nil || hosttest.Classified(t, p.Err).Kind != host.Transient {
		t.Errorf("a server that fails: %+v", p)
	}
}

// A role in the project is not all: the merge request may be hidden.
func TestProbeOfNotesThatCannotBeRead(t *testing.T) {
	g := server(t)
	g.Grant(token, hosttest.GitLabToken{User: hosttest.ProjectBot, Role: 30})
	g.Break(hosttest.Fault{Path: "/notes", Status: 403, Message: "403 Forbidden"})
	if p := client(t, at(g), token, nil).Probe(t.Context()); p.Comment.Allowance != host.Forbidden || p.Statuses.Allowance != host.Allowed {
		t.Errorf("%+v", p)
	}
}
