//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// request is one that both servers must answer alike.
type request struct {
	name   string
	method string // GET if empty
	path   string // below /api/v1
	params url.Values
	// status is what is expected of both.
	status int
	// shape compares keys and types of the data but not its values, which are
	// those of another process.
	shape bool
	// differs says how the server in tests is known to answer otherwise.
	differs string
}

// answer is what a server said, in a form that can be compared.
type answer struct {
	Status      int
	ContentType string
	Body        any
}

// sameAnswers asks both servers the same and compares the answers.
func (l *lab) sameAnswers(t *testing.T, ours, theirs string) {
	for _, r := range requests(l.now) {
		t.Run(r.name, func(t *testing.T) {
			want, got := r.ask(t, theirs), r.ask(t, ours)
			if want.Status != r.status {
				t.Fatalf("status %d, want %d: %v", want.Status, r.status, want.Body)
			}
			if r.shape {
				want.Body, got.Body = shape(shared(want.Body, got.Body)), shape(got.Body)
			}
			d := cmp.Diff(want, got, closeNumbers())
			switch {
			case d != "" && r.differs != "":
				t.Logf("known to differ: %s", r.differs)
			case d != "":
				t.Errorf("the server in tests answers otherwise (-Prometheus +tests):\n%s", d)
			case r.differs != "":
				t.Errorf("both answer alike now; no longer true is %q", r.differs)
			}
		})
	}
}

func (r request) ask(t *testing.T, server string) answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	address, body := server+"/api/v1/"+r.path, io.Reader(http.NoBody)
	method := r.method
	switch method {
	case http.MethodPost:
		body = strings.NewReader(r.params.Encode())
	default:
		method = http.MethodGet
		address += "?" + r.params.Encode()
	}
	call, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		call.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := http.DefaultClient.Do(call)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{Status: response.StatusCode, ContentType: response.Header.Get("Content-Type"), Body: string(text)}
	if a.ContentType == "application/json" {
		if err := json.Unmarshal(text, &a.Body); err != nil {
			t.Fatalf("%s: %v\n%s", address, err, text)
		}
		a.Body = wordless(ordered(numbers(a.Body)))
	}
	return a
}

// wordless replaces the words of an error, for which each server has its own;
// its status and its type are what clients go by.
func wordless(body any) any {
	if object, ok := body.(map[string]any); ok && object["error"] != nil && object["error"] != "" {
		object["error"] = "some words"
	}
	return body
}

// numbers turns the texts of sample values into numbers. NaN stays a text: it
// equals itself then.
func numbers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, one := range v {
			v[key] = numbers(one)
		}
	case []any:
		for i, one := range v {
			v[i] = numbers(one)
		}
		if len(v) != 2 {
			return v
		}
		_, isTime := v[0].(float64)
		text, isText := v[1].(string)
		if f, err := strconv.ParseFloat(text, 64); isTime && isText && err == nil && text != "NaN" {
			v[1] = f
		}
	}
	return v
}

// ordered sorts the series of a vector or a matrix, which have no order.
func ordered(body any) any {
	object, _ := body.(map[string]any)
	data, _ := object["data"].(map[string]any)
	if result, ok := data["result"].([]any); ok && (data["resultType"] == "vector" || data["resultType"] == "matrix") {
		slices.SortFunc(result, func(a, b any) int {
			first, _ := json.Marshal(a.(map[string]any)["metric"])
			second, _ := json.Marshal(b.(map[string]any)["metric"])
			return bytes.Compare(first, second)
		})
	}
	return body
}

// shape replaces every value by the name of its type, but keeps names and types
// of rules.
func shape(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, one := range v {
			out[key] = shape(one)
			if key == "name" || key == "type" {
				out[key] = one
			}
		}
		return out
	case []any:
		out := []any{}
		for _, one := range v {
			out = append(out, shape(one))
		}
		return out
	case string:
		return "string"
	case float64:
		return "number"
	case bool:
		return "boolean"
	default:
		return "null"
	}
}

// shared returns theirs without the keys of objects that ours has not.
func shared(theirs, ours any) any {
	switch theirs := theirs.(type) {
	case map[string]any:
		ours, _ := ours.(map[string]any)
		out := map[string]any{}
		for key, one := range theirs {
			if other, ok := ours[key]; ok {
				out[key] = shared(one, other)
			}
		}
		return out
	case []any:
		ours, _ := ours.([]any)
		out := slices.Clone(theirs)
		for i := range min(len(theirs), len(ours)) {
			out[i] = shared(theirs[i], ours[i])
		}
		return out
	default:
		return theirs
	}
}
