package sandbox

import (
	"net/http"
	"strconv"
	"time"
)

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
	if !s.before(w, c) || !s.after(w, c) {
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
