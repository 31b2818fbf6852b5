package source

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// Retention asks how long the server keeps samples. It is 0 where that is not known: the
// server keeps them by size alone or does not say, or it also reads from others, which
// may keep them longer. What the server does not tell is no error of its own here.
func (s *server) Retention(ctx context.Context) (time.Duration, error) {
	type info struct {
		// Retention is written as 15d, 10GiB or 15d or 10GiB.
		Retention string `json:"storageRetention"`
	}
	answer, err := get[info](ctx, s, "/api/v1/status/runtimeinfo", url.Values{})
	if err != nil {
		return 0, s.failure(ctx, err)
	}
	for bound := range strings.SplitSeq(answer.Data.Retention, " or ") {
		keeps, err := model.ParseDuration(bound)
		if err != nil || keeps == 0 {
			continue
		}
		told, err := s.config(ctx)
		if err != nil || len(told.RemoteRead) > 0 {
			return 0, err
		}
		return time.Duration(keeps), nil
	}
	return 0, nil
}
