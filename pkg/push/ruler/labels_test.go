package ruler

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/push"
)

func TestLabelsOfLoki(t *testing.T) {
	tests := []struct {
		name   string
		status int
		body   string
		want   []string
		err    string
	}{
		{"some", 200, `{"status":"success","data":["app","job"]}`, []string{"app", "job"}, ""},
		{"none yet", 200, `{"status":"success"}`, nil, ""},
		{"a page", 200, `<html>`, nil, "check that the address is that of a Loki"},
		{"another server", 200, `{"data":["app"]}`, nil, "check that the address is that of a Loki"},
		{"refused", 401, `no org id`, nil, "with status 401: no org id; check the credentials in LOKI_API_KEY"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodGet || r.URL.Path != "/loki/api/v1/labels" {
					t.Errorf("asked %s %s", r.Method, r.URL.Path)
				}
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			}))
			defer server.Close()
			base, err := url.Parse(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Labels(t.Context(), push.API{System: "Loki", Base: base, HTTP: server.Client(), Credentials: "LOKI_API_KEY"})
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("got %v", err)
			}
		})
	}
}
