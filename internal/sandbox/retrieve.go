package sandbox

import (
	"net/http"
	"time"
)

// prepareAsset finds the asset that the path names.
func prepareAsset(s *Server, c *call) *apiError {
	id := c.r.PathValue("asset")
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.assets[id]
	if a == nil {
		return notFound("Asset")
	}
	c.asset, c.workspace, c.folder, c.name = a.ID, a.Workspace, a.Folder, a.Name
	c.scope = string(c.op) + " " + a.ID
	return nil
}

// prepareAssetAction is prepareAsset for the actions, which take an empty JSON object.
func prepareAssetAction(s *Server, c *call) *apiError {
	if err := s.readJSON(c, &struct{}{}); err != nil {
		return err
	}
	return prepareAsset(s, c)
}

// effectRetrieve is GET /assets/{id}.
func effectRetrieve(s *Server, c *call) (answer, *apiError) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.assets[c.asset]
	m := s.row(c.r, a, now)
	m["created_at"] = a.CreatedAt.Format("2006-01-02T15:04:05.000Z")
	m["failure_message"] = nil
	if a.status(now) == Failed {
		m["failure_message"] = a.Failure
	}
	return answer{status: http.StatusOK, body: m}, nil
}

// row is what retrieve and list have in common.
func (s *Server) row(r *http.Request, a *asset, now time.Time) map[string]any {
	m := map[string]any{
		"asset_id": a.ID, "content_type": a.contentType(), "description": nil, "height": nil, "width": nil,
		"name": nil, "size_bytes": nil, "status": a.status(now), "upload_content_type": nil,
		"uploaded_via": a.Via, "url": s.assetURL(r, a), "workspace_id": a.Workspace,
	}
	if a.Name != "" {
		m["name"] = a.Name
	}
	if a.Type != "" {
		m["upload_content_type"] = a.Type
	}
	if size := a.size(now); size != nil && !s.opts.NullSize {
		m["size_bytes"] = *size
	}
	return m
}
