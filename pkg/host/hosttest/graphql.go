package hosttest

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
)

// The types and fields of GitHub's public schema that are asked for, cut out by
// tools/openapi.
//
//go:embed testdata/github.graphql
var gitHubSchema string

var gitHubGraph = sync.OnceValues(func() (*ast.Schema, error) { return gqlparser.LoadSchema(&ast.Source{Input: gitHubSchema}) })

// checkQuestion validates a GraphQL question: its fields, and its variables with
// their types.
func checkQuestion(r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return fmt.Errorf("read the question: %w", err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var in struct {
		Query     string         `json:"query"`
		Variables map[string]any `json:"variables"`
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		return fmt.Errorf("read the question: %w", err)
	}
	schema, err := gitHubGraph()
	if err != nil {
		return err
	}
	query, problems := gqlparser.LoadQueryWithRules(schema, in.Query, nil)
	if len(problems) > 0 {
		return problems
	}
	for _, operation := range query.Operations {
		if _, err := validator.VariableValues(schema, operation, in.Variables); err != nil {
			return err
		}
	}
	return nil
}
