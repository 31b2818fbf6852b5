package source_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
	engine "github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/promqltest"

	"github.com/nthlayer/action/pkg/promql"
	"github.com/nthlayer/action/pkg/source"
)

// scriptedSource answers queries with a function and remembers them.
type scriptedSource struct {
	source.Source
	info   source.Info
	answer func(query string, at time.Time) (source.Answer, error)

	mu      sync.Mutex
	queries []string
	// running and widest count the queries under way.
	running, widest int
}

func (s *scriptedSource) Info() source.Info { return s.info }

func (s *scriptedSource) Query(_ context.Context, query string, at time.Time) (source.Answer, error) {
	s.mu.Lock()
	s.queries = append(s.queries, query)
	s.running++
	s.widest = max(s.widest, s.running)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.running--
		s.mu.Unlock()
	}()
	return s.answer(query, at)
}

var (
	askTime     = time.Unix(3600, 0).UTC()
	askInfo     = source.Info{Name: "test", TargetLabels: true, History: true}
	askServices = []string{"a.b", "axb", "a|c", "d", "e"}
)

// engineSource answers from Prometheus's own engine. Per minute each service
// has 10 requests, of which some fail.
func engineSource(t *testing.T) *scriptedSource {
	t.Helper()
	var load strings.Builder
	load.WriteString("load 1m\n")
	for i, s := range askServices {
		fmt.Fprintf(&load, "  requests{service=%q,code=\"200\",pod=\"1\"} 0+%dx120\n", s, 10-i)
		fmt.Fprintf(&load, "  requests{service=%q,code=\"500\",pod=\"1\"} 0+%dx120\n", s, i)
	}
	// A second series for one service makes matching on service ambiguous.
	fmt.Fprintf(&load, "  limit{service=\"d\",pod=\"1\"} 5x120\n  limit{service=\"d\",pod=\"2\"} 5x120\n  limit{service=\"e\"} 5x120\n")
	storage := promqltest.LoadedStorage(t, load.String())
	ng := promqltest.NewTestEngine(t, false, 0, promqltest.DefaultMaxSamplesPerQuery)
	return &scriptedSource{info: askInfo, answer: func(query string, at time.Time) (source.Answer, error) {
		q, err := ng.NewInstantQuery(context.Background(), storage, nil, query, at)
		if err != nil {
			return source.Answer{}, &source.Error{Kind: source.Rejected, Status: 400, Message: err.Error()}
		}
		defer q.Close()
		vector, err := q.Exec(context.Background()).Vector()
		if err != nil {
			return source.Answer{}, &source.Error{Kind: source.Rejected, Status: 422, Message: err.Error()}
		}
		return source.Answer{Series: seriesOf(vector)}, nil
	}}
}

func seriesOf(vector engine.Vector) []source.Series {
	var out []source.Series
	for _, s := range vector {
		out = append(out, source.Series{Labels: s.Metric, Points: []source.Point{{At: time.UnixMilli(s.T).UTC(), Value: s.F}}})
	}
	return out
}

// questionsFor makes one question of each template for each service.
func questionsFor(templates ...string) []source.Question {
	var out []source.Question
	for i, template := range templates {
		for _, s := range askServices {
			out = append(out, source.Question{
				ID: fmt.Sprintf("%d/%s", i, s), Value: s, Expr: strings.ReplaceAll(template, "$s", s),
			})
		}
	}
	return out
}

// askedValues prints the series of a reply, sorted.
func askedValues(series []source.Series) []string {
	out := []string{}
	for _, s := range series {
		out = append(out, fmt.Sprintf("%s %.9g", s.Labels, s.Points[0].Value))
	}
	slices.Sort(out)
	return out
}

func TestAskGivesTheSingleAnswersInFewQueries(t *testing.T) {
	src := engineSource(t)
	questions := questionsFor(
		`sum(rate(requests{service="$s",code=~"5.."}[5m])) / sum(rate(requests{service="$s"}[5m]))`,
		`rate(requests{service="$s"}[5m]) > 0.01`,
		`sum by (code) (increase(requests{service="$s"}[30m]))`,
		`topk(1, requests{service="$s"})`,
	)
	replies := source.Ask(t.Context(), src, questions, "service", askTime, source.AskOptions{})
	if want := 3 + len(askServices); len(src.queries) != want {
		t.Errorf("%d queries were asked, want %d:\n%s", len(src.queries), want, strings.Join(src.queries, "\n"))
	}
	compareWithSingle(t, src, questions, replies)
}

// TestAskAsksManyLongQuestionsInHalves makes sure that a server can work on both halves
// of what it has to read much for, and is asked the rest at once.
func TestAskAsksManyLongQuestionsInHalves(t *testing.T) {
	src := engineSource(t)
	var questions []source.Question
	for i, template := range []string{`sum(increase(requests{service="%s"}[30m]))`, `sum(rate(requests{service="%s"}[5m]))`} {
		for j := range 200 {
			service := fmt.Sprintf("s%03d", j)
			if j < len(askServices) {
				service = askServices[j]
			}
			questions = append(questions, source.Question{ID: fmt.Sprintf("%d/%d", i, j), Value: service, Expr: fmt.Sprintf(template, service), Long: i == 0})
		}
	}
	replies := source.Ask(t.Context(), src, questions, "service", askTime, source.AskOptions{})
	if long := slices.DeleteFunc(slices.Clone(src.queries), func(q string) bool { return !strings.Contains(q, "[30m]") }); len(long) != 2 || len(src.queries) != 3 {
		t.Errorf("%d long queries of %d, want 2 of 3", len(long), len(src.queries))
	}
	compareWithSingle(t, src, questions, replies)
}

func compareWithSingle(t *testing.T, src *scriptedSource, questions []source.Question, replies map[string]source.Reply) {
	t.Helper()
	if len(replies) != len(questions) {
		t.Errorf("%d replies to %d questions", len(replies), len(questions))
	}
	for _, q := range questions {
		single, err := src.answer(q.Expr, askTime)
		reply := replies[q.ID]
		if (err == nil) != (reply.Err == nil) {
			t.Errorf("%s: error %v, alone %v", q.Expr, reply.Err, err)
		}
		if diff := cmp.Diff(askedValues(single.Series), askedValues(reply.Series)); diff != "" {
			t.Errorf("%s (-alone +asked together):\n%s", q.Expr, diff)
		}
		if reply.Query != q.Expr || reply.Asked == "" {
			t.Errorf("Query = %q, Asked = %q for %s", reply.Query, reply.Asked, q.Expr)
		}
	}
}

func TestAskSplitsAQueryThatFailsForOneService(t *testing.T) {
	src := engineSource(t)
	questions := questionsFor(`sum(requests{service="$s"}) / on () limit{service="$s"}`)
	replies := source.Ask(t.Context(), src, questions, "service", askTime, source.AskOptions{})
	compareWithSingle(t, src, questions, replies)
	if replies["0/d"].Err == nil || replies["0/e"].Err != nil {
		t.Errorf("errors: d %v, e %v; want one for d alone", replies["0/d"].Err, replies["0/e"].Err)
	}
	// Five; two and three; of the three one and two; of the two one and one.
	if want := 7; len(src.queries) != want {
		t.Errorf("%d queries, want %d:\n%s", len(src.queries), want, strings.Join(src.queries, "\n"))
	}
}

func TestAskDoesNotHammerAServer(t *testing.T) {
	tests := map[string]struct {
		err  source.Error
		want int
	}{
		"unreachable":       {source.Error{Kind: source.Unreachable}, 1},
		"unauthorized":      {source.Error{Kind: source.Unauthorized, Status: 401}, 1},
		"timeout":           {source.Error{Kind: source.Timeout}, 1},
		"server fault":      {source.Error{Kind: source.ServerFault, Status: 503}, 1},
		"canceled":          {source.Error{Kind: source.Canceled}, 1},
		"too many requests": {source.Error{Kind: source.Limited, Status: 429}, 1},
		"too many samples":  {source.Error{Kind: source.Limited, Status: 422}, 9},
		"rejected":          {source.Error{Kind: source.Rejected, Status: 414}, 9},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			src := &scriptedSource{info: askInfo, answer: func(string, time.Time) (source.Answer, error) {
				return source.Answer{}, &tt.err
			}}
			replies := source.Ask(t.Context(), src, questionsFor(`sum(x{service="$s"})`), "service", askTime, source.AskOptions{})
			if len(src.queries) != tt.want {
				t.Errorf("%d queries, want %d", len(src.queries), tt.want)
			}
			for id, reply := range replies {
				if !errors.Is(reply.Err, &tt.err) || len(reply.Series) != 0 {
					t.Errorf("reply to %s = %+v, want the server's error", id, reply)
				}
			}
		})
	}
}

func TestAskGivesUpSplittingWhenEverythingIsRefused(t *testing.T) {
	refusal := &source.Error{Kind: source.Rejected, Status: 400, Message: "no"}
	src := &scriptedSource{info: askInfo, answer: func(string, time.Time) (source.Answer, error) {
		return source.Answer{}, refusal
	}}
	var questions []source.Question
	for i := range 400 {
		id := fmt.Sprint(i)
		questions = append(questions, source.Question{ID: id, Value: id, Expr: fmt.Sprintf(`sum(x{service="%s"})`, id)})
	}
	replies := source.Ask(t.Context(), src, questions, "service", askTime, source.AskOptions{})
	if len(src.queries) > len(questions) {
		t.Errorf("%d queries for %d questions, want no more than one by one", len(src.queries), len(questions))
	}
	for _, q := range questions {
		if !errors.Is(replies[q.ID].Err, refusal) {
			t.Errorf("reply to %s = %+v, want the refusal", q.ID, replies[q.ID])
		}
	}
}

// manyQuestions are questions of one shape for n services.
func manyQuestions(n int) []source.Question {
	var out []source.Question
	for i := range n {
		id := fmt.Sprintf("%04d", i)
		out = append(out, source.Question{ID: id, Value: id, Expr: fmt.Sprintf(`sum(x{service="%s"})`, id)})
	}
	return out
}

func TestAskAnswersEverythingWhateverTheServerRefuses(t *testing.T) {
	refusal := &source.Error{Kind: source.Rejected, Status: 422, Message: "no"}
	for name, tt := range map[string]struct {
		refuse func(query string) bool
		most   int
	}{
		"every regular expression":  {func(q string) bool { return strings.Contains(q, "=~") }, 200 + 5},
		"long queries":              {func(q string) bool { return len(q) > 300 }, 16},
		"one service, the first":    {func(q string) bool { return strings.Contains(q, "0000") }, 25},
		"all but pairs and triples": {func(q string) bool { return len(q) > 60 }, 200},
	} {
		t.Run(name, func(t *testing.T) {
			src := &scriptedSource{info: askInfo, answer: func(q string, _ time.Time) (source.Answer, error) {
				if tt.refuse(q) {
					return source.Answer{}, refusal
				}
				return source.Answer{}, nil
			}}
			questions := manyQuestions(200)
			replies := source.Ask(t.Context(), src, questions, "service", askTime, source.AskOptions{})
			for _, q := range questions {
				if err := replies[q.ID].Err; (err != nil) != tt.refuse(q.Expr) {
					t.Fatalf("reply to %s: %v", q.ID, err)
				}
			}
			if len(src.queries) > tt.most {
				t.Errorf("%d queries, want at most %d", len(src.queries), tt.most)
			}
		})
	}
}

func TestAskSplitsAnAnswerThatCannotBeToldApart(t *testing.T) {
	ungrouped := source.Series{Labels: labels.EmptyLabels(), Points: []source.Point{{At: askTime, Value: 1}}}
	src := &scriptedSource{info: askInfo, answer: func(string, time.Time) (source.Answer, error) {
		return source.Answer{Series: []source.Series{ungrouped}}, nil
	}}
	replies := source.Ask(t.Context(), src, questionsFor(`sum(x{service="$s"})`), "service", askTime, source.AskOptions{})
	for _, s := range askServices {
		reply := replies["0/"+s]
		if want := fmt.Sprintf("sum(x{service=%q})", s); reply.Asked != want || reply.Err != nil || len(reply.Series) != 1 {
			t.Errorf("reply = %+v, want one series of %s", reply, want)
		}
	}
}

func TestAskRepliesToAnInvalidExpressionWithoutAsking(t *testing.T) {
	src := engineSource(t)
	replies := source.Ask(t.Context(), src, []source.Question{
		{ID: "bad", Expr: "sum(", Value: "d"},
		{ID: "good", Expr: `sum(requests{service="d"})`, Value: "d"},
	}, "service", askTime, source.AskOptions{})
	bad := replies["bad"]
	var syntax *promql.SyntaxError
	if !errors.As(bad.Err, &syntax) || !strings.Contains(bad.Err.Error(), "not valid PromQL") || bad.Query != "sum(" || bad.Asked != "" {
		t.Errorf("reply to an invalid expression = %+v", bad)
	}
	if good := replies["good"]; good.Err != nil || len(good.Series) != 1 || len(src.queries) != 1 {
		t.Errorf("reply to its neighbour = %+v after %q", good, src.queries)
	}
}

func TestAskMergesOnlyWhereTheLabelExists(t *testing.T) {
	tests := map[string]struct {
		info      source.Info
		questions []source.Question
		label     string
		want      int
	}{
		"together":          {askInfo, questionsFor(`sum(requests{service="$s"})`), "service", 1},
		"page of metrics":   {source.Info{}, questionsFor(`sum(requests{service="$s"})`), "service", 5},
		"no label":          {askInfo, questionsFor(`sum(requests{service="$s"})`), "", 5},
		"another label":     {askInfo, questionsFor(`sum(requests{service="$s"})`), "app", 5},
		"equal expressions": {askInfo, questionsFor(`sum(requests)`), "service", 1},
		"values not named":  {askInfo, []source.Question{{ID: "1", Expr: `x{service="d"}`}, {ID: "2", Expr: `x{service="e"}`}}, "service", 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			src := engineSource(t)
			src.info = tt.info
			replies := source.Ask(t.Context(), src, tt.questions, tt.label, askTime, source.AskOptions{})
			if len(src.queries) != tt.want {
				t.Errorf("%d queries, want %d: %q", len(src.queries), tt.want, src.queries)
			}
			compareWithSingle(t, src, tt.questions, replies)
		})
	}
}

func TestAskKeepsQueriesBelowTheLimitOfTheSource(t *testing.T) {
	for name, tt := range map[string]struct {
		own, option, want int
	}{
		"neither":          {0, 0, 1},
		"the source's":     {50, 0, 2},
		"the option":       {0, 50, 2},
		"the smaller":      {50, 5000, 2},
		"smaller than any": {5000, 1, 5},
	} {
		t.Run(name, func(t *testing.T) {
			src := engineSource(t)
			src.info.QueryBytes = tt.own
			replies := source.Ask(t.Context(), src, questionsFor(`sum(requests{service="$s"})`), "service", askTime, source.AskOptions{QueryBytes: tt.option})
			if len(src.queries) != tt.want || len(replies) != len(askServices) {
				t.Errorf("%d queries and %d replies, want %d and %d: %q", len(src.queries), len(replies), tt.want, len(askServices), src.queries)
			}
		})
	}
}

func TestAskPassesOnWhatTheServerSaid(t *testing.T) {
	src := &scriptedSource{info: askInfo, answer: func(string, time.Time) (source.Answer, error) {
		return source.Answer{Warnings: []string{"partial"}, Histograms: 2}, nil
	}}
	replies := source.Ask(t.Context(), src, questionsFor(`sum(x{service="$s"})`), "service", askTime, source.AskOptions{})
	for id, reply := range replies {
		if len(reply.Warnings) != 1 || reply.Histograms != 2 || !strings.Contains(reply.Asked, "=~") {
			t.Errorf("reply to %s = %+v, want the warning and the histograms of the shared query", id, reply)
		}
	}
}

func TestAskBoundsItsConcurrency(t *testing.T) {
	for limit, want := range map[int]int{1: 1, 3: 3, 0: 8} {
		// In the bubble, queries that wait for others that never start are a
		// deadlock and fail at once.
		synctest.Test(t, func(t *testing.T) {
			var first sync.WaitGroup
			first.Add(want)
			src := &scriptedSource{info: askInfo, answer: func(query string, at time.Time) (source.Answer, error) {
				if !at.Equal(askTime) {
					t.Errorf("asked at %v, want %v", at, askTime)
				}
				if query < fmt.Sprintf("x%02d", want) {
					first.Done()
					first.Wait()
				}
				return source.Answer{}, nil
			}}
			var questions []source.Question
			for i := range 20 {
				questions = append(questions, source.Question{ID: fmt.Sprint(i), Expr: fmt.Sprintf("x%02d", i)})
			}
			source.Ask(t.Context(), src, questions, "service", askTime, source.AskOptions{Concurrency: limit})
			if src.widest != want {
				t.Errorf("%d queries ran at once, want %d", src.widest, want)
			}
		})
	}
}
