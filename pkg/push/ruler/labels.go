package ruler

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/nthlayer/action/pkg/push"
)

// Labels asks a Loki which labels its streams of the last hours have. The error is
// about a server that does not answer, or is no Loki.
func Labels(ctx context.Context, api push.API) ([]string, error) {
	body, err := api.Call(ctx, push.Request{Method: http.MethodGet, Path: "/loki/api/v1/labels"})
	if err != nil {
		return nil, err
	}
	var answer struct {
		Status string   `json:"status"`
		Data   []string `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Status != "success" {
		return nil, fmt.Errorf("%s answered the list of labels with something else: check that the address is that of a Loki", api.Name())
	}
	return answer.Data, nil
}
