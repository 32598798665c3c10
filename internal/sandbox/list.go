package sandbox

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// listQuery is the query of GET /assets.
type listQuery struct {
	workspace, project, search string
	offset, limit              int
}

func prepareList(s *Server, c *call) *apiError {
	v := c.r.URL.Query()
	q := listQuery{workspace: v.Get("workspace_id"), project: v.Get("project_id"), search: v.Get("query")}
	if q.workspace != "" && !publicID("ws_", q.workspace) {
		return invalidInput(fieldError{"workspace_id", "workspace_id must start with ws_."})
	}
	if q.project != "" && !publicID("prj_", q.project) {
		return invalidInput(fieldError{"project_id", "project_id must start with prj_."})
	}
	q.limit = s.opts.PageSize
	if raw := v.Get("limit"); raw != "" {
		n, err := strconv.Atoi(raw)
		if err != nil || n < 1 || n > 100 {
			return invalidInput(fieldError{"limit", "limit must be between 1 and 100."})
		}
		q.limit = n
	}
	if cursor := v.Get("cursor"); cursor != "" {
		raw, err := base64.RawURLEncoding.DecodeString(cursor)
		n, errN := strconv.Atoi(string(raw))
		if err != nil || errN != nil || n < 0 {
			return invalidInput(fieldError{"cursor", "cursor is invalid."})
		}
		q.offset = n
	}
	c.workspace, c.query = q.workspace, q
	return nil
}

// effectList is GET /assets. Pages are offsets, as FLORA's are: rows repeat while others come in front of them.
func effectList(s *Server, c *call) (answer, *apiError) {
	now, q := time.Now(), c.query
	s.mu.Lock()
	defer s.mu.Unlock()
	rows, skipped, more := []map[string]any{}, 0, false
	for a := range s.listed(q.workspace) {
		for _, node := range q.matches(a) {
			if skipped < q.offset {
				skipped++
				continue
			}
			if more = len(rows) == q.limit; more {
				break
			}
			rows = append(rows, s.listRow(c.r, a, node, now))
		}
		if more {
			break
		}
	}
	if s.opts.OldRow && q.offset == 0 {
		rows = append(rows, oldRow())
	}
	meta := map[string]any{"next_cursor": nil}
	if more {
		meta["next_cursor"] = base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(q.offset + q.limit)))
	}
	return answer{status: http.StatusOK, body: map[string]any{"assets": rows, "meta": meta}}, nil
}

// listed ranges over the assets of a workspace, or over all, in the order of lists. The caller holds mu.
func (s *Server) listed(workspace string) func(yield func(*asset) bool) {
	all := s.order
	if workspace != "" {
		all = s.byWorkspace[workspace]
	}
	return func(yield func(*asset) bool) {
		for i := range all {
			a := all[len(all)-1-i]
			if s.opts.OldestFirst {
				a = all[i]
			}
			if !yield(a) {
				return
			}
		}
	}
}

// matches returns a row's nodes: one per node on the project's canvas where a project is asked for, else one without.
func (q listQuery) matches(a *asset) []*Node {
	if q.search != "" && !strings.Contains(strings.ToLower(a.Name), strings.ToLower(q.search)) {
		return nil
	}
	if q.project == "" {
		return []*Node{nil}
	}
	var nodes []*Node
	for i := range a.Nodes {
		if a.Nodes[i].Project == q.project {
			nodes = append(nodes, &a.Nodes[i])
		}
	}
	return nodes
}

func (s *Server) listRow(r *http.Request, a *asset, node *Node, now time.Time) map[string]any {
	m := s.row(r, a, now)
	m["created_at"] = a.CreatedAt.Unix()
	if s.opts.Milliseconds {
		m["created_at"] = a.CreatedAt.UnixMilli()
	}
	if node != nil {
		m["node_id"], m["project_id"] = node.ID, node.Project
	}
	return m
}

// oldRow is a row from before assets had public ids.
func oldRow() map[string]any {
	return map[string]any{
		"asset_id": nil, "content_type": "image/png", "created_at": nil, "description": nil, "height": nil,
		"width": nil, "name": nil, "size_bytes": nil, "status": Ready, "upload_content_type": nil,
		"uploaded_via": "url", "url": (&url.URL{Scheme: "https", Host: "media.flora.ai", Path: "/old.png"}).String(),
		"workspace_id": nil,
	}
}
