package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/nthlayer/action/pkg/push/pushtest"
)

// scriptFake is what the fakes of the systems that are pushed to have in common.
type scriptFake interface {
	Requests(methods ...string) []pushtest.Request
	Forget()
	Require(header, value string)
	Break(pushtest.Fault)
	Mend()
}

type fakesKey struct{}

// scriptFakes are the systems of one script, by their names.
type scriptFakes struct {
	t     *testing.T
	fakes map[string]scriptFake
}

// do runs a line of a script:
//
//	fake start NAME [PATH]
//		start grafana, mimir, cortex, loki or pagerduty; $NAME_URL is its address
//	fake writes NAME N|some
//		it has received so many requests that write since the last time
//	fake require NAME HEADER VALUE
//		refuse requests without the header
//	fake break NAME STATUS BODY, fake always NAME STATUS BODY, fake mend NAME
//		answer every request that writes like this, or every request
//	fake edit UID TITLE
//		save a dashboard as somebody does in the browser
func (s *scriptFakes) do(ts *testscript.TestScript, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: fake start|writes|require|break|always|mend|edit NAME ...")
	}
	what, name := args[0], args[1]
	if what == "start" {
		s.start(ts, name)
		return
	}
	f := s.fakes[name]
	switch {
	case what == "edit" && len(args) == 3:
		s.fakes["grafana"].(*pushtest.Grafana).Edit(name, "title", args[2])
	case f == nil:
		ts.Fatalf("there is no %s", name)
	case what == "writes" && len(args) == 3:
		sent := f.Requests(http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete)
		if strconv.Itoa(len(sent)) != args[2] && (args[2] != "some" || len(sent) == 0) {
			var b strings.Builder
			for _, r := range sent {
				fmt.Fprintf(&b, "%s %s\n", r.Method, r.Path)
			}
			ts.Fatalf("%s has received %d requests that write, not %s:\n%s", name, len(sent), args[2], b.String())
		}
		f.Forget()
	case what == "require" && len(args) == 4:
		f.Require(args[2], args[3])
	case (what == "break" || what == "always") && len(args) == 4:
		status, err := strconv.Atoi(args[2])
		ts.Check(err)
		fault := pushtest.Fault{Status: status, Body: args[3]}
		if what == "break" {
			fault.Method = http.MethodPost
		}
		f.Break(fault)
	case what == "mend":
		f.Mend()
	default:
		ts.Fatalf("there is no fake %s", strings.Join(args, " "))
	}
}

func (s *scriptFakes) start(ts *testscript.TestScript, name string) {
	var url string
	switch name {
	case "grafana":
		f := pushtest.NewGrafana(s.t)
		s.fakes[name], url = f, f.URL
	case "pagerduty":
		f := pushtest.NewPagerDuty(s.t)
		f.Add("users", map[string]any{"name": "Ann", "email": "ann@example.com"})
		s.fakes[name], url = f, f.URL
	default:
		paths := map[string]string{"mimir": "/prometheus/config/v1/rules", "cortex": "/api/v1/rules", "loki": "/loki/api/v1/rules"}
		f := pushtest.NewRuler(s.t, paths[name])
		s.fakes[name], url = f, f.URL
	}
	ts.Setenv(strings.ToUpper(name)+"_URL", url)
}
