package ruler_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/push"
	"github.com/nthlayer/action/pkg/push/pushtest"
	"github.com/nthlayer/action/pkg/push/ruler"
	"github.com/nthlayer/action/pkg/transport"
)

// loaded is what a Prometheus answers that has loaded the rules of pay.
const loaded = `{"status":"success","data":{"groups":[
{"name":"pay-http","file":"alerts.yaml","interval":60,"rules":[{"type":"alerting","name":"Down","query":"up{service=\"pay\"} == 0","duration":5400,"keepFiringFor":0,"labels":{"severity":"critical"},"annotations":{"summary":"{{ $labels.instance }}: down"},"state":"inactive"}]},
{"name":"pay-db","file":"alerts.yaml","interval":15,"rules":[{"type":"alerting","name":"DbDown","query":"pg_up == 0","duration":0,"labels":{},"annotations":{}}]},
{"name":"pay-slo","file":"recording-rules.yaml","interval":15,"rules":[{"type":"recording","name":"x:y","query":"sum(rate(x[5m]))","labels":{}}]},
{"name":"theirs","file":"theirs.yaml","interval":15,"rules":[{"type":"alerting","name":"Other","query":"up","labels":{"service":"pay"}}]}]}}`

func deployed(t *testing.T, status int, answer string, s push.Service) (string, error) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != "/prometheus/api/v1/rules" || r.Header.Get("Authorization") == "" {
			t.Errorf("got %s %s", r.Method, r.URL)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(answer)) // the client may be gone
	}))
	defer server.Close()
	found, err := ruler.Deployed(context.Background(), pushtest.API(t, "Prometheus", server.URL+"/prometheus", transport.Bearer("s3cr3ttoken")), []push.Service{s})
	var b strings.Builder
	for _, f := range found {
		b.WriteString(string(f.Severity) + ": " + strings.ReplaceAll(f.Message, server.URL, "URL") + "\n")
	}
	return b.String(), err
}

func TestDeployed(t *testing.T) {
	const at = " (Prometheus at URL/prometheus)\n"
	part := pay()
	part.All = false
	for _, test := range []struct {
		name, old, changed string
		service            push.Service
		want               string
	}{
		{"as generated", "", "", pay(), ""},
		{"another threshold", `== 0","duration":5400`, `== 1","duration":5400`, pay(), "warning: the group pay-http is loaded otherwise: the expression of Down is another one" + at},
		{"another interval", `"interval":60`, `"interval":30`, pay(), "warning: the group pay-http is loaded otherwise: its interval is 30s, not 1m" + at},
		{"not loaded", `"name":"pay-slo"`, `"name":"pay-old"`, pay(), "warning: the group pay-slo is not loaded" + at},
		{"not generated any more", `"labels":{"service":"pay"}`, `"labels":{"service":"pay","managed_by":"nthlayer"}`, pay(), "warning: the group theirs is loaded and is not generated any more" + at},
		{"recording rules that are left", `"name":"theirs"`, `"name":"nthlayer-slo-pay-old","rules":[{"type":"recording","name":"a","query":"b","labels":{"service":"pay"}}]},{"name":"theirs"`, pay(), "warning: the group nthlayer-slo-pay-old is loaded and is not generated any more" + at},
		{"recording rules of others", `"name":"theirs"`, `"name":"slo-pay-old","rules":[{"type":"recording","name":"a","query":"b","labels":{"service":"pay"}}]},{"name":"theirs"`, pay(), ""},
		{"of another service", `"labels":{"service":"pay"}`, `"labels":{"service":"payments","managed_by":"nthlayer"}`, pay(), ""},
		{"a part", `"labels":{"service":"pay"}`, `"labels":{"service":"pay","managed_by":"nthlayer"}`, part, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := deployed(t, http.StatusOK, strings.Replace(loaded, test.old, test.changed, 1), test.service)
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Errorf("-want +got:\n%s%v", diff, err)
			}
		})
	}
	for answer, want := range map[string]string{`<html>`: "something else", `{"status":"success","data":{}}`: "something else"} {
		if _, err := deployed(t, http.StatusOK, answer, pay()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", answer, err)
		}
	}
	if _, err := deployed(t, http.StatusUnauthorized, "no s3cr3ttoken", pay()); err == nil || strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("got %v", err)
	}
}
