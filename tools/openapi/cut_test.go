package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const description = `{"openapi": "3.0.3", "info": {"title": "t"}, "servers": [], "paths": {
  "/a": {"get": {"parameters": [{"$ref": "#/components/parameters/p"}]}, "post": {}},
  "/b": {"get": {"$ref": "#/components/schemas/none"}}
}, "components": {
  "parameters": {"p": {"schema": {"$ref": "#/components/schemas/tree"}}, "unused": {}},
  "schemas": {"tree": {"items": {"$ref": "#/components/schemas/tree"}}, "unused": {}}
}}`

func TestOperationsComeWithWhatTheyReferTo(t *testing.T) {
	part, err := cutREST([]byte(description), []string{"GET /a"})
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	if err := json.Unmarshal(part, &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(`{"openapi": "3.0.3", "info": {"title": "t"}, "paths": {
	  "/a": {"get": {"parameters": [{"$ref": "#/components/parameters/p"}]}}
	}, "components": {
	  "parameters": {"p": {"schema": {"$ref": "#/components/schemas/tree"}}},
	  "schemas": {"tree": {"items": {"$ref": "#/components/schemas/tree"}}}
	}}`), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for operation, why := range map[string]string{"PUT /a": "no operation PUT /a", "GET /c": "no operation GET /c", "GET /b": "schemas/none leads nowhere"} {
		if _, err := cutREST([]byte(description), []string{operation}); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", operation, err)
		}
	}
}

const schema = `
"The root."
type Query { "Who asks." viewer: User! other: Other }
type User implements Actor & Other { login: String! posts("How many." first: Int): Int }
interface Actor { login: String! }
interface Other { id: ID! }
`

func TestTypesKeepTheWantedFields(t *testing.T) {
	part, err := cutGraphQL([]byte(schema), map[string][]string{"Query": {"viewer"}, "User": {"login", "posts"}, "Actor": {"login"}})
	if err != nil {
		t.Fatal(err)
	}
	want := "interface Actor {\n\tlogin: String!\n}\ntype Query {\n\tviewer: User!\n}\ntype User implements Actor {\n\tlogin: String!\n\tposts(first: Int): Int\n}\n"
	if diff := cmp.Diff(want, string(part)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for name, why := range map[string]string{"Query": "no field login", "Nobody": "no type Nobody"} {
		if _, err := cutGraphQL([]byte(schema), map[string][]string{name: {"login"}}); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
