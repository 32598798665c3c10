package control

import (
	"bytes"
	"encoding/json"
)

// marshal writes JSON without the escapes that are meant for HTML: paths with & and < stay readable.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// Line returns v as one line of JSON, with its newline.
func Line(v any) ([]byte, error) {
	b, err := marshal(v)
	return append(b, '\n'), err
}
