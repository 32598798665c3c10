package flora

import (
	"bytes"
	"context"
	"net/http"
)

// Attachment is an asset on a project's canvas. NodeID and CanvasURL are "" when FLORA did not say.
type Attachment struct {
	NodeID    string
	CanvasURL string
	Meta      Meta
}

// Attach puts a ready asset on a project's canvas: POST /projects/{project}/assets/{asset}/attach. Doing it twice makes two nodes.
func (c *Client) Attach(ctx context.Context, projectID, assetID, key string) (Attachment, error) {
	if err := checkIDs(OpAttach, ProjectPrefix, projectID, AssetPrefix, assetID); err != nil {
		return Attachment{}, err
	}
	a, err := c.do(ctx, call{op: OpAttach, method: http.MethodPost, path: []string{"projects", projectID, "assets", assetID, "attach"},
		body: empty{}, idempotency: key, limit: maxAssetAnswer})
	at := Attachment{Meta: a.meta}
	if err != nil || len(bytes.TrimSpace(a.body)) == 0 {
		return at, err
	}
	o, err := a.object()
	if err != nil {
		return at, err
	}
	if got := o.text("asset_id"); got != "" && got != assetID {
		return at, a.malformed("asset_id is another asset's")
	}
	at.NodeID, at.CanvasURL = o.text("node_id"), o.text("canvas_url")
	return at, nil
}
