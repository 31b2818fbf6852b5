package pagerduty

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	sdk "github.com/PagerDuty/go-pagerduty"

	"github.com/nthlayer/action/pkg/push"
)

// pageSize is the largest page that PagerDuty gives, maxPages bounds what a search
// may return.
const (
	pageSize = 100
	maxPages = 100
)

// search returns all objects of a list that PagerDuty finds for a text: with one
// page alone, a large account would get everything twice.
func search[T any](ctx context.Context, api push.API, list, query string) ([]T, error) {
	var out []T
	for page := range maxPages {
		values := url.Values{"limit": {strconv.Itoa(pageSize)}, "offset": {strconv.Itoa(page * pageSize)}, "query": {query}}
		body, err := api.Call(ctx, push.Request{Method: http.MethodGet, Path: "/" + list + "?" + values.Encode()})
		if err != nil {
			return nil, err
		}
		var head sdk.APIListObject
		items := map[string]json.RawMessage{}
		var some []T
		if json.Unmarshal(body, &head) != nil || json.Unmarshal(body, &items) != nil || json.Unmarshal(items[list], &some) != nil {
			return nil, fmt.Errorf("%s answered the list of %s with something else: check the address", api.Name(), list)
		}
		if out = append(out, some...); !head.More {
			return out, nil
		}
	}
	return nil, fmt.Errorf("%s has more than %d %s that are called like %s: give the id in the service file", api.Name(), maxPages*pageSize, list, query)
}

// get returns one object by its id, false when there is none.
func get[T any](ctx context.Context, api push.API, list, kind, id string) (T, bool, error) {
	var none T
	body, err := api.Call(ctx, push.Request{Method: http.MethodGet, Path: "/" + list + "/" + url.PathEscape(id)})
	if push.StatusOf(err) == http.StatusNotFound {
		return none, false, nil
	}
	if err != nil {
		return none, false, err
	}
	wrapped := map[string]T{}
	if err := json.Unmarshal(body, &wrapped); err != nil {
		return none, false, fmt.Errorf("%s answered for %s with something else: check the address", api.Name(), id)
	}
	object, ok := wrapped[kind]
	return object, ok, nil
}

// named returns the object of a name, whatever its case, false for none.
func named[T any](objects []T, name string, of func(T) string) (T, bool) {
	for _, o := range objects {
		if strings.EqualFold(of(o), name) {
			return o, true
		}
	}
	var none T
	return none, false
}

func (p *PagerDuty) team(ctx context.Context, id, name string) (sdk.Team, bool, error) {
	if id != "" {
		return get[sdk.Team](ctx, p.api, "teams", "team", id)
	}
	all, err := search[sdk.Team](ctx, p.api, "teams", name)
	t, ok := named(all, name, func(t sdk.Team) string { return t.Name })
	return t, ok, err
}

// schedule returns a schedule with its layers, which lists leave out.
func (p *PagerDuty) schedule(ctx context.Context, name string) (sdk.Schedule, bool, error) {
	all, err := search[sdk.Schedule](ctx, p.api, "schedules", name)
	s, ok := named(all, name, func(s sdk.Schedule) string { return s.Name })
	if err != nil || !ok {
		return s, false, err
	}
	return get[sdk.Schedule](ctx, p.api, "schedules", "schedule", s.ID)
}

func (p *PagerDuty) policy(ctx context.Context, id, name string) (sdk.EscalationPolicy, bool, error) {
	if id != "" {
		return get[sdk.EscalationPolicy](ctx, p.api, "escalation_policies", "escalation_policy", id)
	}
	all, err := search[sdk.EscalationPolicy](ctx, p.api, "escalation_policies", name)
	e, ok := named(all, name, func(e sdk.EscalationPolicy) string { return e.Name })
	return e, ok, err
}

func (p *PagerDuty) service(ctx context.Context, id, name string) (sdk.Service, bool, error) {
	if id != "" {
		return get[sdk.Service](ctx, p.api, "services", "service", id)
	}
	all, err := search[sdk.Service](ctx, p.api, "services", name)
	s, ok := named(all, name, func(s sdk.Service) string { return s.Name })
	return s, ok, err
}

// user returns the id of the user of an e-mail address, empty for none. Whoever is
// only like it is somebody else.
func (p *PagerDuty) user(ctx context.Context, email string) (string, error) {
	if id, ok := p.users[email]; ok {
		return id, nil
	}
	all, err := search[sdk.User](ctx, p.api, "users", email)
	if err != nil {
		return "", err
	}
	u, _ := named(all, email, func(u sdk.User) string { return u.Email })
	p.users[email] = u.ID
	return u.ID, nil
}
