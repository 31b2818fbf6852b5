package source

import (
	"context"
	"net/http"
	"net/url"
)

// Types asks for the types of the metrics that the server scrapes now: counter,
// gauge, histogram, summary. A metric for which targets disagree is left out, as are
// those that are recorded or were sent by others. The answer is nil when the server
// does not have the call; VictoriaMetrics answers 400 to calls that it does not have.
func (s *server) Types(ctx context.Context) (map[string]string, error) {
	type entry struct {
		Type string `json:"type"`
	}
	answer, err := get[map[string][]entry](ctx, s, "/api/v1/metadata", url.Values{})
	if err != nil {
		e := s.failure(ctx, err)
		if e.Kind == Unsupported || e.Status == http.StatusBadRequest {
			return nil, nil
		}
		return nil, e
	}
	out := make(map[string]string, len(*answer.Data))
	for name, entries := range *answer.Data {
		kinds := map[string]bool{}
		for _, e := range entries {
			kinds[e.Type] = true
		}
		if len(kinds) == 1 {
			out[name] = entries[0].Type
		}
	}
	return out, nil
}
