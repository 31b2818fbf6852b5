package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"
)

// fields are the types and fields that the program asks for.
func fields() map[string][]string {
	return map[string][]string{
		"Query":                     {"id", "node", "viewer"},
		"Node":                      {"id"},
		"Actor":                     {"login"},
		"User":                      {"id", "login"},
		"IssueComment":              {"id", "userContentEdits"},
		"UserContentEditConnection": {"nodes"},
		"UserContentEdit":           {"id", "diff", "editor"},
	}
}

// cutGraphQL returns some types and fields of a schema, without their descriptions.
func cutGraphQL(whole []byte, fields map[string][]string) ([]byte, error) {
	doc, err := parser.ParseSchema(&ast.Source{Input: string(whole)})
	if err != nil {
		return nil, err
	}
	part := &ast.SchemaDocument{}
	for name := range fields {
		definition := doc.Definitions.ForName(name)
		if definition == nil {
			return nil, fmt.Errorf("there is no type %s", name)
		}
		reduced, err := reduce(definition, fields)
		if err != nil {
			return nil, err
		}
		part.Definitions = append(part.Definitions, reduced)
	}
	slices.SortFunc(part.Definitions, func(a, b *ast.Definition) int { return strings.Compare(a.Name, b.Name) })
	var out bytes.Buffer
	formatter.NewFormatter(&out).FormatSchemaDocument(part)
	return out.Bytes(), nil
}

func reduce(from *ast.Definition, fields map[string][]string) (*ast.Definition, error) {
	to := &ast.Definition{Kind: from.Kind, Name: from.Name}
	for _, i := range from.Interfaces {
		if _, ok := fields[i]; ok {
			to.Interfaces = append(to.Interfaces, i)
		}
	}
	for _, name := range fields[from.Name] {
		field := from.Fields.ForName(name)
		if field == nil {
			return nil, fmt.Errorf("the type %s has no field %s", from.Name, name)
		}
		reduced := &ast.FieldDefinition{Name: name, Type: field.Type}
		for _, a := range field.Arguments {
			reduced.Arguments = append(reduced.Arguments, &ast.ArgumentDefinition{Name: a.Name, Type: a.Type, DefaultValue: a.DefaultValue})
		}
		to.Fields = append(to.Fields, reduced)
	}
	return to, nil
}
