package sandbox

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
)

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
