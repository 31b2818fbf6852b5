package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// operations are the operations that the program uses.
func operations() []string {
	return []string{
		"GET /rate_limit",
		"GET /user",
		"GET /repos/{owner}/{repo}",
		"GET /repos/{owner}/{repo}/pulls",
		"GET /repos/{owner}/{repo}/pulls/{pull_number}",
		"GET /repos/{owner}/{repo}/pulls/{pull_number}/files",
		"GET /repos/{owner}/{repo}/pulls/{pull_number}/comments",
		"POST /repos/{owner}/{repo}/pulls/{pull_number}/comments",
		"PATCH /repos/{owner}/{repo}/pulls/comments/{comment_id}",
		"DELETE /repos/{owner}/{repo}/pulls/comments/{comment_id}",
		"GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls",
		"GET /repos/{owner}/{repo}/compare/{basehead}",
		"GET /repos/{owner}/{repo}/contents/{path}",
		"GET /repos/{owner}/{repo}/git/commits/{commit_sha}",
		"GET /repos/{owner}/{repo}/issues/{issue_number}/comments",
		"POST /repos/{owner}/{repo}/issues/{issue_number}/comments",
		"PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}",
		"DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}",
		"GET /repos/{owner}/{repo}/commits/{ref}/statuses",
		"POST /repos/{owner}/{repo}/statuses/{sha}",
		"GET /repos/{owner}/{repo}/commits/{ref}/check-runs",
		"POST /repos/{owner}/{repo}/check-runs",
		"PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}",
	}
}

type object = map[string]any

// cutREST returns some operations of a description and all that they refer to.
func cutREST(whole []byte, operations []string) ([]byte, error) {
	var doc object
	if err := json.Unmarshal(whole, &doc); err != nil {
		return nil, err
	}
	paths, components := object{}, object{}
	for _, operation := range operations {
		method, path, _ := strings.Cut(operation, " ")
		found, ok := lookUp(doc, "paths", path, strings.ToLower(method))
		if !ok {
			return nil, fmt.Errorf("there is no operation %s", operation)
		}
		put(paths, found, path, strings.ToLower(method))
		if err := refer(doc, components, found); err != nil {
			return nil, fmt.Errorf("%s: %w", operation, err)
		}
	}
	part, err := json.MarshalIndent(object{"openapi": doc["openapi"], "info": doc["info"], "paths": paths, "components": components}, "", " ")
	return append(part, '\n'), err
}

// refer copies what a part of the document refers to, and what that refers to.
func refer(doc, components object, part any) error {
	switch part := part.(type) {
	case object:
		if ref, ok := part["$ref"].(string); ok {
			return copyRef(doc, components, ref)
		}
		for _, child := range part {
			if err := refer(doc, components, child); err != nil {
				return err
			}
		}
	case []any:
		for _, child := range part {
			if err := refer(doc, components, child); err != nil {
				return err
			}
		}
	}
	return nil
}

func copyRef(doc, components object, ref string) error {
	steps := strings.Split(strings.TrimPrefix(ref, "#/components/"), "/")
	if _, done := lookUp(components, steps...); done {
		return nil
	}
	found, ok := lookUp(doc, append([]string{"components"}, steps...)...)
	if !ok || len(steps) != 2 {
		return fmt.Errorf("the reference %s leads nowhere", ref)
	}
	put(components, found, steps...)
	return refer(doc, components, found)
}

func lookUp(in any, steps ...string) (any, bool) {
	for _, step := range steps {
		o, ok := in.(object)
		if !ok {
			return nil, false
		}
		if in, ok = o[step]; !ok {
			return nil, false
		}
	}
	return in, true
}

// put stores a value two steps down.
func put(in object, value any, steps ...string) {
	inner, ok := in[steps[0]].(object)
	if !ok {
		inner = object{}
		in[steps[0]] = inner
	}
	inner[steps[1]] = value
}
