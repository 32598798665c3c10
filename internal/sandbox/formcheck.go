package sandbox

import (
	"net/http"
	"strconv"
)

// beginPost finds the form, spends it where its kind allows one attempt, and checks it.
func (s *Server) beginPost(p *post, kind string) *storageError {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := "x-goog-signature"
	if kind == ImageKit {
		name = "token"
	}
	f := s.forms[p.fields[name]]
	if f == nil || f.Kind != kind {
		s.violateLocked(p.call, FormFields, "no form with this "+name)
		return unknownForm(kind)
	}
	p.form = f.clone()
	a := *s.assets[f.Asset]
	p.asset, p.workspace, p.folder, p.name, p.number = a.ID, a.Workspace, a.Folder, a.Name, a.Forms
	begun := f.clone()
	begun.Begun++
	a.Begun++
	if err := s.put(entry{Asset: &a, Form: begun}); err != nil {
		return &storageError{http.StatusInternalServerError, "InternalError", err.Error()}
	}
	if a.Completed && a.Failure == "" {
		s.violateLocked(p.call, PostAfterComplete, "asset is "+a.status(p.start))
	}
	if kind == ImageKit {
		return s.checkImageKit(p)
	}
	return s.checkGCS(p)
}

func unknownForm(kind string) *storageError {
	if kind == ImageKit {
		return &storageError{http.StatusBadRequest, "", "Your request contains invalid signature."}
	}
	return &storageError{http.StatusForbidden, "SignatureDoesNotMatch", "Access denied."}
}

// wrongField returns the first field that is missing, changed or added, or "".
func (p *post) wrongField() string {
	for name, want := range p.form.Fields {
		if got, ok := p.fields[name]; !ok || got != want {
			return name
		}
	}
	for name := range p.fields {
		if _, ok := p.form.Fields[name]; !ok {
			return name
		}
	}
	return ""
}

// expired judges the start of the post, as storages do; the caller holds mu.
func (s *Server) expired(p *post) bool {
	if p.start.Before(p.form.Expires) {
		return false
	}
	from := p.form.Expires
	if p.form.answeredAt.After(from) {
		from = p.form.answeredAt
	}
	if p.start.After(from.Add(FormGrace)) {
		s.violateLocked(p.call, FormExpired, p.start.Sub(from).String()+" too late")
	}
	return true
}

// checkGCS: 403 for a signature, 400 for a field or an expired policy. The form may be posted again until it expires.
func (s *Server) checkGCS(p *post) *storageError {
	if name := p.wrongField(); name != "" {
		s.violateLocked(p.call, FormFields, name)
		if name == "policy" {
			return unknownForm(GCS)
		}
		return &storageError{http.StatusBadRequest, "InvalidPolicyDocument", "The content of the form does not meet the conditions specified in the policy document: " + name + "."}
	}
	if s.expired(p) {
		return &storageError{http.StatusBadRequest, "ExpiredToken", "Policy expired."}
	}
	return nil
}

// checkImageKit: 400 for all of it; the token is spent by the attempt, whatever becomes of it.
func (s *Server) checkImageKit(p *post) *storageError {
	if p.form.Begun > 0 {
		s.violateLocked(p.call, FormSpent, "attempt "+strconv.Itoa(p.form.Begun+1))
		return &storageError{http.StatusBadRequest, "", "The token has been used before. A token can be used only once."}
	}
	if name := p.wrongField(); name != "" {
		s.violateLocked(p.call, FormFields, name)
		if name == "publicKey" {
			return &storageError{http.StatusForbidden, "", "Your account cannot be authenticated."}
		}
		if p.fields[name] == "" {
			return &storageError{http.StatusBadRequest, "", "Missing " + name + " parameter for upload"}
		}
		return &storageError{http.StatusBadRequest, "", "Your request contains invalid signature."}
	}
	if s.expired(p) {
		return &storageError{http.StatusBadRequest, "", "Your request contains invalid expire parameter. Expire parameter should be a Unix time in less than 1 hour into the future."}
	}
	return nil
}
