package source

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"golang.org/x/sync/errgroup"

	"github.com/nthlayer/action/pkg/transport"
)

// maxURL is the length up to which servers and proxies take a URL; 8 kB is the
// usual limit for the whole request line.
const maxURL = 7000

// server is a server with the Prometheus HTTP API. This file alone knows
// client_golang.
type server struct {
	name      string
	transport *transport.Transport
	client    api.Client
	api       v1.API
	timeout   time.Duration
}

func newServer(u *url.URL, o Options) (*server, error) {
	name := strings.TrimRight(transport.Redacted(u), "/")
	if u.RawQuery != "" || u.Fragment != "" {
		return nil, &InputError{Message: "the address " + name + " must not have a query (?) or a fragment (#); give keys as headers"}
	}
	t, err := connect(u, o)
	if err != nil {
		return nil, err
	}
	httpClient := t.Client()
	httpClient.Transport = &answers{next: t, name: name}
	client, err := api.NewClient(api.Config{Address: name, Client: httpClient})
	if err != nil {
		return nil, &InputError{Message: "the address " + name + " cannot be used"}
	}
	return &server{name: name, transport: t, client: client, api: v1.NewAPI(client), timeout: o.Transport.Timeout}, nil
}

// connect returns the transport to an address.
func connect(u *url.URL, o Options) (*transport.Transport, error) {
	settings := o.Transport
	settings.Origin = u
	// A query that ran out of the server's time would do so again.
	settings.Final = func(_ int, body []byte) bool {
		_, errorType := serverWords(body)
		return errorType == "timeout"
	}
	t, err := transport.New(settings)
	if err != nil {
		return nil, &InputError{Message: err.Error(), Err: err}
	}
	return t, nil
}

// Info says what the source is.
func (s *server) Info() Info { return Info{Name: s.name, TargetLabels: true, History: true} }

// Query evaluates an instant query.
func (s *server) Query(ctx context.Context, query string, at time.Time) (Answer, error) {
	return s.query(ctx, query, at)
}

func (s *server) query(ctx context.Context, query string, at time.Time, more ...v1.Option) (Answer, error) {
	return s.evaluate(ctx, true, func(ctx context.Context) (model.Value, v1.Warnings, v1.Infos, error) {
		return s.api.Query(ctx, query, at, append(more, v1.WithTimeout(s.timeout))...)
	})
}

// QueryRange evaluates a query at every step of a range.
func (s *server) QueryRange(ctx context.Context, query string, r Range) (Answer, error) {
	if err := r.validate(); err != nil {
		return Answer{}, err
	}
	return s.evaluate(ctx, false, func(ctx context.Context) (model.Value, v1.Warnings, v1.Infos, error) {
		return s.api.QueryRange(ctx, query, v1.Range{Start: r.Start, End: r.End, Step: r.Step}, v1.WithTimeout(s.timeout))
	})
}

// evaluate runs a query, which changes nothing and may be repeated. The infos of
// the engine, as that a name does not look like a counter, are no warnings.
func (s *server) evaluate(ctx context.Context, instant bool, call func(context.Context) (model.Value, v1.Warnings, v1.Infos, error)) (Answer, error) {
	var partial atomic.Bool
	value, warnings, _, err := call(withPartial(transport.WithQuestion(ctx), &partial))
	if err != nil {
		return Answer{}, s.failure(ctx, err)
	}
	answer, shapeErr := apiAnswer(value, instant)
	if shapeErr != nil {
		return Answer{}, shapeErr
	}
	answer.Warnings = s.warnings(warnings, partial.Load())
	return answer, nil
}

func (s *server) warnings(said []string, partial bool) []string {
	var out []string
	for _, w := range said {
		out = append(out, s.transport.Redact(oneLine(w)))
	}
	if partial {
		out = append(out, "the server says that its answer is partial")
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// apiAnswer converts an answer of the client.
func apiAnswer(v model.Value, instant bool) (Answer, *Error) {
	var a Answer
	switch v := v.(type) {
	case *model.Scalar:
		a.Series = []Series{{Points: []Point{point(int64(v.Timestamp), float64(v.Value))}}}
	case model.Vector:
		for _, s := range v {
			if s.Histogram != nil {
				a.Histograms++
				continue
			}
			a.Series = append(a.Series, Series{Labels: labelsOf(s.Metric), Points: []Point{point(int64(s.Timestamp), float64(s.Value))}})
		}
	case model.Matrix:
		if instant {
			return a, wrongShape("a range of samples")
		}
		for _, s := range v {
			a.Histograms += len(s.Histograms)
			if len(s.Values) == 0 {
				continue
			}
			points := make([]Point, len(s.Values))
			for i, p := range s.Values {
				points[i] = point(int64(p.Timestamp), float64(p.Value))
			}
			a.Series = append(a.Series, Series{Labels: labelsOf(s.Metric), Points: points})
		}
	default:
		return a, &Error{Kind: Malformed, Message: "the answer is not one of the Prometheus API: it has no result", Hint: "check the address"}
	}
	sortSeries(a.Series)
	return a, nil
}

func labelsOf(m model.Metric) labels.Labels {
	b := labels.NewScratchBuilder(len(m))
	for name, value := range m {
		b.Add(string(name), string(value))
	}
	b.Sort()
	return b.Labels()
}

// Names asks for the values of __name__. The call takes GET alone, so many
// selectors are split over several URLs.
func (s *server) Names(ctx context.Context, match []string, start, end time.Time) (Names, error) {
	const path = "/api/v1/label/__name__/values"
	common := url.Values{"start": {apiTime(start)}, "end": {apiTime(end)}}
	room := maxURL - len(s.name) - len(path) - len(common.Encode())
	chunks := split(match, room)
	answers := make([]envelope[[]string], len(chunks))
	group, groupCtx := errgroup.WithContext(ctx)
	for i, chunk := range chunks {
		group.Go(func() error {
			params := url.Values{"start": common["start"], "end": common["end"], "match[]": chunk}
			var err error
			answers[i], err = get[[]string](groupCtx, s, path, params)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return Names{}, s.failure(ctx, err)
	}
	var out Names
	for _, a := range answers {
		out.Names = append(out.Names, *a.Data...)
		out.Warnings = append(out.Warnings, s.warnings(a.Warnings, a.IsPartial)...)
	}
	slices.Sort(out.Names)
	slices.Sort(out.Warnings)
	out.Names, out.Warnings = slices.Compact(out.Names), slices.Compact(out.Warnings)
	return out, nil
}

// split cuts selectors into runs whose parameters fit into room bytes. There is
// always at least one run, and at least one selector in a run.
func split(match []string, room int) [][]string {
	chunks, used := [][]string{nil}, 0
	for _, m := range match {
		size := len("&match%5B%5D=") + len(url.QueryEscape(m))
		last := len(chunks) - 1
		if used+size > room && len(chunks[last]) > 0 {
			chunks, used = append(chunks, nil), 0
			last++
		}
		chunks[last] = append(chunks[last], m)
		used += size
	}
	return chunks
}

func apiTime(t time.Time) string { return model.Time(t.UnixMilli()).String() }

// Recorded returns the names of the server's recording rules. Servers without
// the call have none that could be known: VictoriaMetrics answers 400 to calls
// that it does not have.
func (s *server) Recorded(ctx context.Context) ([]string, error) {
	type groups struct {
		Groups []struct {
			Rules []struct {
				Name string `json:"name"`
				Type string `json:"type"`
			} `json:"rules"`
		} `json:"groups"`
	}
	answer, err := get[groups](ctx, s, "/api/v1/rules", url.Values{"type": {"record"}})
	if err != nil {
		e := s.failure(ctx, err)
		if e.Kind == Unsupported || e.Status == http.StatusBadRequest {
			return nil, nil
		}
		return nil, e
	}
	var names []string
	for _, g := range answer.Data.Groups {
		for _, r := range g.Rules {
			if r.Type == "recording" {
				names = append(names, r.Name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// envelope is what every answer of the API is wrapped in. The client has no call
// for some parameters, and takes an answer without status or data for success.
type envelope[T any] struct {
	Status    string   `json:"status"`
	Data      *T       `json:"data"`
	ErrorType string   `json:"errorType"`
	Error     string   `json:"error"`
	Warnings  []string `json:"warnings"`
	// IsPartial is VictoriaMetrics' word for a warning.
	IsPartial bool `json:"isPartial"`
}

func get[T any](ctx context.Context, s *server, path string, params url.Values) (envelope[T], error) {
	var answer envelope[T]
	u := s.client.URL(path, nil)
	u.RawQuery = params.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return answer, err
	}
	_, body, err := s.client.Do(ctx, request) //nolint:bodyclose // this client reads and closes the body itself
	if err != nil {
		return answer, err
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return answer, &v1.Error{Type: v1.ErrBadResponse, Msg: err.Error()}
	}
	if answer.Status == "error" {
		return answer, &v1.Error{Type: v1.ErrorType(answer.ErrorType), Msg: answer.Error}
	}
	if answer.Status != "success" || answer.Data == nil {
		return answer, &v1.Error{Type: v1.ErrBadResponse, Msg: noData}
	}
	return answer, nil
}

// failure classifies whatever a call ended with and hides secrets in it.
func (s *server) failure(ctx context.Context, err error) *Error {
	if ctx.Err() != nil {
		return stopped(ctx)
	}
	e := s.classify(err)
	e.Message = s.transport.Redact(e.Message)
	return e
}

// noData is what is said of an answer without what every answer has.
const noData = "it has no status or no data"

// malformed says what is wrong with an answer in place of a decoder's words, which
// name types of Go.
func malformed(words string) string {
	switch {
	case words == noData, strings.HasPrefix(words, "unexpected value type"):
		return oneLine(words)
	case strings.Contains(words, "unexpected end"):
		return "it breaks off"
	}
	return "it is no JSON, or has another form"
}

func (s *server) classify(err error) *Error {
	var (
		known *Error
		said  *v1.Error
	)
	if errors.As(err, &known) {
		return known
	}
	if !errors.As(err, &said) {
		return noConnection(s.name, err)
	}
	words := oneLine(said.Msg)
	switch {
	case said.Type == v1.ErrBadResponse:
		return &Error{Kind: Malformed, Message: "the answer of " + s.name + " is not one of the Prometheus API: " + malformed(said.Msg), Hint: "check the address", Err: err}
	case tooMuch(words):
		return &Error{Kind: Limited, Message: s.name + " refused the query: " + words, Hint: "shorten the window or add matchers", Err: err}
	case said.Type == v1.ErrTimeout:
		return &Error{Kind: Timeout, Message: s.name + " ran out of time: " + words, Hint: "shorten the window or raise the timeout", Err: err}
	case said.Type == v1.ErrBadData || said.Type == v1.ErrExec:
		return &Error{Kind: Rejected, Message: s.name + " refused the query: " + words, Err: err}
	}
	return &Error{Kind: ServerFault, Message: s.name + " failed: " + words, Hint: "look into the server's log", Err: err}
}
