// Package pagerduty makes at PagerDuty what a service needs there: its team, who is
// on call, how an incident escalates. It makes what is missing, changes nothing that
// is there unless it is asked to, and deletes nothing. Nobody is put on call who is
// not named in the service file.
package pagerduty

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/generate"
	plan "github.com/nthlayer/action/pkg/generate/pagerduty"
	"github.com/nthlayer/action/pkg/push"
	"github.com/nthlayer/action/pkg/spec"
)

// Options configure a PagerDuty account.
type Options struct {
	// UpdateExisting changes objects that differ, if they carry our mark.
	UpdateExisting bool
	// Now is the day on which the rotations of new schedules begin.
	Now time.Time
}

// PagerDuty is one account. It is not safe for concurrent use.
type PagerDuty struct {
	api push.API
	o   Options
	// ids are those of what is there, by the name of the change that makes it; a
	// placeholder until it is made.
	ids   map[string]string
	users map[string]string
	// wrote is set when placeholders of an earlier service may never be filled.
	wrote bool
}

// New returns the account of an API.
func New(api push.API, o Options) *PagerDuty {
	return &PagerDuty{api: api, o: o, ids: map[string]string{}, users: map[string]string{}}
}

// Name is PagerDuty and its address.
func (p *PagerDuty) Name() string { return p.api.Name() }

// placeholder stands for the id of what is not made yet.
const placeholder = "new:"

// planning is the plan of one service while it is worked out.
type planning struct {
	*PagerDuty
	s       push.Service
	plan    plan.Plan
	places  map[string]spec.Origin
	changes []push.Change
	// foreign is set when the service at PagerDuty is that of another environment.
	foreign bool
}

// Plan compares the plan of a service with the account.
func (p *PagerDuty) Plan(ctx context.Context, s push.Service) ([]push.Change, error) {
	if p.wrote {
		for what, id := range p.ids {
			if strings.HasPrefix(id, placeholder) {
				delete(p.ids, what)
			}
		}
	}
	var out []push.Change
	for _, a := range s.Of(generate.PagerDuty) {
		w := planning{PagerDuty: p, s: s, places: a.Places}
		if err := json.Unmarshal(a.Bytes, &w.plan); err != nil {
			return nil, fmt.Errorf("read %s of %s: %w", a.Path, s.Name, err)
		}
		if err := w.all(ctx); err != nil {
			return nil, err
		}
		out = append(out, w.changes...)
	}
	return out, nil
}

// all plans every object, each after those that it names.
func (w *planning) all(ctx context.Context) error {
	for _, step := range []func(context.Context) error{w.planTeam, w.planSchedules, w.planPolicy, w.planService, w.planOrchestration} {
		if err := step(ctx); err != nil || w.ids[w.teamName()] == "" {
			return err // everything belongs to the team
		}
	}
	return nil
}

// add notes a change. Without a place of its own it comes from the service.
func (w *planning) add(c push.Change) {
	if !c.Origin.Written() {
		c.Origin = w.s.Origin
	}
	w.changes = append(w.changes, c)
}

// at is the place in the service file that a part of the plan comes from.
func (w *planning) at(part string) spec.Origin {
	return w.places[part] // of a part without one the service is named
}

// refuse notes what cannot be as the file says, and the part of the plan that it is.
func (w *planning) refuse(part, what, why, fix string) {
	w.add(push.Change{Action: push.Refused, What: what, Why: why, Fix: fix, Origin: w.at(part)})
}

// make plans a new object, and returns what stands for its id until then.
func (w *planning) make(what, list, kind string, object any) error {
	if !w.plan.AutoCreate {
		w.refuse(plan.ServicePart, what, "it is not there, and auto_create is false", "make it at PagerDuty, or take auto_create: false out of the service file")
		return nil
	}
	request, err := wrapped(http.MethodPost, "/"+list, kind, object)
	if err != nil {
		return err
	}
	w.ids[what] = placeholder + strings.ReplaceAll(what, " ", ":")
	w.add(push.Change{Action: push.Create, What: what, Requests: []push.Request{request}})
	return nil
}

// keep plans what is there: it stays, or is changed where that is wanted. The
// description is looked at only where it says that the object is ours. What was made for
// another environment is that one's, and left alone.
func (w *planning) keep(what, id, description, list, kind string, differ []string, wanted object) error {
	w.ids[what] = id
	environment, ours := plan.Owner(description)
	mine := ours && w.owns(environment)
	if text, ok := wanted["description"].(string); ok && text != description && mine {
		differ = append(differ, "its description is another one")
	}
	c := push.Change{Action: push.Unchanged, What: what, Why: strings.Join(differ, "; ")}
	switch {
	case len(differ) == 0:
	case ours && !mine:
		c.Action, c.Fix = push.Drifted, "it was made for "+cmp.Or(environment, "no environment")+": push with --env "+cmp.Or(environment, `""`)+
			", or name one of its own for this run in the service file"
	case !w.o.UpdateExisting:
		c.Action, c.Fix = push.Drifted, "change it with --update-existing, or put its values into the service file"
	case !ours:
		c.Action, c.Fix = push.Drifted, "it is not marked as ours: write "+plan.Marker+" into its description at PagerDuty to have it changed"
	default:
		request, err := wrapped(http.MethodPut, "/"+list+"/"+id, kind, wanted)
		if err != nil {
			return err
		}
		c.Action, c.Requests = push.Update, []push.Request{request}
	}
	w.add(c)
	return nil
}

// owns reports whether a run may change what was made for an environment. What was made
// for none may be production's: it had no other mark at first.
func (w *planning) owns(environment string) bool {
	return environment == w.s.Environment || environment == "" && w.s.Environment == plan.Production
}

func wrapped(method, path, kind string, object any) (push.Request, error) {
	return written(method, path, map[string]any{kind: object})
}

func written(method, path string, value any) (push.Request, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return push.Request{}, fmt.Errorf("write the request %s %s: %w", method, path, err)
	}
	return push.Request{Method: method, Path: path, ContentType: "application/json", Body: bytes.TrimSpace(b.Bytes())}, nil
}

// Apply sends the requests of one change, with the ids of what was made before it.
func (p *PagerDuty) Apply(ctx context.Context, c push.Change) error {
	p.wrote = true
	for _, r := range c.Requests {
		for _, what := range p.longestFirst() {
			from := placeholder + strings.ReplaceAll(what, " ", ":")
			r.Path = strings.ReplaceAll(r.Path, from, p.ids[what])
			r.Body = bytes.ReplaceAll(r.Body, []byte(`"`+from+`"`), []byte(`"`+p.ids[what]+`"`))
		}
		body, err := p.api.Call(ctx, r)
		if err != nil {
			return fmt.Errorf("%s: %w", c.What, err)
		}
		if c.Action != push.Create || !strings.HasPrefix(p.ids[c.What], placeholder) {
			continue
		}
		var made map[string]struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(body, &made); err != nil {
			return fmt.Errorf("%s: %s answered with something else: check the address", c.What, p.Name())
		}
		for _, object := range made {
			p.ids[c.What] = object.ID
		}
	}
	return nil
}
