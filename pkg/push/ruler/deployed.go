package ruler

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/push"
	"github.com/nthlayer/action/pkg/report"
)

// loaded are the groups that a Prometheus has loaded, as its API tells them.
type loaded struct {
	Data struct {
		Groups []struct {
			Name     string  `json:"name"`
			Interval float64 `json:"interval"`
			Rules    []struct {
				Type        string            `json:"type"`
				Name        string            `json:"name"`
				Query       string            `json:"query"`
				Duration    float64           `json:"duration"`
				KeepFiring  float64           `json:"keepFiringFor"`
				Labels      map[string]string `json:"labels"`
				Annotations map[string]string `json:"annotations"`
			} `json:"rules"`
		} `json:"groups"`
	} `json:"data"`
}

func seconds(n float64) duration { return duration(n * float64(time.Second)) }

// Deployed compares the rules of services with those that a Prometheus, or what
// answers like one, has loaded. Each difference is a warning at the line that the
// rules come from. The error is about a server that does not answer.
func Deployed(ctx context.Context, api push.API, services []push.Service) ([]report.Finding, error) {
	body, err := api.Call(ctx, push.Request{Method: http.MethodGet, Path: "/api/v1/rules"})
	if err != nil {
		return nil, err
	}
	var l loaded
	if err := json.Unmarshal(body, &l); err != nil || l.Data.Groups == nil {
		return nil, fmt.Errorf("%s answered the list of rules with something else: check that the address is that of a Prometheus", api.Name())
	}
	there := l.index()
	var out []report.Finding
	for _, s := range services {
		wanted, err := groups(s, []generate.Kind{generate.Recording, generate.BurnRate, generate.Alerts})
		if err != nil {
			return nil, err
		}
		out = append(out, differences(api.Name(), s, wanted, there)...)
	}
	return out, nil
}

// index are the loaded groups by their name, and those of ours by the service that
// they are about.
type index struct{ named, owned map[string][]group }

func (l loaded) index() index {
	out := index{map[string][]group{}, map[string][]group{}}
	for _, g := range l.Data.Groups {
		one := group{Name: g.Name, Interval: seconds(g.Interval)}
		for _, r := range g.Rules {
			next := rule{Expr: r.Query, For: seconds(r.Duration), KeepFiring: seconds(r.KeepFiring), Labels: r.Labels, Annotations: r.Annotations}
			if r.Type == "alerting" {
				next.Alert = r.Name
			} else {
				next.Record = r.Name
			}
			one.Rules = append(one.Rules, next)
		}
		out.named[one.Name] = append(out.named[one.Name], one)
		if service := one.service(); service != "" {
			out.owned[service] = append(out.owned[service], one)
		}
	}
	return out
}

func differences(server string, s push.Service, wanted []group, there index) []report.Finding {
	const rule = "push/deployed"
	var out []report.Finding
	for _, w := range wanted {
		why := "is not loaded"
		for _, t := range there.named[w.Name] {
			if w.Interval == 0 {
				t.Interval = 0 // the server's own
			}
			if why = t.difference(w); why == "" {
				break
			}
			why = "is loaded otherwise: " + why
		}
		if why != "" {
			out = append(out, w.origin.Finding(rule, report.Warning, s.Name, "the group "+w.Name+" "+why+" ("+server+")",
				"load the generated files, or generate them anew from what the service is"))
		}
	}
	if !s.All {
		return out
	}
	for _, t := range there.owned[s.Name] {
		if !slices.ContainsFunc(wanted, func(w group) bool { return w.Name == t.Name }) {
			out = append(out, s.Origin.Finding(rule, report.Warning, s.Name, "the group "+t.Name+" is loaded and is not generated any more ("+server+")", "remove its rule file from the server"))
		}
	}
	return out
}

// service is the service that a group of ours is about, empty for a group of others.
// Alerts of ours say that they are managed, and recording rules are in groups of a
// name that others have no reason to choose.
func (g group) service() string {
	for _, r := range g.Rules {
		if r.Labels["managed_by"] == "nthlayer" || r.Record != "" && strings.HasPrefix(g.Name, "nthlayer-") {
			return r.Labels["service"]
		}
	}
	return ""
}
