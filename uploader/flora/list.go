package flora

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// MaxListLimit is the largest page FLORA gives.
const MaxListLimit = 100

// ListQuery selects assets. WorkspaceID is required.
type ListQuery struct {
	WorkspaceID string
	ProjectID   string // "" for all
	Search      string // FLORA's text search; "" for all
	Cursor      string // Page.Next of the page before; "" for the first
	Limit       int    // 1 to MaxListLimit; 0 is MaxListLimit
}

// Page is one page of a list. Paging is by offset: rows can repeat or be missed while others insert.
type Page struct {
	Assets  []Asset // ID may be "" in old rows
	Skipped int     // rows that were no objects
	Next    string  // cursor of the next page; "" at the end
	Meta    Meta
}

// List gives a page of assets: GET /assets.
func (c *Client) List(ctx context.Context, q ListQuery) (Page, error) {
	if err := checkIDs(OpList, WorkspacePrefix, q.WorkspaceID); err != nil {
		return Page{}, err
	}
	if q.ProjectID != "" {
		if err := checkIDs(OpList, ProjectPrefix, q.ProjectID); err != nil {
			return Page{}, err
		}
	}
	a, err := c.do(ctx, call{op: OpList, method: http.MethodGet, path: []string{"assets"}, query: q.values(), limit: maxListAnswer})
	if err != nil {
		return Page{Meta: a.meta}, err
	}
	return readPage(a, q.Cursor)
}

func (q ListQuery) values() url.Values {
	limit := q.Limit
	if limit <= 0 || limit > MaxListLimit {
		limit = MaxListLimit
	}
	v := url.Values{"workspace_id": {q.WorkspaceID}, "limit": {strconv.Itoa(limit)}}
	for name, value := range map[string]string{"project_id": q.ProjectID, "query": q.Search, "cursor": q.Cursor} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

// readPage reads a page. A cursor that leads to the page it came from would never end and is ErrMalformed.
func readPage(a answer, cursor string) (Page, error) {
	p := Page{Meta: a.meta}
	o, err := a.object()
	if err != nil {
		return p, err
	}
	rows, ok := o["assets"].([]any)
	if !ok { // null is not "none": a caller may conclude from absence
		return p, a.malformed("assets")
	}
	for _, row := range rows {
		item, ok := asObject(row)
		if !ok {
			p.Skipped++
			continue
		}
		p.Assets = append(p.Assets, readAsset(item, a.red))
	}
	p.Next = o.object("meta").text("next_cursor")
	if p.Next != "" && p.Next == cursor {
		return p, a.malformed("meta.next_cursor repeats the cursor of this page")
	}
	return p, nil
}
