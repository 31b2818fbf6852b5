package pushtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// object is anything in JSON.
type object = map[string]any

// PagerDuty is an account of PagerDuty that keeps what is made. Lists have pages of
// 25 when nobody asks for more, and of 100 at most.
type PagerDuty struct {
	base
	t       testing.TB
	objects map[string][]object
	// orchestrations and active are by the id of the service.
	orchestrations map[string]object
	active         map[string]bool
	last           int
}

// kinds are the lists of an account and what each holds.
func kinds() map[string]string {
	return map[string]string{"teams": "team", "users": "user", "schedules": "schedule", "escalation_policies": "escalation_policy", "services": "service"}
}

// NewPagerDuty starts an account with one user whom nobody named, and whom nobody
// may page.
func NewPagerDuty(t testing.TB) *PagerDuty {
	t.Helper()
	p := &PagerDuty{t: t, objects: map[string][]object{}, orchestrations: map[string]object{}, active: map[string]bool{}}
	mux := http.NewServeMux()
	for list, kind := range kinds() {
		mux.HandleFunc("GET /"+list, func(w http.ResponseWriter, r *http.Request) { p.list(w, r, list) })
		mux.HandleFunc("GET /"+list+"/{id}", func(w http.ResponseWriter, r *http.Request) { p.get(w, r, list, kind) })
		mux.HandleFunc("POST /"+list, func(w http.ResponseWriter, r *http.Request) { p.write(w, r, list, kind) })
		mux.HandleFunc("PUT /"+list+"/{id}", func(w http.ResponseWriter, r *http.Request) { p.write(w, r, list, kind) })
	}
	mux.HandleFunc("POST /services/{id}/integrations", p.integrate)
	mux.HandleFunc("/event_orchestrations/services/{id}", p.orchestrate)
	mux.HandleFunc("/event_orchestrations/services/{id}/active", p.activate)
	p.serve(t, mux)
	p.Add("users", object{"name": "First User", "email": "first@example.com"})
	return p
}

// Add puts an object into a list, as somebody else does, and returns its id.
func (p *PagerDuty) Add(list string, o map[string]any) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.keep(list, o)
}

func (p *PagerDuty) keep(list string, o object) string {
	p.last++
	id := fmt.Sprintf("P%06d", p.last)
	o["id"], o["type"] = id, kinds()[list]
	p.objects[list] = append(p.objects[list], o)
	return id
}

// Find returns the only object of a name.
func (p *PagerDuty) Find(list, name string) map[string]any {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []object
	for _, o := range p.objects[list] {
		if o["name"] == name {
			found = append(found, o)
		}
	}
	if len(found) != 1 {
		p.t.Fatalf("there are %d %s called %s", len(found), list, name)
	}
	return found[0]
}

// Count returns how many objects a list has.
func (p *PagerDuty) Count(list string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.objects[list])
}

// Orchestration returns the rules of a service and whether they are active.
func (p *PagerDuty) Orchestration(service string) (orchestration map[string]any, active bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.orchestrations[service], p.active[service]
}

// Orchestrate sets the orchestration of a service, as somebody else does.
func (p *PagerDuty) Orchestrate(service string, orchestration map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.orchestrations[service] = orchestration
}

// Deactivate switches the orchestration of a service off.
func (p *PagerDuty) Deactivate(service string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.active[service] = false
}

func refuse(w http.ResponseWriter, status int, message string) {
	answer(w, status, object{"error": object{"code": 2001, "message": message}})
}

func (p *PagerDuty) list(w http.ResponseWriter, r *http.Request, list string) {
	q := strings.ToLower(r.URL.Query().Get("query"))
	var found []object
	for _, o := range p.objects[list] {
		name, _ := o["name"].(string)
		email, _ := o["email"].(string)
		if strings.Contains(strings.ToLower(name+" "+email), q) {
			found = append(found, o)
		}
	}
	limit, offset := 25, 0
	if n, err := strconv.Atoi(r.URL.Query().Get("limit")); err == nil {
		limit = min(n, 100)
	}
	if n, err := strconv.Atoi(r.URL.Query().Get("offset")); err == nil {
		offset = min(n, len(found))
	}
	end := min(offset+limit, len(found))
	page := make([]object, 0, end-offset)
	for _, o := range found[offset:end] {
		short := object{}
		for k, v := range o {
			if k != "schedule_layers" {
				short[k] = v
			}
		}
		page = append(page, short)
	}
	answer(w, http.StatusOK, object{list: page, "limit": limit, "offset": offset, "more": end < len(found)})
}

func (p *PagerDuty) find(list, id string) object {
	i := slices.IndexFunc(p.objects[list], func(o object) bool { return o["id"] == id })
	if i < 0 {
		return nil
	}
	return p.objects[list][i]
}

func (p *PagerDuty) get(w http.ResponseWriter, r *http.Request, list, kind string) {
	if o := p.find(list, r.PathValue("id")); o != nil {
		answer(w, http.StatusOK, object{kind: o})
		return
	}
	refuse(w, http.StatusNotFound, "Not Found")
}

func (p *PagerDuty) write(w http.ResponseWriter, r *http.Request, list, kind string) {
	var in map[string]object
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in[kind] == nil || in[kind]["type"] != kind {
		refuse(w, http.StatusBadRequest, "Invalid Input Provided")
		return
	}
	o := in[kind]
	if id := p.dangling(o); id != "" {
		refuse(w, http.StatusBadRequest, "there is nothing with the id "+id)
		return
	}
	if r.Method == http.MethodPut {
		there := p.find(list, r.PathValue("id"))
		if there == nil {
			refuse(w, http.StatusNotFound, "Not Found")
			return
		}
		for k, v := range o {
			there[k] = v
		}
		p.own(list, there)
		answer(w, http.StatusOK, object{kind: there})
		return
	}
	if slices.ContainsFunc(p.objects[list], func(other object) bool { return other["name"] == o["name"] }) && list != "schedules" {
		refuse(w, http.StatusBadRequest, "Name has already been taken")
		return
	}
	p.own(list, o)
	p.keep(list, o)
	answer(w, http.StatusCreated, object{kind: o})
}

// own gives a service the teams of its escalation policy, as PagerDuty does.
func (p *PagerDuty) own(list string, o object) {
	policy, _ := o["escalation_policy"].(object)
	if id, _ := policy["id"].(string); list == "services" {
		o["teams"] = p.find("escalation_policies", id)["teams"]
	}
}

// dangling returns the id of a reference in a value that leads to nothing.
func (p *PagerDuty) dangling(v any) string {
	switch v := v.(type) {
	case object:
		kind, _ := v["type"].(string)
		if name, ok := strings.CutSuffix(kind, "_reference"); ok {
			id, _ := v["id"].(string)
			for list, k := range kinds() {
				if k == name && p.find(list, id) != nil {
					return ""
				}
			}
			return id + " (" + kind + ")"
		}
		for _, item := range v {
			if id := p.dangling(item); id != "" {
				return id
			}
		}
	case []any:
		for _, item := range v {
			if id := p.dangling(item); id != "" {
				return id
			}
		}
	}
	return ""
}

func (p *PagerDuty) integrate(w http.ResponseWriter, r *http.Request) {
	s := p.find("services", r.PathValue("id"))
	var in map[string]object
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || s == nil || in["integration"]["type"] != "events_api_v2_inbound_integration" {
		refuse(w, http.StatusBadRequest, "Invalid Input Provided")
		return
	}
	i := in["integration"]
	i["summary"], i["integration_key"] = i["name"], "s3cr3tintegrationkey"
	all, _ := s["integrations"].([]any)
	s["integrations"] = append(all, i)
	answer(w, http.StatusCreated, object{"integration": i})
}

func (p *PagerDuty) orchestrate(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if p.find("services", id) == nil {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	if p.orchestrations[id] == nil {
		p.orchestrations[id] = object{"sets": []any{object{"id": "start", "rules": []any{}}}, "catch_all": object{"actions": object{}}}
	}
	if r.Method == http.MethodPut {
		var in map[string]object
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in["orchestration_path"] == nil {
			refuse(w, http.StatusBadRequest, "Invalid Input Provided")
			return
		}
		if why := p.wrongOrchestration(in["orchestration_path"]); why != "" {
			refuse(w, http.StatusBadRequest, why)
			return
		}
		p.orchestrations[id] = in["orchestration_path"]
	}
	answer(w, http.StatusOK, object{"orchestration_path": p.orchestrations[id]})
}

// wrongOrchestration says what PagerDuty does not take: a first set of another id, or
// a policy that is no id.
func (p *PagerDuty) wrongOrchestration(o object) string {
	sets, _ := o["sets"].([]any)
	if len(sets) == 0 || o["catch_all"] == nil {
		return "sets and catch_all are needed"
	}
	first, _ := sets[0].(object)
	if first["id"] != "start" {
		return "the first set must be start"
	}
	rules, _ := first["rules"].([]any)
	for _, r := range rules {
		rule, _ := r.(object)
		actions, _ := rule["actions"].(object)
		policy, given := actions["escalation_policy"]
		id, isText := policy.(string)
		if given && (!isText || p.find("escalation_policies", id) == nil) {
			return "escalation_policy must be an id"
		}
	}
	return ""
}

func (p *PagerDuty) activate(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if r.Method == http.MethodPut {
		var in struct{ Active bool }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			refuse(w, http.StatusBadRequest, "Invalid Input Provided")
			return
		}
		p.active[id] = in.Active
	}
	answer(w, http.StatusOK, object{"active": p.active[id]})
}
