package source

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"gopkg.in/yaml.v3"
)

// ExternalLabels asks for the labels that the server adds to alerts and to what it
// sends on, by name. The error is Unsupported for a server that does not tell its
// configuration, as one that only stores what others evaluate.
func (s *server) ExternalLabels(ctx context.Context) (map[string]string, error) {
	told, err := s.config(ctx)
	return told.Global.ExternalLabels, err
}

// configuration is what matters of the configuration of a server.
type configuration struct {
	Global struct {
		// Interval is always there where rules are evaluated. VictoriaMetrics tells how
		// it scrapes, and vmalert, which evaluates, has labels of its own.
		Interval       string            `yaml:"evaluation_interval"`
		ExternalLabels map[string]string `yaml:"external_labels"`
	} `yaml:"global"`
	RemoteRead []yaml.Node `yaml:"remote_read"`
}

func (s *server) config(ctx context.Context) (configuration, error) {
	type config struct {
		YAML string `json:"yaml"`
	}
	answer, err := get[config](ctx, s, "/api/v1/status/config", url.Values{})
	if err != nil {
		e := s.failure(ctx, err)
		if e.Kind == Unsupported || e.Status == http.StatusBadRequest { // VictoriaMetrics answers so to calls that it does not have
			return configuration{}, untoldConfig(e.Status)
		}
		return configuration{}, e
	}
	var told configuration
	switch err := yaml.Unmarshal([]byte(answer.Data.YAML), &told); {
	case err != nil:
		return configuration{}, &Error{Kind: Malformed, Message: "the configuration that " + s.name + " tells cannot be read", Err: err}
	case told.Global.Interval == "":
		return configuration{}, untoldConfig(http.StatusOK)
	}
	return told, nil
}

// untoldConfig is the error for servers that evaluate nothing, or do not say how.
func untoldConfig(status int) *Error {
	return &Error{Kind: Unsupported, Status: status, Message: "it does not tell at /api/v1/status/config how it evaluates rules"}
}

// LabelNames returns the names of all labels of series between start and end, sorted.
func (s *server) LabelNames(ctx context.Context, start, end time.Time) (Names, error) {
	answer, err := get[[]string](ctx, s, "/api/v1/labels", url.Values{"start": {apiTime(start)}, "end": {apiTime(end)}})
	if err != nil {
		return Names{}, s.failure(ctx, err)
	}
	slices.Sort(*answer.Data)
	return Names{Names: *answer.Data, Warnings: s.warnings(answer.Warnings, answer.IsPartial)}, nil
}

// LabelNames returns the names of all labels of series between start and end, sorted.
func (e *embedded) LabelNames(ctx context.Context, start, end time.Time) (Names, error) {
	q, err := e.store.Querier(start.UnixMilli(), end.UnixMilli())
	if err != nil {
		return Names{}, e.failure(ctx, err)
	}
	defer func() { _ = q.Close() }()
	names, _, err := q.LabelNames(ctx, nil)
	if err != nil {
		return Names{}, e.failure(ctx, err)
	}
	slices.Sort(names)
	return Names{Names: names}, nil
}
