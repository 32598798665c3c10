package sandbox

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"time"
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

// storageError is a refusal, told in the words of the form's kind.
type storageError struct {
	status  int
	code    string // GCS only
	message string
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

// takeFile plays the faults, stores the file and answers.
func (s *Server) takeFile(w http.ResponseWriter, p *post, parts *multipart.Reader, file *multipart.Part) {
	kind := p.form.Kind
	f := s.decide(p.call)
	wait(p.r.Context(), f.Latency)
	switch {
	case f.Drop:
		panic(http.ErrAbortHandler)
	case f.Hang:
		<-p.r.Context().Done()
		panic(http.ErrAbortHandler)
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

func faultOf(status int, f Fault) *storageError {
	code := f.Code
	if code == "" {
		code = strings.ReplaceAll(http.StatusText(status), " ", "")
	}
	return &storageError{status, code, http.StatusText(status) + " (sandbox fault)"}
}

// store streams the file to disk and makes it the asset's bytes, durably.
func (s *Server) store(p *post, parts *multipart.Reader, file *multipart.Part) (*object, *storageError) {
	broken := func(err error) *storageError {
		return &storageError{http.StatusInternalServerError, "InternalError", err.Error()}
	}
	out, err := s.objects.create(s.opts.MaxSize)
	if err != nil {
		return nil, broken(err)
	}
	readErr, writeErr := out.copyFrom(file)
	if readErr == nil && writeErr == nil {
		readErr = s.readTail(p, parts)
	}
	switch {
	case errors.Is(writeErr, errTooLarge):
		out.abort()
		return nil, tooLarge(p.form.Kind)
	case writeErr != nil:
		out.abort()
		return nil, broken(writeErr)
	case readErr != nil: // the body ended early: nothing is kept
		out.abort()
		return nil, &storageError{http.StatusBadRequest, "IncompleteBody", "The body ended before the form did."}
	}
	stored, err := s.adopt(p, out)
	if err != nil {
		return nil, broken(err)
	}
	return stored, nil
}

func tooLarge(kind string) *storageError {
	if kind == ImageKit {
		return &storageError{http.StatusBadRequest, "", "File size limit exceeded for your plan."}
	}
	return &storageError{http.StatusBadRequest, "EntityTooLarge", "Your proposed upload is larger than the maximum object size."}
}

// readTail reads what follows the file: nothing, from a client that keeps the rules.
func (s *Server) readTail(p *post, parts *multipart.Reader) error {
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			_, err = io.Copy(io.Discard, p.r.Body)
			return err
		}
		if err != nil {
			return err
		}
		s.violate(p.call, FieldAfterFile, part.FormName())
	}
}

// adopt commits the bytes and hangs them on the asset; a former object goes once that is durable.
func (s *Server) adopt(p *post, out *objectWriter) (*object, error) {
	s.mu.Lock()
	a := *s.assets[p.asset]
	a.Objects++
	name := a.ID + "." + strconv.Itoa(a.Objects)
	err := s.put(entry{Asset: &a}) // takes the name, so that two posts at once cannot share it
	s.mu.Unlock()
	if err != nil {
		out.abort()
		return nil, err
	}
	stored, err := out.commit(name, p.fields["Content-Type"])
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	a = *s.assets[p.asset]
	former := a.Object
	a.Object = stored
	a.Posts = append(a.Posts[:len(a.Posts):len(a.Posts)], Post{
		At: p.start.Round(0).UTC(), Form: p.number, Size: stored.Size, SHA256: stored.SHA256,
	})
	err = s.put(entry{Asset: &a})
	s.mu.Unlock()
	if err == nil {
		err = s.journal.sync()
	}
	if err == nil && former != nil {
		err = s.objects.remove(former.File)
	}
	return stored, err
}

// accept answers a stored post in the way of its kind.
func (s *Server) accept(w http.ResponseWriter, p *post, stored *object) {
	if p.form.Kind == ImageKit {
		writeJSON(w, http.StatusOK, map[string]any{
			"fileId": s.derive(24, "file", stored.File), "name": p.fields["fileName"], "size": stored.Size,
			"filePath": p.fields["folder"] + "/" + p.fields["fileName"], "fileType": "image",
			"url": s.storageOrigin(p.r) + "/files/" + p.asset + "/" + p.fields["fileName"],
		})
		return
	}
	w.Header().Set("ETag", strconv.Quote(stored.SHA256[:32]))
	if s.opts.GCSStatus != http.StatusCreated {
		w.WriteHeader(s.opts.GCSStatus)
		return
	}
	w.Header().Set("Content-Type", "application/xml; charset=UTF-8")
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, "<?xml version='1.0' encoding='UTF-8'?><PostResponse><Bucket>flora-sandbox</Bucket><Key>%s</Key></PostResponse>", p.fields["key"])
}

// refuse answers a failed post in the way of its kind. It reads the body first, so that the client sees the answer
// instead of a broken pipe, unless Options.EarlyAnswer asks for that.
func (s *Server) refuse(w http.ResponseWriter, p *post, kind string, e *storageError) {
	if s.opts.EarlyAnswer {
		w.Header().Set("Connection", "close")
	} else if _, err := io.Copy(io.Discard, p.r.Body); err != nil {
		panic(http.ErrAbortHandler) // the client is gone; a silent return would be a 200
	}
	if err := s.journal.sync(); err != nil {
		e = &storageError{http.StatusInternalServerError, "InternalError", err.Error()}
	}
	if kind == ImageKit {
		writeJSON(w, e.status, map[string]string{"message": e.message, "help": "For support kindly contact us at support@imagekit.io ."})
		return
	}
	var message bytes.Buffer
	_ = xml.EscapeText(&message, []byte(e.message)) // a bytes.Buffer takes everything
	w.Header().Set("Content-Type", "application/xml; charset=UTF-8")
	w.WriteHeader(e.status)
	fmt.Fprintf(w, "<?xml version='1.0' encoding='UTF-8'?><Error><Code>%s</Code><Message>%s</Message></Error>", e.code, &message)
}

// handleFile serves the bytes of a ready asset. They came from anybody: the page policy keeps them from running.
func (s *Server) handleFile(w http.ResponseWriter, r *http.Request) {
	c := s.newCall(r, OpFetch)
	s.checkStorageHeaders(c)
	s.mu.Lock()
	a := s.assets[r.PathValue("asset")]
	var held object
	if a != nil && a.status(time.Now()) == Ready && a.Object != nil {
		held, c.asset, c.workspace, c.folder, c.name = *a.Object, a.ID, a.Workspace, a.Folder, a.Name
		held.Type = a.contentType()
	}
	s.mu.Unlock()
	if c.asset == "" {
		http.Error(w, "no such asset, or not ready", http.StatusNotFound)
		return
	}
	c.fault = s.decide(c)
	if !s.before(w, c) {
		return
	}
	file, err := s.objects.open(held.File)
	if err != nil {
		http.Error(w, "the bytes are gone", http.StatusNotFound)
		return
	}
	defer file.Close()
	h := w.Header()
	h.Set("Content-Type", held.Type)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'")
	h.Set("ETag", strconv.Quote(held.SHA256))
	http.ServeContent(w, r, "", time.Time{}, file)
}
