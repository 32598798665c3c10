package sandbox

import (
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
)

// prepareURL checks a source that is not signed-url: an HTTPS URL of an allowlisted host, or one of the stand-in's
// own addresses.
func (s *Server) prepareURL(c *call) *apiError {
	source := *c.create.Source
	u, err := url.Parse(source)
	if err != nil || u.Host == "" || (u.Scheme != "https" && !s.own(c.r, u)) || u.User != nil {
		return invalidInput(fieldError{"source", `source must be "signed-url" or an HTTPS URL.`})
	}
	if s.sourceHandler(c.r, u) == nil {
		return invalidInput(fieldError{"source", "source host is not allowlisted; use the signed upload flow."})
	}
	if c.name == "" {
		if c.name = path.Base(u.Path); c.name == "/" || c.name == "." {
			c.name = ""
		}
	}
	return nil
}

// own tells whether u points at the stand-in itself, where plain HTTP is fine.
func (s *Server) own(r *http.Request, u *url.URL) bool {
	origin := u.Scheme + "://" + u.Host
	return origin == s.apiOrigin(r) || origin == s.storageOrigin(r)
}

func (s *Server) sourceHandler(r *http.Request, u *url.URL) http.Handler {
	if s.own(r, u) {
		return s.api
	}
	return s.opts.Sources[strings.ToLower(u.Host)]
}

// fetchSource makes an asset of the bytes at the source, fetched in this process.
func (s *Server) fetchSource(c *call) (answer, *apiError) {
	u, err := url.Parse(*c.create.Source)
	if err != nil {
		return answer{}, internalError(err)
	}
	ctx, cancel := context.WithCancel(c.r.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return answer{}, internalError(err)
	}
	req.RequestURI = u.RequestURI()
	out, err := s.objects.create(FetchLimit)
	if err != nil {
		return answer{}, internalError(err)
	}
	rec := &sink{out: out, header: http.Header{}, cancel: cancel}
	s.sourceHandler(c.r, u).ServeHTTP(rec, req)
	failure := c.fault.Fail
	switch {
	case errors.Is(rec.err, errTooLarge):
		failure = "The source is larger than 50 MB."
	case rec.err != nil:
		out.abort()
		return answer{}, internalError(rec.err)
	case rec.status >= 300:
		failure = "The source answered " + strconv.Itoa(rec.status) + "."
	}
	media, _, _ := mime.ParseMediaType(rec.header.Get("Content-Type"))
	return s.finish(c, "url", out, media, failure)
}

// sink is a ResponseWriter that writes into an object.
type sink struct {
	out    *objectWriter
	header http.Header
	status int
	err    error
	cancel func()
}

func (k *sink) Header() http.Header { return k.header }

func (k *sink) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
}

func (k *sink) Write(p []byte) (int, error) {
	k.WriteHeader(http.StatusOK)
	n, err := k.out.Write(p)
	if err != nil && k.err == nil {
		k.err = err
		k.cancel()
	}
	return n, err
}

// finish puts an asset whose bytes came without a form: ready at once, or after processing, or failed.
func (s *Server) finish(c *call, via string, out *objectWriter, media, failure string) (answer, *apiError) {
	s.mu.Lock()
	a := s.newAsset(c, via)
	s.mu.Unlock()
	var stored *object
	if failure != "" {
		out.abort()
	} else {
		var err error
		if stored, err = out.commit(a.ID+".1", media); err != nil {
			return answer{}, internalError(err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a.Completed, a.Failure, a.Object, a.Objects = true, failure, stored, 1
	a.ReadyAt = a.CreatedAt.Add(s.processing())
	got := answer{status: s.opts.ReserveStatus, body: s.summary(c.r, a)}
	if err := s.put(entry{Asset: a, Key: s.settle(c, got)}); err != nil {
		return answer{}, internalError(err)
	}
	return got, nil
}

// readDirect reads a multipart POST /assets: the parameters as parts, the bytes as the part "file", streamed to disk.
// (Newer than the specification; the official SDK's upload helper uses it for small files.)
func (s *Server) readDirect(c *call) *apiError {
	parts, err := c.r.MultipartReader()
	if err != nil {
		return invalidInput(fieldError{"file", "The form could not be read."})
	}
	into := map[string]**string{
		"workspace_id": &c.create.WorkspaceID, "file_name": &c.create.FileName, "folder": &c.create.Folder,
		"content_type": &c.create.ContentType, "project_id": &c.create.ProjectID,
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return invalidInput(fieldError{"file", "The form could not be read."})
		}
		if part.FormName() == "file" {
			if e := s.readDirectFile(c, part); e != nil {
				return e
			}
			continue
		}
		value, err := io.ReadAll(io.LimitReader(part, maxField))
		if err != nil {
			return invalidInput(fieldError{part.FormName(), "The form could not be read."})
		}
		if field := into[part.FormName()]; field != nil {
			given := string(value)
			*field = &given
		}
	}
	if c.direct == nil {
		return invalidInput(fieldError{"file", "file is required."})
	}
	return nil
}

func (s *Server) readDirectFile(c *call, part *multipart.Part) *apiError {
	if c.direct != nil {
		return invalidInput(fieldError{"file", "Only one file is allowed."})
	}
	out, err := s.objects.create(DirectLimit)
	if err != nil {
		return internalError(err)
	}
	c.direct = out
	readErr, writeErr := out.copyFrom(part)
	switch {
	case errors.Is(writeErr, errTooLarge):
		return &apiError{status: http.StatusRequestEntityTooLarge, Code: "file_too_large", Message: "Direct uploads are limited to 4 MB; use the signed upload flow."}
	case writeErr != nil:
		return internalError(writeErr)
	case readErr != nil:
		return invalidInput(fieldError{"file", "The body ended early."})
	}
	if name := part.FileName(); c.create.FileName == nil && name != "" {
		c.create.FileName = &name
	}
	if media := part.Header.Get("Content-Type"); c.create.ContentType == nil && media != "" {
		c.create.ContentType = &media
	}
	return nil
}

// takeDirect makes an asset of the bytes that came with the request.
func (s *Server) takeDirect(c *call) (answer, *apiError) {
	out := c.direct
	c.direct = nil
	return s.finish(c, "direct", out, "", c.fault.Fail)
}

// samplePicture is what the guide's example host serves: a small picture, whatever the path.
func samplePicture(w http.ResponseWriter, r *http.Request) {
	img := image.NewRGBA(image.Rect(0, 0, 64, 64))
	shade := uint8(len(r.URL.Path) * 37)
	for y := range 64 {
		for x := range 64 {
			img.SetRGBA(x, y, color.RGBA{R: uint8(x * 4), G: uint8(y * 4), B: shade, A: 255})
		}
	}
	w.Header().Set("Content-Type", "image/png")
	_ = png.Encode(w, img) // the writer's own error is looked at by its owner
}
