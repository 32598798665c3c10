package sandbox

import (
	"encoding/json"
	"net/http"
	"time"
)

// claim takes the Idempotency-Key for c, or answers what FLORA answers to a used one: 409 idempotency_duplicate
// within two hours, or, with Options.Replay, the first answer for a day and 422 idempotency_conflict for another
// body. A key whose request failed is free again.
func (s *Server) claim(c *call) (replayed *answer, refused *apiError) {
	if c.idempotencyKey == "" {
		return nil, nil
	}
	scope := c.workspace + " " + c.scope + " " + c.idempotencyKey
	window := IdempotencyWindow
	if s.opts.Replay {
		window = ReplayWindow
	}
	now, body := time.Now(), c.digest()
	s.mu.Lock()
	defer s.mu.Unlock()
	used := s.keys[scope]
	if used == nil || !used.pending && !now.Before(used.At.Add(window)) {
		c.claimed = &usedKey{Scope: scope, Body: body, At: now, pending: true}
		s.keys[scope] = c.claimed
		s.sweepKeys(now, window)
		return nil, nil
	}
	if used.Body != body {
		s.violateLocked(c, KeyReused, c.scope)
		if s.opts.Replay {
			return nil, &apiError{
				status: http.StatusUnprocessableEntity, Code: "idempotency_conflict",
				Message: "This Idempotency-Key was used with a different request body.",
			}
		}
	}
	if s.opts.Replay && !used.pending && used.Answer != nil {
		return &answer{status: used.Status, body: json.RawMessage(used.Answer), form: used.Form}, nil
	}
	return nil, &apiError{
		status: http.StatusConflict, Code: "idempotency_duplicate",
		Message: "A request with this Idempotency-Key was already received.",
	}
}

// settle returns the key as used, for the journal entry of its request's effect. The caller holds mu.
func (s *Server) settle(c *call, a answer) *usedKey {
	if c.claimed == nil {
		return nil
	}
	k := *c.claimed
	k.pending = false
	if s.opts.Replay {
		if raw, err := json.Marshal(a.body); err == nil {
			k.Status, k.Answer, k.Form = a.status, raw, a.form
		}
	}
	c.claimed = nil
	return &k
}

// release frees the key of a request that had no effect, and drops bytes that nobody took.
func (c *call) release(s *Server) {
	if c.incoming != nil {
		c.incoming.abort()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.claimed != nil && s.keys[c.claimed.Scope] == c.claimed {
		delete(s.keys, c.claimed.Scope)
	}
}

// sweepKeys forgets keys whose time is over, now and then. The caller holds mu.
func (s *Server) sweepKeys(now time.Time, window time.Duration) {
	if len(s.keys) < s.keysSweep {
		return
	}
	for scope, k := range s.keys {
		if !k.pending && !now.Before(k.At.Add(window)) {
			delete(s.keys, scope)
		}
	}
	s.keysSweep = max(4096, 2*len(s.keys))
}
