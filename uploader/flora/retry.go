package flora

import (
	"context"
	"net/http"
)

// Retry asks for fresh upload instructions for a pending or failed upload: POST /assets/{id}/retry. The asset stays the same one.
// An asset that is ready or failed may come without a form; a pending one without is ErrMalformed.
func (c *Client) Retry(ctx context.Context, assetID, key string) (Reservation, error) {
	if err := checkIDs(OpRetry, AssetPrefix, assetID); err != nil {
		return Reservation{}, err
	}
	a, err := c.do(ctx, call{op: OpRetry, method: http.MethodPost, path: []string{"assets", assetID, "retry"},
		body: empty{}, idempotency: key, limit: maxAssetAnswer})
	if err != nil {
		return Reservation{Meta: a.meta}, err
	}
	return readReservation(a, assetID, true)
}
