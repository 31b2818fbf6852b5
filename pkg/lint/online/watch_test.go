package online

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/source"
	"github.com/nthlayer/action/pkg/source/sourcetest"
	"github.com/nthlayer/action/pkg/transport"
)

// impatient connects to a server whose answers have little time and room.
func impatient(t testing.TB, server *sourcetest.Server) source.Source {
	t.Helper()
	src, err := source.Open(context.Background(), server.URL, source.Options{Now: evaluation(), Transport: transport.Options{Timeout: 200 * time.Millisecond, MaxBodyBytes: 20_000, MaxAttempts: 1}})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// TestASourceThatAnswersNothingIsSilent tells it from one that answers in part.
func TestASourceThatAnswersNothingIsSilent(t *testing.T) {
	large := sourcetest.Data(`{"resultType":"vector","result":[{"metric":{"a":"` + strings.Repeat("x", 30_000) + `"},"value":[0,"1"]}]}`)
	for _, c := range []struct {
		name   string
		step   sourcetest.Step
		path   string
		silent bool
	}{
		{"well", sourcetest.Pass(), "", false},
		{"server error", sourcetest.Status(500), "", true},
		{"login", sourcetest.Status(401), "", true},
		{"web page", sourcetest.HTML(), "", true},
		{"no JSON", sourcetest.JSON("hello"), "", true},
		{"JSON of another kind", sourcetest.JSON(`{"status":"success","data":"x"}`), "", true},
		{"no such calls", sourcetest.Status(404), "", true},
		{"too many requests", sourcetest.Status(429), "", true},
		{"too large", large, "", true},
		{"refuses all", sourcetest.Status(400), "", true},
		{"hangs", sourcetest.Hang(), "", true},
		{"broken connection", sourcetest.Reset(), "", true},
		{"out of its own time", sourcetest.Fail(503, "timeout", "query timed out"), "", true},
		{"no query, but metadata", sourcetest.Status(500), "/api/v1/query", false},
		{"no metadata", sourcetest.Status(500), "/api/v1/metadata", false},
		{"warns", sourcetest.Warn("one store is down"), "/api/v1/query", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", "here_total 0+1x60"))
			server.Always(c.path, c.step)
			o := options()
			o.Disabled = []string{RuleUnanswered}
			found, silent := Run(context.Background(), impatient(t, server), ofRules(t, alertsOn("rate(here_total[5m]) > 1")), o)
			if silent != c.silent {
				t.Errorf("silent is %v, findings %v", silent, found)
			}
			// Whoever leaves the rule out learns all the same why nothing is known.
			if told := len(found) > 0 && found[0].Rule == RuleUnanswered && found[0].Severity == report.Warning; told != c.silent {
				t.Errorf("got %v", found)
			}
		})
	}
}

// TestOneQueryThatIsRefusedIsNoSilence covers a server that is well and refuses the
// only question it gets.
func TestOneQueryThatIsRefusedIsNoSilence(t *testing.T) {
	server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", `a{x="1"} 1x60`, `a{x="2"} 1x60`, "b 1x60"))
	if _, silent := Run(context.Background(), connect(t, server), ofRules(t, alertsOn("b + on () a > 5")), matchingOnly()); silent {
		t.Error("a refused operation makes the source silent")
	}
}

func TestRulesThatAskNothingAreNoSilence(t *testing.T) {
	server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", "here 1x60"))
	server.Close()
	if found, silent := Run(context.Background(), impatient(t, server), ofRules(t, alertsOn("vector(1) > 2")), options()); silent || len(found) > 0 {
		t.Errorf("silent is %v, findings %v", silent, found)
	}
}

// TestAServerThatHangsIsLeftAlone counts what is asked of a server that answers nothing.
func TestAServerThatHangsIsLeftAlone(t *testing.T) {
	server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", "here_total 0+1x60"))
	server.Always("", sourcetest.Hang())
	found, silent := Run(context.Background(), impatient(t, server), ofRules(t, alertsOn("rate(here_total[5m]) > 1", "a / b > 1", "absent(c)")), all())
	if !silent || len(found) != 1 || !strings.Contains(found[0].Message, "did not answer in time") {
		t.Errorf("silent is %v, findings %v", silent, found)
	}
	// One question, and a sign of life.
	if n := len(server.Requests()); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

// TestASlowQueryIsNoSilence covers a question that is too heavy for a server that is well.
func TestASlowQueryIsNoSilence(t *testing.T) {
	server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", "here_total 0+1x60", "gauge 1x60"))
	server.OnQuery("here_total", sourcetest.Hang())
	found, silent := Run(context.Background(), impatient(t, server), ofRules(t, alertsOn("here_total > 1", "rate(gauge[1m]) > 1")), options())
	if silent || len(found) == 0 {
		t.Errorf("silent is %v, findings %v", silent, found)
	}
	if n := server.Count("/api/v1/metadata"); n != 1 {
		t.Errorf("the types were asked for %d times, want once", n)
	}
}

// TestAnAnswerThatIsTooLargeIsToldOnce covers all checks that ask for queries.
func TestAnAnswerThatIsTooLargeIsToldOnce(t *testing.T) {
	server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", "here 1x60"))
	server.Always("/api/v1/query", sourcetest.Data(`{"resultType":"vector","result":[{"metric":{"a":"`+strings.Repeat("x", 30_000)+`"},"value":[0,"1"]}]}`))
	found, _ := Run(context.Background(), impatient(t, server), ofRules(t, alertsOn("here / b > 1", "here > 2")), all())
	if len(found) != 1 || found[0].Rule != RuleUnanswered || !strings.Contains(found[0].Message, "is larger than 20000 bytes") {
		t.Errorf("got %v", found)
	}
}

// TestAPageThatCannotBeReadIsSilent tells it from a page, which nothing is compared with.
func TestAPageThatCannotBeReadIsSilent(t *testing.T) {
	server := sourcetest.NewServer(t, sourcetest.Load(t, evaluation(), "1m", "here 1x60"))
	server.Always("/metrics", sourcetest.Respond(200, "text/plain", "here 1\n"))
	for _, c := range []struct {
		address  string
		silent   bool
		severity report.Severity
		words    string
	}{
		{"scrape:" + server.URL + "/metrics", false, report.Info, "it is the page of one service"},
		{"scrape:" + server.URL + "/gone", true, report.Warning, "answered 404"},
	} {
		src, err := source.Open(context.Background(), c.address, source.Options{Now: evaluation()})
		if err != nil {
			t.Fatal(err)
		}
		found, silent := Run(context.Background(), src, ofRules(t, alertsOn("here > 1")), options())
		if silent != c.silent || len(found) != 1 || found[0].Severity != c.severity || !strings.Contains(found[0].Message, c.words) {
			t.Errorf("%s: silent is %v, findings %v", c.address, silent, found)
		}
	}
}
