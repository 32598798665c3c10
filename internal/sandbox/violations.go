package sandbox

import (
	"slices"
	"time"
)

// Grace is what a rule about time leaves to clocks and wires: HTTP dates have seconds, and a request may be on its
// way while the answer that forbids it is.
const (
	FormGrace     = 2 * time.Second
	ThrottleGrace = 250 * time.Millisecond
)

// The rules of the specification that a client can break.
const (
	// KeyToStorage: the FLORA key, or any Authorization header, was sent to the storage.
	KeyToStorage = "key_to_storage"
	// FieldAfterFile: a part of the form came after the file. GCS ignores it.
	FieldAfterFile = "field_after_file"
	// FormFields: a field of the form was missing, changed or added.
	FormFields = "form_fields"
	// NoContentLength: a form was posted without an exact Content-Length (chunked).
	NoContentLength = "no_content_length"
	// FormSpent: a form that allows one attempt (ImageKit's token) was posted again.
	FormSpent = "form_spent"
	// FormExpired: a form was posted more than FormGrace after its expiry. Counted from the later of the expiry and
	// the moment its answer was sent, so that a form that came too late may be tried at once.
	FormExpired = "form_expired"
	// PostAfterComplete: a post was begun for an asset that was already completed: it would replace ready bytes.
	PostAfterComplete = "post_after_complete"
	// KeyReused: an Idempotency-Key was used for another body.
	KeyReused = "idempotency_key_reused"
	// Throttled: a request of a workspace came inside the time a 429 had asked for. What was on its way when the 429
	// was sent is excepted, by ThrottleGrace.
	Throttled = "request_while_throttled"
	// CompleteUnsent: an asset was completed for which no post was ever begun. A post that was begun and cut is not
	// the client's fault: it cannot know.
	CompleteUnsent = "complete_without_post"
	// AttachEarly: an asset was attached that was not ready.
	AttachEarly = "attach_before_ready"
	// Malformed: a body that is not JSON, or a route that does not exist. Values that FLORA refuses (a workspace
	// without ws_) are answered with 400 and not counted: they may be the operator's.
	Malformed = "malformed_request"
)

// Violation is one broken rule.
type Violation struct {
	Rule      string    `json:"rule"`
	Detail    string    `json:"detail"`
	At        time.Time `json:"at"`
	RequestID string    `json:"request_id"`
	Workspace string    `json:"workspace,omitempty"`
	Asset     string    `json:"asset,omitempty"`
	Name      string    `json:"name,omitempty"`
}

// Violations returns every rule that a client broke, oldest first; also those of former lives of the folder.
func (s *Server) Violations() []Violation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.violations)
}

// violateLocked records a broken rule. The caller holds mu.
func (s *Server) violateLocked(c *call, rule, detail string) {
	// The journal keeps its first error and every answer asks it, so nothing is lost by not asking here.
	_ = s.put(entry{Violation: &Violation{
		Rule: rule, Detail: detail, At: time.Now(), RequestID: c.id,
		Workspace: c.workspace, Asset: c.asset, Name: c.name,
	}})
}

func (s *Server) violate(c *call, rule, detail string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.violateLocked(c, rule, detail)
}
