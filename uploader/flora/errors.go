package flora

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Sentinels for errors.Is.
var (
	// ErrMalformed: an answer that is not JSON, too large, or lacks a required field. See MalformedError.
	ErrMalformed = errors.New("malformed answer")
	// ErrStalled: the transfer moved less than Options.StallRate over Options.StallWindow. Inside a TransportError.
	ErrStalled = errors.New("transfer stalled")
	// ErrInsecureUpload: the upload or asset URL is not https, and the API is not on loopback. Nothing was sent.
	ErrInsecureUpload = errors.New("upload URL is not https")
	// ErrNoKey: there is no API key. Nothing was sent.
	ErrNoKey = errors.New("no API key")
	// ErrRedirect: the server wanted to send the request elsewhere. See RedirectError.
	ErrRedirect = errors.New("redirect refused")
	// ErrEarlyAnswer: storage said 2xx before it had taken the whole body. Inside a TransportError.
	ErrEarlyAnswer = errors.New("storage answered before the whole body was sent")

	errConnectTimeout = errors.New("connect timed out")
	errAnswerTimeout  = errors.New("no whole answer in time")
)

// Op names a request in errors and metrics.
type Op string

// The operations.
const (
	OpReserve  Op = "reserve"
	OpCreate   Op = "create from URL"
	OpUpload   Op = "upload"
	OpComplete Op = "complete"
	OpRetrieve Op = "retrieve"
	OpList     Op = "list"
	OpRetry    Op = "retry"
	OpAttach   Op = "attach"
	OpProbe    Op = "probe"
	OpDownload Op = "download"
)

// Field is one entry of error.fields: which input was wrong, and why.
type Field struct{ Name, Message string }

// Error is an error answer of FLORA's API: a status of 400 or more. All texts are scrubbed and bounded.
type Error struct {
	Op            Op
	Status        int
	Code          string // error.code such as "not_found"; "" when the answer had none
	Message       string // error.message
	Fields        []Field
	RequestID     string        // of the request-id header; "" when absent
	Date          time.Time     // server time of the answer; zero when absent
	RetryAfter    time.Duration // how long to wait, when HasRetryAfter
	HasRetryAfter bool
	ShouldRetry   *bool // x-should-retry; nil when absent
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: FLORA answered %d", e.Op, e.Status)
	if e.Code != "" {
		b.WriteString(" " + e.Code)
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	for _, f := range e.Fields {
		fmt.Fprintf(&b, "; %s: %s", f.Name, f.Message)
	}
	if e.RequestID != "" {
		b.WriteString(" (request " + e.RequestID + ")")
	}
	return b.String()
}

// MalformedError is a 2xx answer that cannot be used. Whatever the request did may have taken effect. Is ErrMalformed.
type MalformedError struct {
	Op        Op
	Status    int
	RequestID string
	Date      time.Time
	What      string // what was missing or wrong: a field's path, "not JSON", "more than 1048576 bytes"
}

func (e *MalformedError) Error() string {
	s := fmt.Sprintf("%s: malformed answer (status %d): %s", e.Op, e.Status, e.What)
	if e.RequestID != "" {
		s += " (request " + e.RequestID + ")"
	}
	return s
}

// Is tells errors.Is that this is ErrMalformed.
func (e *MalformedError) Is(target error) bool { return target == ErrMalformed }

// RedirectError is a 3xx answer; it was not followed. Is ErrRedirect.
type RedirectError struct {
	Op        Op
	Host      string // who answered
	Status    int
	To        string // host and port it named; "" when it named none
	RequestID string
}

func (e *RedirectError) Error() string {
	to := e.To
	if to == "" {
		to = "nowhere"
	}
	return fmt.Sprintf("%s: %s answered %d, a redirect to %s, which is not followed", e.Op, e.Host, e.Status, to)
}

// Is tells errors.Is that this is ErrRedirect.
func (e *RedirectError) Is(target error) bool { return target == ErrRedirect }

// ReadError is the caller's reader (or writer, in a download) failing: the file, not the network. Unwrap gives its error unchanged;
// a reader that ends early gives io.ErrUnexpectedEOF.
type ReadError struct {
	Got, Want int64 // bytes of the file
	Err       error
}

func (e *ReadError) Error() string {
	return fmt.Sprintf("read file: %v (%d of %d bytes)", e.Err, e.Got, e.Want)
}
func (e *ReadError) Unwrap() error { return e.Err }

// KeyError is the KeySource failing. Nothing was sent.
type KeyError struct{ Err error }

func (e *KeyError) Error() string { return "API key: " + e.Err.Error() }
func (e *KeyError) Unwrap() error { return e.Err }

// RequestError is a request that cannot be made from what the caller gave, such as an id of the wrong kind. Nothing was sent.
type RequestError struct {
	Op   Op
	What string
}

func (e *RequestError) Error() string { return fmt.Sprintf("%s: %s", e.Op, e.What) }
