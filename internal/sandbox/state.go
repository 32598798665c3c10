package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"strconv"
	"time"
)

// The states of an asset as FLORA names them.
const (
	Pending = "pending_upload"
	Ready   = "ready"
	Failed  = "failed"
)

// meta is what the stand-in remembers about itself.
type meta struct {
	Secret      string `json:"secret"`                 // ids and signatures are made with it
	Life        int    `json:"life"`                   // counts opens, so that request ids never repeat
	StorageAddr string `json:"storage_addr,omitempty"` // taken again after a restart
}

// asset is one row at FLORA. Pending until completed; then pending until ReadyAt; then ready, or failed where
// Failure is set. The state is worked out from the clock when asked, so processing needs no timer and no rescuer.
type asset struct {
	ID        string    `json:"id"`
	Seq       int       `json:"seq"`
	Workspace string    `json:"workspace"`
	Name      string    `json:"name,omitempty"`
	Folder    string    `json:"folder,omitempty"`
	Type      string    `json:"type,omitempty"` // as the client gave it
	Via       string    `json:"via"`            // signed_url, url, direct
	Source    string    `json:"source,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	Completed bool      `json:"completed,omitempty"`
	ReadyAt   time.Time `json:"ready_at,omitzero"`
	Failure   string    `json:"failure,omitempty"`
	Object    *object   `json:"object,omitempty"`
	Objects   int       `json:"objects,omitempty"` // files made so far; names the next one
	Form      string    `json:"form,omitempty"`    // the newest form
	Forms     int       `json:"forms,omitempty"`
	Begun     int       `json:"begun,omitempty"` // posts that were begun, whatever became of them
	Posts     []Post    `json:"posts,omitempty"`
	Nodes     []Node    `json:"nodes,omitempty"`
}

func (a *asset) status(now time.Time) string {
	switch {
	case !a.Completed || now.Before(a.ReadyAt):
		return Pending
	case a.Failure != "":
		return Failed
	}
	return Ready
}

// size is what FLORA reports: nothing until ready.
func (a *asset) size(now time.Time) *int64 {
	if a.status(now) != Ready || a.Object == nil {
		return nil
	}
	return &a.Object.Size
}

// contentType is what FLORA reports: what was told, else what came with the bytes.
func (a *asset) contentType() string {
	if a.Type != "" {
		return a.Type
	}
	if a.Object != nil && a.Object.Type != "" {
		return a.Object.Type
	}
	return "application/octet-stream"
}

// form is one signed form. It is stored with its values: a post must give them back verbatim.
type form struct {
	ID      string            `json:"id"` // the signature (GCS) or the token (ImageKit)
	Asset   string            `json:"asset"`
	Kind    string            `json:"kind"`
	Expires time.Time         `json:"expires"`
	Fields  map[string]string `json:"fields"`
	Begun   int               `json:"begun,omitempty"`

	answeredAt time.Time // when the answer that carried it was sent; zero after a restart
}

// clone returns a copy of f whose counters may change.
func (f *form) clone() *form {
	c := *f
	c.Fields = maps.Clone(f.Fields)
	return &c
}

// usedKey is one Idempotency-Key that took effect.
type usedKey struct {
	Scope  string    `json:"scope"` // workspace, operation, destination, key
	Body   string    `json:"body"`  // digest of the request
	At     time.Time `json:"at"`
	Status int       `json:"status,omitempty"` // the first answer, where it is replayed
	Answer []byte    `json:"answer,omitempty"`
	Form   string    `json:"form,omitempty"` // the signed form in it

	pending bool // the first request is under way
}

// apply takes an entry into memory. It is the only way in, for the replay and for the living.
func (s *Server) apply(e entry) {
	if e.Meta != nil {
		s.meta = *e.Meta
	}
	if e.Asset != nil {
		s.applyAsset(e.Asset)
	}
	if e.Form != nil {
		s.forms[e.Form.ID] = e.Form
	}
	if e.Key != nil {
		s.keys[e.Key.Scope] = e.Key
	}
	if e.Violation != nil {
		s.violations = append(s.violations, *e.Violation)
	}
}

// applyAsset puts a in place of its former value, which keeps its place in the lists.
func (s *Server) applyAsset(a *asset) {
	if old := s.assets[a.ID]; old != nil {
		*old = *a
		return
	}
	s.assets[a.ID] = a
	s.order = append(s.order, a)
	s.byWorkspace[a.Workspace] = append(s.byWorkspace[a.Workspace], a)
	s.seq = max(s.seq, a.Seq)
}

// entries is the whole state as a journal would tell it, without what nobody can ask for again.
func (s *Server) entries(now time.Time) func(yield func(entry) bool) {
	return func(yield func(entry) bool) {
		if !yield(entry{Meta: &s.meta}) {
			return
		}
		for _, a := range s.order {
			if !yield(entry{Asset: a}) {
				return
			}
		}
		for _, f := range s.forms {
			if now.Before(f.Expires.Add(IdempotencyWindow)) && !yield(entry{Form: f}) {
				return
			}
		}
		for _, k := range s.keys {
			if now.Before(k.At.Add(ReplayWindow)) && !yield(entry{Key: k}) {
				return
			}
		}
		for i := range s.violations {
			if !yield(entry{Violation: &s.violations[i]}) {
				return
			}
		}
	}
}

// derive makes an unguessable name of n hexadecimal digits from the secret; the same secret makes the same names.
func (s *Server) derive(n int, parts ...string) string {
	mac := hmac.New(sha256.New, []byte(s.meta.Secret))
	for _, p := range parts {
		mac.Write([]byte(p))
		mac.Write([]byte{0})
	}
	return hex.EncodeToString(mac.Sum(nil))[:n]
}

func (s *Server) newAssetID() (id string, seq int) {
	s.seq++
	return "asset_" + s.derive(20, "asset", strconv.Itoa(s.seq)), s.seq
}
