package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// call is one request on its way through.
type call struct {
	op    Op
	r     *http.Request
	id    string // request id
	start time.Time

	body      []byte // of JSON requests
	workspace string
	asset     string
	folder    string
	name      string

	idempotencyKey string
	scope          string // of the key: workspace, operation, destination
	fault          Fault
	claimed        *usedKey // the key while its first request is under way

	create   createRequest // create only
	incoming *objectWriter // bytes that came without a form, until an asset takes them
	project  string        // attach and list
	query    listQuery
}

// answer is what an operation says. Body is encoded as JSON.
type answer struct {
	status int
	body   any
	form   string // id of the signed form that the body carries, or ""
}

// endpoint is one operation: prepare reads and validates without effect, effect does it.
type endpoint struct {
	op       Op
	mutating bool
	prepare  func(*Server, *call) *apiError
	effect   func(*Server, *call) (answer, *apiError)
}

func (s *Server) newCall(r *http.Request, op Op) *call {
	n := s.requests.Add(1)
	s.mu.Lock()
	id := "req_" + s.derive(16, "request", strconv.Itoa(s.meta.Life), strconv.FormatInt(n, 10))
	s.mu.Unlock()
	return &call{op: op, r: r, id: id, start: time.Now(), idempotencyKey: r.Header.Get("Idempotency-Key")}
}

// handle serves one endpoint: authorization, validation, the rate limit, faults, the idempotency key, the effect;
// and answers only what is durable.
func (s *Server) handle(e endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := s.newCall(r, e.op)
		w.Header().Set("request-id", c.id)
		defer c.release(s)

		if e := s.authorize(r); e != nil {
			s.fail(w, e)
			return
		}
		if err := e.prepare(s, c); err != nil {
			s.fail(w, err)
			return
		}
		if err := s.throttle(c, w.Header()); err != nil {
			s.fail(w, err)
			return
		}
		if c.fault = s.decide(c); !s.before(w, c) {
			return
		}
		s.perform(w, c, e)
	}
}

// perform claims the idempotency key, takes effect, and answers once that is durable.
func (s *Server) perform(w http.ResponseWriter, c *call, e endpoint) {
	if e.mutating {
		replayed, err := s.claim(c)
		if err != nil {
			s.fail(w, err)
			return
		}
		if replayed != nil {
			s.reply(w, *replayed)
			return
		}
	}
	got, err := e.effect(s, c)
	if err != nil {
		s.fail(w, err)
		return
	}
	if !s.after(w, c) {
		return
	}
	s.reply(w, got)
}

// before plays the faults that come before the effect. It returns false when nothing is left to do.
func (s *Server) before(w http.ResponseWriter, c *call) bool {
	f := c.fault
	f.wait(c.r.Context())
	switch {
	case f.Drop:
		panic(http.ErrAbortHandler)
	case f.Hang:
		hang(c.r)
	case f.Status == http.StatusTooManyRequests:
		s.fail(w, s.tooMany(c, w.Header(), f.RetryAfter))
		return false
	case f.Status != 0:
		s.failAs(w, f.Status, f)
		return false
	}
	return true
}

// after plays the faults that come after the effect. It returns false when nothing is left to do.
func (s *Server) after(w http.ResponseWriter, c *call) bool {
	f := c.fault
	if f.After == 0 && !f.Lost && f.Then == nil {
		return true
	}
	if err := s.journal.sync(); err != nil {
		s.fail(w, internalError(err))
		return false
	}
	if f.Then != nil {
		f.Then()
	}
	if f.After != 0 {
		s.failAs(w, f.After, f)
		return false
	}
	if f.Lost {
		panic(http.ErrAbortHandler)
	}
	return true
}

// reply sends a once everything up to here is durable.
func (s *Server) reply(w http.ResponseWriter, a answer) {
	if err := s.journal.sync(); err != nil {
		s.fail(w, internalError(err))
		return
	}
	if a.form != "" {
		s.mu.Lock()
		if f := s.forms[a.form]; f != nil {
			f.answeredAt = time.Now()
		}
		s.mu.Unlock()
	}
	writeJSON(w, a.status, a.body)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if raw, ok := body.(json.RawMessage); ok {
		buf.Write(raw)
	} else if err := enc.Encode(body); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(buf.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(buf.Bytes()) // the client went away: its business
}
