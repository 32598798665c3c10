package flora

import (
	"bytes"
	"context"
	"net/http"
)

// empty is the body {}: an empty body with a content type was refused as invalid_json by the real service (facts).
type empty struct{}

// Complete tells FLORA that the bytes are there: POST /assets/{id}/complete. The asset may still be pending (poll Retrieve) or failed.
// An answer without a body gives an Asset with an unknown Status.
func (c *Client) Complete(ctx context.Context, assetID, key string) (Asset, Meta, error) {
	if err := checkIDs(OpComplete, AssetPrefix, assetID); err != nil {
		return Asset{}, Meta{}, err
	}
	a, err := c.do(ctx, call{op: OpComplete, method: http.MethodPost, path: []string{"assets", assetID, "complete"},
		body: empty{}, idempotency: key, limit: maxAssetAnswer})
	if err != nil {
		return Asset{}, a.meta, err
	}
	if len(bytes.TrimSpace(a.body)) == 0 {
		return Asset{ID: assetID}, a.meta, nil
	}
	asset, err := readOneAsset(a, assetID)
	return asset, a.meta, err
}

// readOneAsset reads an answer that is the asset asked for. Its status is required.
func readOneAsset(a answer, id string) (Asset, error) {
	o, err := a.object()
	if err != nil {
		return Asset{}, err
	}
	asset := readAsset(o, a.red)
	if asset.ID == "" {
		asset.ID = id
	}
	if err := checkAnswerID(a, asset.ID, id); err != nil {
		return Asset{}, err
	}
	if asset.Status == "" {
		return Asset{}, a.malformed("status")
	}
	return asset, nil
}
