package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Paths of the two kinds of storage.
const (
	gcsPath      = "/storage/gcs/flora-sandbox"
	imageKitPath = "/storage/imagekit/api/v1/files/upload"
)

// newForm signs a fresh form for a. Its id is what makes it one of a kind: GCS's signature, ImageKit's token. The
// caller holds mu and puts both.
func (s *Server) newForm(a *asset) *form {
	life := s.opts.Form
	if s.faults.form > 0 {
		life = s.faults.form
	}
	now := time.Now()
	a.Forms++
	f := &form{Asset: a.ID, Kind: s.opts.Storage, Expires: now.Add(life).Round(0).UTC()}
	if f.Kind == ImageKit {
		s.signImageKit(a, f)
	} else {
		s.signGCS(a, f, now)
	}
	a.Form = f.ID
	return f
}

// signGCS fills in a V4 POST policy (Cloud Storage, "Signed policy documents"); the signature is the stand-in's own.
func (s *Server) signGCS(a *asset, f *form, now time.Time) {
	stamp := now.UTC().Format("20060102T150405Z")
	fields := map[string]string{
		"Content-Type":      a.contentType(),
		"key":               "assets/" + a.Workspace + "/" + a.ID,
		"x-goog-date":       stamp,
		"x-goog-credential": "sandbox@flora.localhost/" + stamp[:8] + "/auto/storage/goog4_request",
		"x-goog-algorithm":  "GOOG4-RSA-SHA256",
	}
	conditions := []any{}
	for _, name := range []string{"Content-Type", "key", "x-goog-date", "x-goog-credential", "x-goog-algorithm"} {
		conditions = append(conditions, map[string]string{name: fields[name]})
	}
	if s.opts.MaxSize > 0 {
		conditions = append(conditions, []any{"content-length-range", 0, s.opts.MaxSize})
	}
	policy, err := json.Marshal(map[string]any{
		"conditions": conditions, "expiration": f.Expires.Format(time.RFC3339),
	})
	if err != nil {
		panic(err) // strings and numbers only
	}
	fields["policy"] = base64.StdEncoding.EncodeToString(policy)
	f.ID = s.derive(64, "gcs", a.ID, strconv.Itoa(a.Forms), fields["policy"])
	fields["x-goog-signature"] = f.ID
	f.Fields = fields
}

// signImageKit fills in what ImageKit's client-side upload takes.
func (s *Server) signImageKit(a *asset, f *form) {
	f.ID = s.derive(32, "token", a.ID, strconv.Itoa(a.Forms))
	expire := strconv.FormatInt(f.Expires.Unix(), 10)
	f.Fields = map[string]string{
		"publicKey": "public_sandbox",
		"token":     f.ID,
		"expire":    expire,
		"signature": s.derive(40, "imagekit", f.ID, expire),
		"fileName":  imageKitName(a.Name),
		"folder":    "/" + strings.Trim(a.Workspace+"/"+a.Folder, "/"),
	}
}

// imageKitName rewrites a name as ImageKit does: a-z A-Z 0-9 . - stay, the rest becomes _.
func imageKitName(name string) string {
	if name == "" {
		return "asset"
	}
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' {
			return r
		}
		return '_'
	}, name)
}

// uploadBody is the answer of a reservation or a retry.
func (s *Server) uploadBody(r *http.Request, a *asset, f *form) map[string]any {
	target := s.storageOrigin(r) + gcsPath
	if f.Kind == ImageKit {
		target = s.storageOrigin(r) + imageKitPath
	}
	m := s.summary(r, a)
	if s.opts.CamelForm {
		m["upload"] = map[string]any{"url": target, "formFields": f.Fields, "fileField": "file"}
		return m
	}
	m["upload_url"] = target
	m["expires_at"] = f.Expires.Format("2006-01-02T15:04:05.000Z")
	m["upload"] = map[string]any{
		"content_type": "multipart/form-data", "file_field": "file", "form_fields": f.Fields,
		"method": http.MethodPost, "url": target,
	}
	return m
}
