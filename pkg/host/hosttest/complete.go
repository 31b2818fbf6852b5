package hosttest

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// completed returns the body of an answer with the fields that the description
// requires and the fake has nothing to say about. They are those of the
// description's own example.
func completed(operation *openapi3.Operation, answered *httptest.ResponseRecorder) ([]byte, error) {
	body := answered.Body.Bytes()
	described := operation.Responses.Status(answered.Code)
	if described == nil || answered.Code >= http.StatusBadRequest || !strings.HasPrefix(answered.Header().Get("Content-Type"), "application/json") {
		return body, nil
	}
	media := described.Value.Content["application/json"]
	if media == nil {
		return body, nil
	}
	var value any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return body, err
	}
	complete(media.Schema.Value, example(media), value)
	return json.Marshal(value)
}

// example returns the first example of an answer.
func example(media *openapi3.MediaType) any {
	for _, name := range slices.Sorted(maps.Keys(media.Examples)) {
		return media.Examples[name].Value.Value
	}
	return media.Example
}

// complete fills in required fields. Optional ones mean something when they are
// not there, as the patch of a file.
func complete(s *openapi3.Schema, like, value any) {
	switch value := value.(type) {
	case []any:
		items, _ := like.([]any)
		for _, parts := range allOf(s) {
			if parts.Items == nil || len(items) == 0 {
				continue
			}
			for _, item := range value {
				complete(parts.Items.Value, items[0], item)
			}
		}
	case map[string]any:
		completeObject(s, like, value)
	}
}

func completeObject(s *openapi3.Schema, like any, value map[string]any) {
	known, _ := like.(map[string]any)
	given := slices.Collect(maps.Keys(value))
	for _, part := range allOf(s) {
		for _, name := range given {
			if property := part.Properties[name]; property != nil {
				complete(property.Value, known[name], value[name])
			}
		}
	}
	for _, part := range allOf(s) {
		for _, name := range part.Required {
			_, ok := value[name]
			if from, have := known[name]; !ok && have {
				value[name] = from
			}
		}
	}
}

// allOf returns a schema and those that it is made of. Of alternatives all are
// taken: a field too many does no harm.
func allOf(s *openapi3.Schema) []*openapi3.Schema {
	out := []*openapi3.Schema{s}
	for _, part := range slices.Concat(s.AllOf, s.AnyOf, s.OneOf) {
		out = append(out, allOf(part.Value)...)
	}
	return out
}
