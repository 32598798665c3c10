package sandbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
)

// maxJSON bounds a JSON body: the requests of this API are a few hundred bytes.
const maxJSON = 1 << 20

// authorize checks the bearer key.
func (s *Server) authorize(r *http.Request) *apiError {
	scheme, key, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || strings.TrimSpace(key) == "" {
		return &apiError{status: http.StatusUnauthorized, Code: "unauthorized", Message: "Missing API key."}
	}
	key = strings.TrimSpace(key)
	s.mu.Lock()
	good := key == s.key
	s.mu.Unlock()
	for _, other := range s.opts.OtherKeys {
		good = good || key == other
	}
	if !good {
		return &apiError{status: http.StatusUnauthorized, Code: "invalid_api_key", Message: "Invalid API key."}
	}
	return nil
}

// readJSON reads the body into v, which must be a pointer to a struct. No body and no content type is an empty
// object, as the guide's examples send it; a JSON content type without a body is invalid_json, as the real service
// answered. Unknown fields are taken.
func (s *Server) readJSON(c *call, v any) *apiError {
	body, err := io.ReadAll(io.LimitReader(c.r.Body, maxJSON+1))
	if err != nil || len(body) > maxJSON {
		return invalidJSON("The request body could not be read.")
	}
	c.body = body
	media, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if len(body) == 0 && media == "" {
		return nil
	}
	if media != "" && media != "application/json" {
		s.violate(c, Malformed, "content type "+media)
		return &apiError{
			status: http.StatusUnsupportedMediaType, Code: "unsupported_media_type",
			Message: "Content-Type must be application/json.",
		}
	}
	err = json.Unmarshal(body, v)
	var wrongType *json.UnmarshalTypeError
	switch {
	case err == nil && bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")):
		return nil
	case errors.As(err, &wrongType) && wrongType.Field != "":
		return invalidInput(fieldError{wrongType.Field, "Expected " + wrongType.Type.String() + ", received " + wrongType.Value + "."})
	}
	s.violate(c, Malformed, "body is not a JSON object")
	return invalidJSON("Request body must be valid JSON.")
}

// digest tells two requests apart for the idempotency key.
func (c *call) digest() string {
	h := sha256.New()
	h.Write(c.body)
	if c.incoming != nil {
		io.WriteString(h, strings.Join([]string{c.workspace, c.folder, c.name, text(c.create.ProjectID)}, "\x00"))
		h.Write(c.incoming.sum.Sum(nil))
	}
	return hex.EncodeToString(h.Sum(nil))
}
