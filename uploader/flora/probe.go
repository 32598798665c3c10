package flora

import (
	"context"
	"errors"
	"net/http"
)

// probeID is an asset id that cannot exist.
const probeID = AssetPrefix + "00000000000000000000000000000000"

// Probe asks for an asset that cannot exist. nil means that FLORA answered 404 not_found: service and key are well. Every other
// answer is the error that Retrieve would give, with the 404 of something that is not FLORA's API among them.
func (c *Client) Probe(ctx context.Context) (Meta, error) {
	a, err := c.do(ctx, call{op: OpProbe, method: http.MethodGet, path: []string{"assets", probeID}, limit: maxAssetAnswer})
	var e *Error
	if errors.As(err, &e) && e.Status == http.StatusNotFound && e.Code == "not_found" {
		return a.meta, nil
	}
	if err == nil {
		err = a.malformed("an asset that cannot exist was found")
	}
	return a.meta, err
}
