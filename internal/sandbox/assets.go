package sandbox

import (
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// createRequest is the body of POST /assets.
type createRequest struct {
	Source      *string `json:"source"`
	WorkspaceID *string `json:"workspace_id"`
	FileName    *string `json:"file_name"`
	ContentType *string `json:"content_type"`
	Folder      *string `json:"folder"`
	ProjectID   *string `json:"project_id"`
}

func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// contentTypes are what FLORA takes (facts: allowed types); asked only with Options.CheckTypes.
var contentTypes = map[string]bool{
	"image/jpeg": true, "image/png": true, "image/webp": true, "image/gif": true, "image/avif": true,
	"image/heic": true, "image/heif": true, "video/mp4": true, "video/webm": true, "video/quicktime": true,
	"audio/mpeg": true, "audio/wav": true, "audio/ogg": true, "application/pdf": true,
}

// prepareCreate tells the three ways to create an asset apart, and validates.
func prepareCreate(s *Server, c *call) *apiError {
	media, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if media == "multipart/form-data" {
		c.op = OpDirect
		if err := s.readDirect(c); err != nil {
			return err
		}
	} else if err := s.readJSON(c, &c.create); err != nil {
		return err
	}
	req := c.create
	c.workspace, c.folder, c.name = text(req.WorkspaceID), text(req.Folder), text(req.FileName)
	c.scope = "create"
	if err := s.validateCreate(c); err != nil {
		c.workspace = ""
		return err
	}
	if c.op != OpDirect && *req.Source != "signed-url" {
		c.op = OpURL
		return s.prepareURL(c)
	}
	return nil
}

func (s *Server) validateCreate(c *call) *apiError {
	req := c.create
	var wrong []fieldError
	if req.Source == nil && c.op != OpDirect {
		wrong = append(wrong, fieldError{"source", "source is required and must be a string."})
	}
	switch {
	case req.WorkspaceID == nil || *req.WorkspaceID == "":
		wrong = append(wrong, fieldError{"workspace_id", "workspace_id is required."})
	case !publicID("ws_", *req.WorkspaceID):
		wrong = append(wrong, fieldError{"workspace_id", "workspace_id must start with ws_."})
	}
	if req.ProjectID != nil && !publicID("prj_", *req.ProjectID) {
		wrong = append(wrong, fieldError{"project_id", "project_id must start with prj_."})
	}
	if req.ContentType != nil && s.opts.CheckTypes && !contentTypes[*req.ContentType] {
		wrong = append(wrong, fieldError{"content_type", "content_type is not supported."})
	}
	if len(wrong) > 0 {
		return invalidInput(wrong...)
	}
	return nil
}

// publicID tells whether id is a well-formed public id: the prefix, then letters, digits, _ and -.
func publicID(prefix, id string) bool {
	rest, ok := strings.CutPrefix(id, prefix)
	if !ok || rest == "" || len(rest) > 128 {
		return false
	}
	for _, r := range rest {
		if (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '_' && r != '-' {
			return false
		}
	}
	return true
}

// effectCreate makes the asset in the way that prepare found.
func effectCreate(s *Server, c *call) (answer, *apiError) {
	switch c.op {
	case OpURL:
		return s.fetchSource(c)
	case OpDirect:
		return s.takeDirect(c)
	}
	return s.reserve(c)
}

// newAsset starts an asset of c, not yet put. The caller holds mu.
func (s *Server) newAsset(c *call, via string) *asset {
	id, seq := s.newAssetID()
	c.asset = id
	a := &asset{
		ID: id, Seq: seq, Workspace: c.workspace, Name: c.name, Folder: c.folder,
		Type: text(c.create.ContentType), Via: via, CreatedAt: time.Now().Round(0).UTC(),
	}
	if via == "url" {
		a.Source = *c.create.Source
	}
	if p := c.create.ProjectID; p != nil {
		a.Nodes = append(a.Nodes, s.newNode(a, *p))
	}
	return a
}

// reserve is POST /assets with source signed-url.
func (s *Server) reserve(c *call) (answer, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.newAsset(c, "signed_url")
	f := s.newForm(a)
	got := answer{status: s.opts.ReserveStatus, body: s.uploadBody(c.r, a, f), form: f.ID}
	if err := s.put(entry{Asset: a, Form: f, Key: s.settle(c, got)}); err != nil {
		return answer{}, internalError(err)
	}
	return got, nil
}

// summary is the body of create, complete and retry without instructions.
func (s *Server) summary(r *http.Request, a *asset) map[string]any {
	now := time.Now()
	m := map[string]any{
		"asset_id": a.ID, "status": a.status(now), "uploaded_via": a.Via, "url": s.assetURL(r, a),
		"visibility": "workspace", "workspace_id": a.Workspace,
	}
	if a.status(now) == Failed {
		m["failure_message"] = a.Failure
	}
	return m
}

// assetURL is where the bytes are once the asset is ready.
func (s *Server) assetURL(r *http.Request, a *asset) string {
	name := a.Name
	if name == "" {
		name = "asset"
	}
	return s.storageOrigin(r) + "/files/" + a.ID + "/" + url.PathEscape(name)
}
