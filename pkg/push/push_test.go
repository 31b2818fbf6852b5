package push_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/push"
	"github.com/nthlayer/action/pkg/report"
)

// target is a system that takes some changes and then none.
type target struct {
	changes []push.Change
	takes   int
}

func (t *target) Name() string { return "the system" }

func (t *target) Plan(context.Context, push.Service) ([]push.Change, error) {
	if t.changes == nil {
		return nil, errors.New("the system is away")
	}
	return t.changes, nil
}

func (t *target) Apply(_ context.Context, c push.Change) error {
	if t.takes--; t.takes < 0 {
		return fmt.Errorf("%s: the system is full", c.What)
	}
	return nil
}

// changes are so many that write, and one that does not behind the first.
func changes(n int) []push.Change {
	var out []push.Change
	for i := range n {
		out = append(out, push.Change{Action: push.Create, What: fmt.Sprint("object ", i), Requests: []push.Request{{Method: "POST"}}})
		if i == 0 {
			out = append(out, push.Change{Action: push.Unchanged, What: "the rest"})
		}
	}
	return out
}

// TestARunThatBreaksOffSaysHowFarItCame makes sure that nobody has to guess what is
// written and what is not.
func TestARunThatBreaksOffSaysHowFarItCame(t *testing.T) {
	tests := []struct {
		name  string
		t     target
		apply bool
		done  int
		want  string
	}{
		{"the first", target{changes(3), 0}, true, 0, "error: object 0: the system is full; not written: object 0, object 1, object 2 (push/failed)"},
		{"in the middle", target{changes(3), 2}, true, 3, "error: object 2: the system is full; written before: object 0, object 1; not written: object 2 (push/failed)"},
		{"many", target{changes(8), 1}, true, 2, "error: object 1: the system is full; written before: object 0; not written: object 1, object 2, object 3, object 4, object 5 and 2 more (push/failed)"},
		{"before anything", target{nil, 0}, true, 0, "error: the system is away (push/failed)"},
		{"a plan", target{nil, 0}, false, 0, "warning: the system is away (push/unavailable)"},
		{"nothing wrong", target{changes(2), 2}, true, 3, ""},
		{"nothing written", target{changes(2), 0}, false, 0, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := push.Run(context.Background(), &test.t, push.Service{Name: "pay"}, test.apply)
			var got []string
			for _, f := range o.Findings(push.Service{Name: "pay"}) {
				got = append(got, fmt.Sprintf("%s: %s (%s)", f.Severity, f.Message, f.Rule))
				if f.Suggestion == "" || f.Service != "pay" {
					t.Errorf("got %+v", f)
				}
			}
			if strings.Join(got, "\n") != test.want || o.Done != test.done {
				t.Errorf("%d are done, got %q, want %q", o.Done, got, test.want)
			}
		})
	}
}

func TestWhatIsLeftAsItIs(t *testing.T) {
	all := []push.Change{
		{Action: push.Refused, What: "a", Why: "it is theirs", Fix: "ask them"},
		{Action: push.Drifted, What: "b", Why: "it is red", Fix: "paint it"},
		{Action: push.Unchanged, What: "c"},
	}
	found := push.Run(context.Background(), &target{changes: all}, push.Service{}, true).Findings(push.Service{})
	if len(found) != 2 || found[0].Severity != report.Error || found[1].Severity != report.Warning || !strings.Contains(found[1].Message, "b of the system is not what the file says: it is red") {
		t.Errorf("got %+v", found)
	}
}

func TestURLsHaveNoCredentials(t *testing.T) {
	base, err := url.Parse("https://ann:s3cr3t@example.com/grafana/?token=s3cr3t#s3cr3t")
	if err != nil {
		t.Fatal(err)
	}
	if got := (push.API{Base: base}).URL("/api/folders?limit=1"); got != "https://example.com/grafana/api/folders?limit=1" {
		t.Errorf("got %s", got)
	}
}
