package sourcetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	engine "github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/stats"
	"gopkg.in/yaml.v3"
)

// envelope is what every answer is wrapped in.
type envelope struct {
	Status    string          `json:"status"`
	IsPartial bool            `json:"isPartial,omitempty"`
	Data      json.RawMessage `json:"data,omitempty"`
	ErrorType string          `json:"errorType,omitempty"`
	Error     string          `json:"error,omitempty"`
	Warnings  []string        `json:"warnings,omitempty"`
	Infos     []string        `json:"infos,omitempty"`
}

// backend gives the true answers.
type backend struct {
	data   storage.Queryable
	engine *engine.Engine
	parser parser.Parser

	mu         sync.Mutex
	rules      []string
	types      map[string]string
	external   map[string]string
	exactNames bool
}

func newBackend(data storage.Queryable) *backend {
	p := parser.NewParser(parser.Options{})
	return &backend{data: data, parser: p, engine: engine.NewEngine(engine.EngineOpts{
		MaxSamples:               50_000_000,
		Timeout:                  2 * time.Minute,
		NoStepSubqueryIntervalFn: func(int64) int64 { return time.Minute.Milliseconds() },
		EnableAtModifier:         true,
		EnableNegativeOffset:     true,
		Parser:                   p,
	})}
}

func (b *backend) routes() http.Handler {
	mux := http.NewServeMux()
	both := func(path string, call func(*http.Request) (any, notes, error)) {
		mux.HandleFunc("GET "+path, serve(call))
		mux.HandleFunc("POST "+path, serve(call))
	}
	both("/api/v1/query", b.query)
	both("/api/v1/query_range", b.queryRange)
	both("/api/v1/series", b.series)
	mux.HandleFunc("GET /api/v1/label/{name}/values", serve(b.labelValues))
	mux.HandleFunc("GET /api/v1/rules", serve(b.recordingRules))
	mux.HandleFunc("GET /api/v1/metadata", serve(b.metadata))
	mux.HandleFunc("GET /api/v1/labels", serve(b.labelNames))
	mux.HandleFunc("GET /api/v1/status/config", serve(b.config))
	mux.HandleFunc("GET /api/v1/status/buildinfo", serve(func(*http.Request) (any, notes, error) {
		return map[string]string{"version": "3.15.0", "revision": "sourcetest"}, notes{}, nil
	}))
	mux.HandleFunc("GET /-/ready", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("Prometheus Server is Ready.\n"))
	})
	return mux
}

type notes struct{ warnings, infos []string }

// apiError is an error with its status and type in the API.
type apiError struct {
	status    int
	errorType string
	err       error
}

func (e *apiError) Error() string { return e.err.Error() }

func badData(err error) error {
	return &apiError{status: http.StatusBadRequest, errorType: "bad_data", err: err}
}

// serve writes the answer of a call as Prometheus writes it.
func serve(call func(*http.Request) (any, notes, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		data, n, err := call(r)
		status, e := http.StatusOK, envelope{Status: "success", Warnings: n.warnings, Infos: n.infos}
		if err == nil {
			e.Data, err = json.Marshal(data)
		}
		if err != nil {
			var known *apiError
			if !errors.As(err, &known) {
				known = engineError(err)
			}
			status, e = known.status, envelope{Status: "error", ErrorType: known.errorType, Error: known.Error()}
		}
		body, _ := json.Marshal(e)
		Respond(status, "application/json", string(body))(w, r, nil)
	}
}

func engineError(err error) *apiError {
	var (
		timeout  engine.ErrQueryTimeout
		canceled engine.ErrQueryCanceled
		syntax   parser.ParseErrors
	)
	switch {
	case errors.As(err, &timeout):
		return &apiError{http.StatusServiceUnavailable, "timeout", err}
	case errors.As(err, &canceled) || errors.Is(err, context.Canceled):
		return &apiError{499, "canceled", err}
	case errors.As(err, &syntax):
		return &apiError{http.StatusBadRequest, "bad_data", fmt.Errorf(`invalid parameter "query": %w`, err)}
	}
	return &apiError{http.StatusUnprocessableEntity, "execution", err}
}

func (b *backend) query(r *http.Request) (any, notes, error) {
	at, err := timeParam(r.Form, "time", time.Now())
	if err != nil {
		return nil, notes{}, err
	}
	return b.run(r, func(ctx context.Context, q string) (engine.Query, error) {
		return b.engine.NewInstantQuery(ctx, b.data, nil, q, at)
	})
}

func (b *backend) queryRange(r *http.Request) (any, notes, error) {
	start, err := timeParam(r.Form, "start", time.Time{})
	if err != nil {
		return nil, notes{}, err
	}
	end, err := timeParam(r.Form, "end", time.Time{})
	if err != nil {
		return nil, notes{}, err
	}
	step, err := duration(r.Form.Get("step"))
	switch {
	case err != nil:
		return nil, notes{}, badData(fmt.Errorf(`invalid parameter "step": %w`, err))
	case step <= 0 || end.Before(start):
		return nil, notes{}, badData(errors.New("zero or negative query resolution step widths are not accepted"))
	case end.Sub(start)/step > 11000:
		return nil, notes{}, badData(errors.New("exceeded maximum resolution of 11,000 points per timeseries"))
	}
	return b.run(r, func(ctx context.Context, q string) (engine.Query, error) {
		prepared, err := b.engine.NewRangeQuery(ctx, b.data, nil, q, start, end, step)
		if err != nil { // a syntax error, or an expression that gives a range
			return nil, badData(fmt.Errorf(`invalid parameter "query": %w`, err))
		}
		return prepared, nil
	})
}

func (b *backend) run(r *http.Request, prepare func(context.Context, string) (engine.Query, error)) (any, notes, error) {
	ctx, text := r.Context(), r.Form.Get("query")
	if v := r.Form.Get("timeout"); v != "" {
		d, err := duration(v)
		if err != nil {
			return nil, notes{}, badData(fmt.Errorf(`invalid parameter "timeout": %w`, err))
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d)
		defer cancel()
	}
	q, err := prepare(ctx, text)
	if err != nil {
		return nil, notes{}, err
	}
	defer q.Close()
	result := q.Exec(ctx)
	if result.Err != nil {
		return nil, notes{}, result.Err
	}
	var n notes
	n.warnings, n.infos = result.Warnings.AsStrings(text, 10, 10)
	answer := map[string]any{"resultType": result.Value.Type(), "result": result.Value}
	if r.Form.Get("stats") != "" {
		answer["stats"] = stats.NewQueryStats(q.Stats()).Builtin()
	}
	data, err := json.Marshal(answer)
	return json.RawMessage(data), n, err
}

// selectors returns the sets of matchers that match[] asks for.
func (b *backend) selectors(r *http.Request) ([][]*labels.Matcher, error) {
	sets, err := b.parser.ParseMetricSelectors(r.Form["match[]"])
	if err != nil {
		return nil, badData(fmt.Errorf(`invalid parameter "match[]": %w`, err))
	}
	for _, matchers := range sets {
		if !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches("") }) {
			return nil, badData(errors.New("match[] must contain at least one non-empty matcher"))
		}
	}
	return sets, nil
}

// querier returns a querier for start to end; both are the whole of time if they
// are absent or not kept to.
func (b *backend) querier(r *http.Request, exact bool) (storage.Querier, error) {
	start, err := timeParam(r.Form, "start", time.UnixMilli(math.MinInt64/2))
	if err != nil {
		return nil, err
	}
	end, err := timeParam(r.Form, "end", time.UnixMilli(math.MaxInt64/2))
	if err != nil {
		return nil, err
	}
	if !exact {
		return b.data.Querier(math.MinInt64/2, math.MaxInt64/2)
	}
	return b.data.Querier(start.UnixMilli(), end.UnixMilli())
}

func (b *backend) labelValues(r *http.Request) (any, notes, error) {
	if name := r.PathValue("name"); !model.UTF8Validation.IsValidLabelName(name) {
		return nil, notes{}, badData(fmt.Errorf("invalid label name: %q", name))
	}
	sets, err := b.selectors(r)
	if err != nil {
		return nil, notes{}, err
	}
	b.mu.Lock()
	exact := b.exactNames
	b.mu.Unlock()
	q, err := b.querier(r, exact)
	if err != nil {
		return nil, notes{}, err
	}
	defer func() { _ = q.Close() }()
	if len(sets) == 0 {
		sets = [][]*labels.Matcher{nil}
	}
	found := map[string]bool{}
	for _, matchers := range sets {
		values, _, err := q.LabelValues(r.Context(), r.PathValue("name"), nil, matchers...)
		if err != nil {
			return nil, notes{}, err
		}
		for _, v := range values {
			found[v] = true
		}
	}
	return truncate(slices.Sorted(maps.Keys(found)), r)
}

// truncate applies the limit parameter.
func truncate[T any](all []T, r *http.Request) (any, notes, error) {
	if all == nil {
		all = []T{}
	}
	text := r.Form.Get("limit")
	if text == "" {
		return all, notes{}, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 0 {
		return nil, notes{}, badData(errors.New(`invalid parameter "limit"`))
	}
	if limit > 0 && len(all) > limit {
		return all[:limit], notes{warnings: []string{"results truncated due to limit"}}, nil
	}
	return all, notes{}, nil
}

func (b *backend) series(r *http.Request) (any, notes, error) {
	sets, err := b.selectors(r)
	if err != nil {
		return nil, notes{}, err
	}
	if len(sets) == 0 {
		return nil, notes{}, badData(errors.New("no match[] parameter provided"))
	}
	q, err := b.querier(r, true)
	if err != nil {
		return nil, notes{}, err
	}
	defer func() { _ = q.Close() }()
	found := map[string]labels.Labels{}
	for _, matchers := range sets {
		set := q.Select(r.Context(), true, nil, matchers...)
		for set.Next() {
			l := set.At().Labels()
			found[l.String()] = l
		}
		if err := set.Err(); err != nil {
			return nil, notes{}, err
		}
	}
	all := slices.SortedFunc(maps.Values(found), labels.Compare)
	return truncate(all, r)
}

func (b *backend) recordingRules(r *http.Request) (any, notes, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	kind := r.Form.Get("type")
	if kind != "" && kind != "alert" && kind != "record" {
		return nil, notes{}, badData(fmt.Errorf(`invalid parameter "type": not supported value %q`, kind))
	}
	groups := []any{}
	if kind != "alert" && len(b.rules) > 0 {
		var rules []map[string]any
		for _, name := range b.rules {
			rules = append(rules, map[string]any{"name": name, "query": "vector(1)", "health": "ok", "type": "recording"})
		}
		groups = append(groups, map[string]any{"name": "test", "file": "rules.yaml", "interval": 60, "rules": rules})
	}
	return map[string]any{"groups": groups}, notes{}, nil
}

func (b *backend) metadata(r *http.Request) (any, notes, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[string]any{}
	for name, kind := range b.types {
		if wanted := r.Form.Get("metric"); wanted == "" || wanted == name {
			out[name] = []map[string]string{{"type": kind, "help": "", "unit": ""}}
		}
	}
	return out, notes{}, nil
}

func (b *backend) labelNames(r *http.Request) (any, notes, error) {
	q, err := b.querier(r, true)
	if err != nil {
		return nil, notes{}, err
	}
	defer func() { _ = q.Close() }()
	names, _, err := q.LabelNames(r.Context(), nil)
	if err != nil {
		return nil, notes{}, err
	}
	return truncate(names, r)
}

func (b *backend) config(*http.Request) (any, notes, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	data, err := yaml.Marshal(map[string]any{"global": map[string]any{"scrape_interval": "1m", "evaluation_interval": "1m", "external_labels": b.external}})
	return map[string]string{"yaml": string(data)}, notes{}, err
}

// timeParam reads Unix seconds or RFC 3339.
func timeParam(form url.Values, name string, fallback time.Time) (time.Time, error) {
	text := form.Get(name)
	if text == "" {
		if fallback.IsZero() {
			return fallback, badData(fmt.Errorf("invalid parameter %q: it is missing", name))
		}
		return fallback, nil
	}
	if s, err := strconv.ParseFloat(text, 64); err == nil {
		return time.UnixMilli(int64(math.Round(s * 1000))).UTC(), nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return t, badData(fmt.Errorf("invalid parameter %q: cannot parse %q to a valid timestamp", name, text))
	}
	return t, nil
}

// duration reads seconds or a Prometheus duration.
func duration(text string) (time.Duration, error) {
	if s, err := strconv.ParseFloat(text, 64); err == nil {
		return time.Duration(s * float64(time.Second)), nil
	}
	d, err := model.ParseDuration(text)
	return time.Duration(d), err
}
