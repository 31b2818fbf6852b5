package hosttest

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// The descriptions of the two APIs: GitHub's own, cut down to the operations in
// use by tools/openapi, and one of ours for GitLab, whose head says why.
var (
	//go:embed testdata/github.openapi.json
	gitHubDescription []byte
	//go:embed testdata/gitlab.openapi.yaml
	gitLabDescription []byte
)

// The descriptions are read once for all servers of a test program.
var (
	gitHubAPI = sync.OnceValues(func() (*openapi3.T, error) { return load(gitHubDescription, describeRawFiles) })
	gitLabAPI = sync.OnceValues(func() (*openapi3.T, error) { return load(gitLabDescription) })
)

// load reads a description. The bodies of requests may have no fields but the
// described ones: servers ignore others, so that a misspelt one would be lost.
func load(data []byte, amend ...func(*openapi3.T) error) (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, err
	}
	for _, f := range amend {
		if err := f(doc); err != nil {
			return nil, err
		}
	}
	for _, item := range doc.Paths.Map() {
		for _, operation := range item.Operations() {
			if operation.RequestBody != nil {
				for _, body := range operation.RequestBody.Value.Content {
					closed(body.Schema)
				}
			}
		}
	}
	return doc, nil
}

// closed allows only the described fields, in the objects within as well.
func closed(s *openapi3.SchemaRef) {
	if s == nil || s.Value == nil {
		return
	}
	if v := s.Value; len(v.Properties) > 0 && v.AdditionalProperties.Has == nil && v.AdditionalProperties.Schema == nil {
		no := false
		v.AdditionalProperties.Has = &no
	}
	closed(s.Value.Items)
	for _, property := range s.Value.Properties {
		closed(property)
	}
}

// describeRawFiles adds the raw form of files, which GitHub describes in prose
// alone.
func describeRawFiles(doc *openapi3.T) error {
	item := doc.Paths.Value("/repos/{owner}/{repo}/contents/{path}")
	if item == nil || item.Get == nil || item.Get.Responses.Status(http.StatusOK) == nil {
		return errors.New("the description of files has no answer to amend")
	}
	item.Get.Responses.Status(http.StatusOK).Value.Content["application/vnd.github.raw+json"] = &openapi3.MediaType{}
	return nil
}

// contract holds every request to a fake server, and every answer that it gives
// without a fault, against the description of the real one. What does not agree
// fails the test when it ends.
type contract struct {
	mux *http.ServeMux

	mu         sync.Mutex
	violations []string
}

// checked is the key of what was found for a request, in its context.
type checked struct{}

// newContract returns the contract of a description whose paths begin with a
// prefix.
func newContract(t testing.TB, prefix string, description func() (*openapi3.T, error)) *contract {
	t.Helper()
	doc, err := description()
	if err != nil {
		t.Fatal(err)
	}
	c := &contract{mux: http.NewServeMux()}
	c.mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead { // a page of the server, which is no part of the API
			c.violated(r, errors.New("the API has no such operation"))
		}
	})
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			route := &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: operation}
			c.mux.HandleFunc(method+" "+prefix+pattern(path), func(_ http.ResponseWriter, r *http.Request) { c.check(r, route) })
		}
	}
	t.Cleanup(func() {
		for _, v := range c.violations {
			t.Error(v)
		}
	})
	return c
}

// pattern lets the path of a file run over slashes, which OpenAPI cannot say.
func pattern(path string) string {
	return strings.Replace(path, "/contents/{path}", "/contents/{path...}", 1)
}

func (c *contract) violated(r *http.Request, why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.violations = append(c.violations, fmt.Sprintf("%s %s does not keep to the description of the API: %v", r.Method, r.URL.RequestURI(), why))
}

// found carries the checked request from the check to the handlers behind it.
type found struct {
	input *openapi3filter.RequestValidationInput
}

// requests checks requests and hands them on, whatever is wrong with them.
func (c *contract) requests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		slot := &found{}
		r = r.WithContext(context.WithValue(r.Context(), checked{}, slot))
		c.mux.ServeHTTP(httptest.NewRecorder(), r)
		next.ServeHTTP(w, r)
	})
}

// check validates a request against its operation. Parameters that are not
// described are refused, too.
func (c *contract) check(r *http.Request, route *routers.Route) {
	values := map[string]string{}
	var known []string
	for _, p := range slices.Concat(route.PathItem.Parameters, route.Operation.Parameters) {
		switch p.Value.In {
		case openapi3.ParameterInPath:
			values[p.Value.Name] = r.PathValue(p.Value.Name)
		case openapi3.ParameterInQuery:
			known = append(known, p.Value.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.URL.Query())) {
		if !slices.Contains(known, name) {
			c.violated(r, fmt.Errorf("%s has no parameter %q", route.Operation.OperationID, name))
		}
	}
	options := &openapi3filter.Options{SkipSettingDefaults: true, RejectWhenRequestBodyNotSpecified: true}
	options.WithCustomSchemaErrorFunc(inShort)
	input := &openapi3filter.RequestValidationInput{Request: r, PathParams: values, Route: route, Options: options}
	if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil {
		c.violated(r, err)
	}
	if slot, ok := r.Context().Value(checked{}).(*found); ok {
		slot.input = input
	}
}

// answers completes the answers of a handler and checks them.
func (c *contract) answers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		slot, _ := r.Context().Value(checked{}).(*found)
		if slot == nil || slot.input == nil {
			next.ServeHTTP(w, r)
			return
		}
		answered := httptest.NewRecorder()
		next.ServeHTTP(answered, r)
		body, err := completed(slot.input.Route.Operation, answered)
		if err == nil {
			err = validAnswer(r, slot.input, answered, body)
		}
		if err != nil {
			c.violated(r, fmt.Errorf("the fake's answer %d: %w", answered.Code, err))
		}
		maps.Copy(w.Header(), answered.Header())
		w.WriteHeader(answered.Code)
		_, _ = w.Write(body)
	})
}

// validAnswer checks an answer. Refusals need not be described: the description
// lists few of them.
func validAnswer(r *http.Request, input *openapi3filter.RequestValidationInput, answered *httptest.ResponseRecorder, body []byte) error {
	options := &openapi3filter.Options{IncludeResponseStatus: answered.Code < http.StatusBadRequest}
	options.WithCustomSchemaErrorFunc(inShort)
	return openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: answered.Code, Header: answered.Header(), Body: io.NopCloser(bytes.NewReader(body)), Options: options,
	})
}

// inShort names the place and the reason without the schema and the whole value.
func inShort(e *openapi3.SchemaError) string {
	text := "/" + strings.Join(e.JSONPointer(), "/") + ": " + e.Reason
	if e.Origin != nil {
		text += ": " + e.Origin.Error()
	}
	return text
}
