package sandbox

import (
	"time"
)

// Asset is one asset as /sandbox/assets tells it.
type Asset struct {
	ID          string    `json:"id"`
	Workspace   string    `json:"workspace"`
	Name        string    `json:"name"`
	Folder      string    `json:"folder"`
	Status      string    `json:"status"`       // pending_upload, ready, failed
	Size        int64     `json:"size"`         // of the bytes held, or -1 without bytes
	SHA256      string    `json:"sha256"`       // lower hex, or "" without bytes
	ContentType string    `json:"content_type"` // as reported
	CreatedAt   time.Time `json:"created_at"`
	UploadedVia string    `json:"uploaded_via"` // signed_url, url, direct
	Source      string    `json:"source"`       // the URL of an asset created from one
	Failure     string    `json:"failure"`
	Forms       int       `json:"forms"` // signed forms handed out
	Begun       int       `json:"begun"` // posts begun, also those that failed
	Posts       []Post    `json:"posts"` // posts that were stored, oldest first
	Projects    []string  `json:"projects"`
	Nodes       []Node    `json:"nodes"`
}

// Post is one stored form post.
type Post struct {
	At     time.Time `json:"at"` // when it began
	Form   int       `json:"form"`
	Size   int64     `json:"size"`
	SHA256 string    `json:"sha256"`
}

// Node is one node on a project's canvas.
type Node struct {
	Project string `json:"project"`
	ID      string `json:"id"`
}

// Assets returns all assets, oldest first.
func (s *Server) Assets() []Asset {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Asset, 0, len(s.order))
	for _, a := range s.order {
		out = append(out, a.public(now))
	}
	return out
}

func (a *asset) public(now time.Time) Asset {
	p := Asset{
		ID: a.ID, Workspace: a.Workspace, Name: a.Name, Folder: a.Folder, Status: a.status(now), Size: -1,
		ContentType: a.contentType(), CreatedAt: a.CreatedAt, UploadedVia: a.Via, Source: a.Source, Failure: a.Failure,
		Forms: a.Forms, Begun: a.Begun,
		Posts: append([]Post{}, a.Posts...), Projects: []string{}, Nodes: append([]Node{}, a.Nodes...),
	}
	if a.Object != nil {
		p.Size, p.SHA256 = a.Object.Size, a.Object.SHA256
	}
	seen := map[string]bool{}
	for _, n := range a.Nodes {
		if !seen[n.Project] {
			seen[n.Project] = true
			p.Projects = append(p.Projects, n.Project)
		}
	}
	return p
}
