package flora

import (
	"context"
	"net/http"
	"net/url"
)

// ReserveRequest is the body of a reservation. WorkspaceID is required; "" elsewhere leaves the field out.
type ReserveRequest struct {
	WorkspaceID string
	FileName    string
	ContentType string
	Folder      string
}

// CreateRequest makes an asset from an allowlisted HTTPS URL, which FLORA fetches itself.
type CreateRequest struct {
	URL         string
	WorkspaceID string
	FileName    string
	ContentType string
	Folder      string
}

// Reservation is an asset and, while it waits for bytes, the form to send them with.
type Reservation struct {
	Asset Asset
	Form  Form // zero when the asset is not waiting for bytes
	Meta  Meta
}

type createBody struct {
	Source      string `json:"source"`
	WorkspaceID string `json:"workspace_id"`
	FileName    string `json:"file_name,omitempty"`
	ContentType string `json:"content_type,omitempty"`
	Folder      string `json:"folder,omitempty"`
}

// Reserve makes a pending asset and its upload form: POST /assets with source "signed-url". key is the Idempotency-Key. A pending asset
// without a usable form is ErrMalformed, with Reservation.Asset and Meta filled as far as they could be read.
func (c *Client) Reserve(ctx context.Context, r ReserveRequest, key string) (Reservation, error) {
	body := createBody{"signed-url", r.WorkspaceID, r.FileName, r.ContentType, r.Folder}
	return c.create(ctx, OpReserve, body, key)
}

// CreateFromURL makes an asset whose bytes FLORA fetches: POST /assets with the URL as source. One request makes a ready asset.
// Reservation.Form is zero unless FLORA wants the bytes after all.
func (c *Client) CreateFromURL(ctx context.Context, r CreateRequest, key string) (Reservation, error) {
	if err := checkSource(r.URL); err != nil {
		return Reservation{}, err
	}
	body := createBody{r.URL, r.WorkspaceID, r.FileName, r.ContentType, r.Folder}
	return c.create(ctx, OpCreate, body, key)
}

func (c *Client) create(ctx context.Context, op Op, body createBody, key string) (Reservation, error) {
	if err := checkIDs(op, WorkspacePrefix, body.WorkspaceID); err != nil {
		return Reservation{}, err
	}
	a, err := c.do(ctx, call{op: op, method: http.MethodPost, path: []string{"assets"}, body: body, idempotency: key, limit: maxAssetAnswer})
	if err != nil {
		return Reservation{Meta: a.meta}, err
	}
	return readReservation(a, "", op == OpReserve)
}

// readReservation reads the answer of reserve, create and retry. id is the asset asked for, or "" when it is new.
func readReservation(a answer, id string, wantForm bool) (Reservation, error) {
	r := Reservation{Meta: a.meta}
	o, err := a.object()
	if err != nil {
		return r, err
	}
	r.Asset = readAsset(o, a.red)
	if r.Asset.ID == "" {
		r.Asset.ID = id
	}
	if err := checkAnswerID(a, r.Asset.ID, id); err != nil {
		return r, err
	}
	form, what := readForm(o, a.meta)
	switch {
	case what == "":
		r.Form = form
	case r.Asset.Status == StatusReady, r.Asset.Status == StatusFailed, !wantForm && what == "upload":
	default:
		return r, a.malformed(what)
	}
	return r, nil
}

func checkAnswerID(a answer, got, want string) error {
	if want != "" && got != want {
		return a.malformed("asset_id is another asset's")
	}
	if err := CheckID(AssetPrefix, got); err != nil {
		return a.malformed("asset_id")
	}
	return nil
}

// checkSource keeps what the guide says never works from being sent: objects, local paths, data: URLs, placeholders.
func checkSource(source string) error {
	u, err := url.Parse(source)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return &RequestError{Op: OpCreate, What: "source is not an https URL"}
	}
	return nil
}
