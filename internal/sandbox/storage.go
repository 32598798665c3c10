package sandbox

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
)

// maxField bounds one field of a form; a policy has a few hundred bytes.
const maxField = 64 << 10

// post is one form post on its way through.
type post struct {
	*call
	form   *form // as it was before this post
	fields map[string]string
	number int // which form of its asset
}

// handlePost takes a form post of either kind: fields first, then the file, streamed to disk.
func (s *Server) handlePost(kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p := &post{call: s.newCall(r, OpPost)}
		w.Header().Set("x-request-id", p.id)
		s.checkStorageHeaders(p.call)
		if r.ContentLength < 0 {
			s.violate(p.call, NoContentLength, strings.Join(r.TransferEncoding, ","))
			s.refuse(w, p, kind, &storageError{http.StatusLengthRequired, "MissingContentLength", "You must provide the Content-Length HTTP header."})
			return
		}
		if s.opts.ReadAhead {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				panic(http.ErrAbortHandler) // it was cut on its way
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		parts, err := r.MultipartReader()
		if err != nil {
			s.refuse(w, p, kind, &storageError{http.StatusBadRequest, "InvalidArgument", "Expected multipart/form-data."})
			return
		}
		file, err := p.readFields(parts)
		if err != nil {
			s.refuse(w, p, kind, &storageError{http.StatusBadRequest, "InvalidArgument", "The form could not be read."})
			return
		}
		if refused := s.beginPost(p, kind); refused != nil {
			s.refuse(w, p, kind, refused)
			return
		}
		s.takeFile(w, p, parts, file)
	}
}

// checkStorageHeaders records a key that left the API.
func (s *Server) checkStorageHeaders(c *call) {
	s.mu.Lock()
	keys := append([]string{s.key}, s.opts.OtherKeys...)
	s.mu.Unlock()
	if c.r.Header.Get("Authorization") != "" {
		s.violate(c, KeyToStorage, "Authorization header")
		return
	}
	for name, values := range c.r.Header {
		for _, key := range keys {
			if strings.Contains(strings.Join(values, "\n"), key) {
				s.violate(c, KeyToStorage, name+" header")
			}
		}
	}
}

// readFields reads the form up to the file, which it returns; nil where there is none.
func (p *post) readFields(parts *multipart.Reader) (*multipart.Part, error) {
	p.fields = map[string]string{}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if part.FormName() == "file" {
			return part, nil
		}
		value, err := io.ReadAll(io.LimitReader(part, maxField+1))
		if err != nil {
			return nil, err
		}
		if len(value) > maxField {
			return nil, errTooLarge
		}
		p.fields[part.FormName()] = string(value)
	}
}

// takeFile plays the faults, stores the file and answers.
func (s *Server) takeFile(w http.ResponseWriter, p *post, parts *multipart.Reader, file *multipart.Part) {
	kind := p.form.Kind
	f := s.decide(p.call)
	f.wait(p.r.Context())
	switch {
	case f.Drop:
		panic(http.ErrAbortHandler)
	case f.Hang:
		hang(p.r)
	case f.Status != 0:
		s.refuse(w, p, kind, faultOf(f.Status, f))
		return
	case file == nil:
		s.violate(p.call, FormFields, "file")
		s.refuse(w, p, kind, &storageError{http.StatusBadRequest, "InvalidArgument", "Missing file parameter for upload"})
		return
	case f.Cut > 0:
		_, _ = io.CopyN(io.Discard, file, int64(f.Cut*float64(p.r.ContentLength)))
		panic(http.ErrAbortHandler)
	}
	stored, refused := s.store(p, parts, file)
	if refused != nil {
		s.refuse(w, p, kind, refused)
		return
	}
	if f.Then != nil {
		f.Then()
	}
	if f.After != 0 {
		s.refuse(w, p, kind, faultOf(f.After, f))
		return
	}
	if f.Lost {
		panic(http.ErrAbortHandler)
	}
	s.accept(w, p, stored)
}
