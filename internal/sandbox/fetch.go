package sandbox

import (
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"mime"
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
	c.incoming = out
	rec := &sink{out: out, header: http.Header{}, cancel: cancel}
	s.sourceHandler(c.r, u).ServeHTTP(rec, req)
	failure := c.fault.Fail
	switch {
	case errors.Is(rec.err, errTooLarge):
		failure = "The source is larger than 50 MB."
	case rec.err != nil:
		return answer{}, internalError(rec.err)
	case rec.status >= 300:
		failure = "The source answered " + strconv.Itoa(rec.status) + "."
	}
	media, _, _ := mime.ParseMediaType(rec.header.Get("Content-Type"))
	return s.finish(c, "url", media, failure)
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

// finish puts an asset of c.incoming, whose bytes came without a form: ready at once, or after processing, or failed.
func (s *Server) finish(c *call, via, media, failure string) (answer, *apiError) {
	s.mu.Lock()
	a := s.newAsset(c, via)
	s.mu.Unlock()
	var stored *object
	if failure == "" {
		out := c.incoming
		c.incoming = nil
		var err error
		if stored, err = out.commit(a.ID+".1", media); err != nil {
			return answer{}, internalError(err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a.Completed, a.Failure, a.Object, a.Objects = true, failure, stored, 1
	a.ReadyAt = a.CreatedAt.Add(s.processing() + c.fault.Process)
	got := answer{status: s.opts.ReserveStatus, body: s.summary(c.r, a)}
	if err := s.put(entry{Asset: a, Key: s.settle(c, got)}); err != nil {
		return answer{}, internalError(err)
	}
	return got, nil
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
