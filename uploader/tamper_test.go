package uploader_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
)

// peek returns the body of an API request and leaves it to be read again; of the storage's, which are large, nothing.
func peek(r *http.Request) string {
	if strings.HasPrefix(r.Host, "storage.") || r.Body == nil {
		return ""
	}
	body, _ := io.ReadAll(r.Body) // a cut body is the next reader's to find
	r.Body = io.NopCloser(bytes.NewReader(body))
	return string(body)
}

// drain reads what is left of a request, so that its client sees the answer.
func drain(r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }
