package config

import (
	"errors"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// parseYAML returns the one document of a file, nil when it is empty.
func parseYAML(text []byte) (body ast.Node, err error) {
	defer func() {
		// The parser is not ours and its input is whatever stands in a file: a panic there is a file that cannot be read.
		if recover() != nil {
			body, err = nil, errors.New("is not YAML")
		}
	}()
	f, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, err
	}
	for _, d := range f.Docs {
		if d.Body == nil || d.Body.Type() == ast.NullType || d.Body.Type() == ast.CommentType {
			continue
		}
		if body != nil {
			return nil, errors.New("holds more than one document")
		}
		body = d.Body
	}
	return body, nil
}

// syntax tells a parser's error without the lines of the file that it repeats: they may hold a key.
func (r *reader) syntax(err error) {
	var at place
	message := err.Error()
	var y yaml.Error
	if errors.As(err, &y) {
		at, message = placeOfToken(y.GetToken()), "is not YAML: "+y.GetMessage()
	}
	r.add(at, "", problemf("%s", secret.ReplaceAllString(message, "sk_…")))
}
