package pushtest

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"testing"

	"gopkg.in/yaml.v3"
)

// Ruler is a ruler of Mimir, Cortex or Loki that keeps groups by tenant and
// namespace.
type Ruler struct {
	base
	// groups are by tenant, namespace and name.
	groups map[string]map[string]map[string]any
	path   string
}

// NewRuler starts an empty ruler whose API is below a path, as
// /prometheus/config/v1/rules.
func NewRuler(t testing.TB, path string) *Ruler {
	t.Helper()
	r := &Ruler{groups: map[string]map[string]map[string]any{}, path: path}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+path+"/{namespace}", r.list)
	mux.HandleFunc("POST "+path+"/{namespace}", r.post)
	mux.HandleFunc("DELETE "+path+"/{namespace}/{group}", r.remove)
	r.serve(t, mux)
	return r
}

// Groups returns the names of the groups of a namespace, sorted.
func (r *Ruler) Groups(tenant, namespace string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Keys(r.groups[tenant+"\x00"+namespace]))
}

// Set puts a group into a namespace, as somebody else does.
func (r *Ruler) Set(t testing.TB, tenant, namespace, group string) {
	t.Helper()
	var g map[string]any
	if err := yaml.Unmarshal([]byte(group), &g); err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keep(tenant+"\x00"+namespace, g)
}

func (r *Ruler) keep(key string, g map[string]any) {
	if r.groups[key] == nil {
		r.groups[key] = map[string]map[string]any{}
	}
	name, _ := g["name"].(string)
	r.groups[key][name] = g
}

func key(r *http.Request) string {
	return r.Header.Get("X-Scope-OrgID") + "\x00" + r.PathValue("namespace")
}

func (r *Ruler) list(w http.ResponseWriter, request *http.Request) {
	groups := r.groups[key(request)]
	if len(groups) == 0 {
		http.Error(w, "no rule groups found", http.StatusNotFound)
		return
	}
	var all []map[string]any
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		all = append(all, groups[name])
	}
	w.Header().Set("Content-Type", "application/yaml")
	_ = yaml.NewEncoder(w).Encode(map[string]any{request.PathValue("namespace"): all}) // the client may be gone
}

// post takes one group and nothing else, as the real ones do.
func (r *Ruler) post(w http.ResponseWriter, request *http.Request) {
	data, err := io.ReadAll(request.Body)
	var g map[string]any
	d := yaml.NewDecoder(bytes.NewReader(data))
	err = errors.Join(err, d.Decode(&g))
	rules, ok := g["rules"].([]any)
	if more := d.Decode(new(any)); err != nil || !errors.Is(more, io.EOF) || g["name"] == nil || g["groups"] != nil || !ok || len(rules) == 0 {
		http.Error(w, "unable to decode rule group", http.StatusBadRequest)
		return
	}
	r.keep(key(request), g)
	w.WriteHeader(http.StatusAccepted)
}

func (r *Ruler) remove(w http.ResponseWriter, request *http.Request) {
	groups := r.groups[key(request)]
	if groups[request.PathValue("group")] == nil {
		http.Error(w, "group does not exist", http.StatusNotFound)
		return
	}
	delete(groups, request.PathValue("group"))
	w.WriteHeader(http.StatusAccepted)
}
