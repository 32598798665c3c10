package sandbox

import (
	"fmt"
	"net/http"
)

// apiError is an error body of the API: {"error": {"code", "message", "fields"?}}.
type apiError struct {
	status  int
	Code    string       `json:"code"`
	Message string       `json:"message"`
	Fields  []fieldError `json:"fields,omitempty"`
}

type fieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

func invalidJSON(message string) *apiError {
	return &apiError{status: http.StatusBadRequest, Code: "invalid_json", Message: message}
}

func invalidInput(fields ...fieldError) *apiError {
	return &apiError{
		status: http.StatusBadRequest, Code: "input_validation_error",
		Message: "Invalid request: " + fields[0].Field + ": " + fields[0].Message, Fields: fields,
	}
}

func notFound(what string) *apiError {
	return &apiError{status: http.StatusNotFound, Code: "not_found", Message: what + " not found."}
}

func conflict(message string) *apiError {
	return &apiError{status: http.StatusConflict, Code: "conflict", Message: message}
}

// internalError is a failure of the stand-in itself, such as a full disk.
func internalError(err error) *apiError {
	return &apiError{status: http.StatusInternalServerError, Code: "internal_error", Message: "sandbox: " + err.Error()}
}

// usualCodes are the codes FLORA sends with a status.
var usualCodes = map[int]string{
	http.StatusBadRequest:          "input_validation_error",
	http.StatusUnauthorized:        "invalid_api_key",
	http.StatusPaymentRequired:     "insufficient_credits",
	http.StatusForbidden:           "forbidden",
	http.StatusNotFound:            "not_found",
	http.StatusConflict:            "conflict",
	http.StatusUnprocessableEntity: "idempotency_conflict",
	http.StatusTooManyRequests:     "rate_limited",
	http.StatusInternalServerError: "internal_error",
}

// fail answers with e, once the state it may tell of is durable.
func (s *Server) fail(w http.ResponseWriter, e *apiError) {
	if err := s.journal.sync(); err != nil {
		e = internalError(err)
	}
	writeJSON(w, e.status, map[string]*apiError{"error": e})
}

// failAs plays a fault: FLORA's error of that status, or a gateway's page.
func (s *Server) failAs(w http.ResponseWriter, status int, f Fault) {
	if f.Gateway {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		fmt.Fprintf(w, "<html><body><h1>%d %s</h1></body></html>\n", status, http.StatusText(status))
		return
	}
	code := f.Code
	if code == "" {
		if code = usualCodes[status]; code == "" {
			code = "unknown_error"
		}
	}
	s.fail(w, &apiError{status: status, Code: code, Message: http.StatusText(status) + " (sandbox fault)."})
}
