package flora

import (
	"context"
	"net/http"
)

// Retrieve looks at an asset: GET /assets/{id}. A missing asset and one the key cannot see are both a 404 Error.
func (c *Client) Retrieve(ctx context.Context, assetID string) (Asset, Meta, error) {
	if err := checkIDs(OpRetrieve, AssetPrefix, assetID); err != nil {
		return Asset{}, Meta{}, err
	}
	a, err := c.do(ctx, call{op: OpRetrieve, method: http.MethodGet, path: []string{"assets", assetID}, limit: maxAssetAnswer})
	if err != nil {
		return Asset{}, a.meta, err
	}
	asset, err := readOneAsset(a, assetID)
	return asset, a.meta, err
}
