// Command openapi cuts the parts in use out of GitHub's published descriptions
// of its APIs, for the fake server in pkg/host/hosttest. The descriptions come
// from two npm packages, both MIT:
//
//	npm pack @octokit/openapi@23.0.2 @octokit/graphql-schema@15.26.1
//
// Unpack them and run, from the root of the repository:
//
//	go run ./tools/openapi -rest DIR/package -graphql DIR/package
//
// Equal packages give equal files. An operation that the program begins to use
// is added to operations, a GraphQL field to fields.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	rest := flag.String("rest", "", "the unpacked package @octokit/openapi")
	graphQL := flag.String("graphql", "", "the unpacked package @octokit/graphql-schema")
	out := flag.String("out", "pkg/host/hosttest/testdata", "where the parts go")
	flag.Parse()
	if err := run(*rest, *graphQL, *out); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1) //nolint:forbidigo // this is a main package
	}
}

func run(rest, graphQL, out string) error {
	if rest == "" && graphQL == "" {
		return errors.New("give the folder of a package with -rest or -graphql")
	}
	if rest != "" {
		if err := write(filepath.Join(rest, "generated", "api.github.com.json"), filepath.Join(out, "github.openapi.json"), operations(), cutREST); err != nil {
			return err
		}
	}
	if graphQL == "" {
		return nil
	}
	return write(filepath.Join(graphQL, "schema.graphql"), filepath.Join(out, "github.graphql"), fields(), cutGraphQL)
}

func write[T any](from, to string, wanted T, cut func([]byte, T) ([]byte, error)) error {
	whole, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	part, err := cut(whole, wanted)
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	return os.WriteFile(to, part, 0o644)
}
