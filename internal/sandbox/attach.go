package sandbox

import (
	"net/http"
	"strconv"
	"time"
)

func prepareAttach(s *Server, c *call) *apiError {
	if err := prepareAssetAction(s, c); err != nil {
		return err
	}
	c.project = c.r.PathValue("project")
	if !publicID("prj_", c.project) {
		return invalidInput(fieldError{"project_id", "project_id must start with prj_."})
	}
	c.scope += " " + c.project
	return nil
}

// effectAttach is POST /projects/{project}/assets/{id}/attach: a new node each time, as FLORA does it.
func effectAttach(s *Server, c *call) (answer, *apiError) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	a := *s.assets[c.asset]
	if a.status(now) != Ready {
		s.violateLocked(c, AttachEarly, "asset is "+a.status(now))
		return answer{}, conflict("Asset is not ready.")
	}
	n := s.newNode(&a, c.project)
	a.Nodes = append(a.Nodes[:len(a.Nodes):len(a.Nodes)], n)
	got := answer{status: http.StatusOK, body: map[string]any{
		"asset_id": a.ID, "project_id": n.Project, "node_id": n.ID,
		"canvas_url": s.apiOrigin(c.r) + "/projects/" + n.Project + "?node=" + n.ID,
	}}
	if err := s.put(entry{Asset: &a, Key: s.settle(c, got)}); err != nil {
		return answer{}, internalError(err)
	}
	return got, nil
}

func (s *Server) newNode(a *asset, project string) Node {
	return Node{Project: project, ID: "node_" + s.derive(16, "node", a.ID, strconv.Itoa(len(a.Nodes)))}
}
