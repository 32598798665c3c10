package uploader

import (
	"context"
	"errors"

	"github.com/florasync/florasync/uploader/flora"
)

// errEndless: a list whose cursor leads back.
var errEndless = errors.New("the list of assets does not end")

// retrieve looks at one asset.
func (r *row) retrieve(ctx context.Context, asset string) (a flora.Asset, meta flora.Meta, err error) {
	err = r.api(ctx, func(ctx context.Context) (flora.Meta, error) {
		var err error
		a, meta, err = r.root.Account.Client.Retrieve(ctx, asset)
		return meta, err
	})
	if err == nil {
		r.paid(flora.OpRetrieve)
	}
	return a, meta, err
}

// list asks for one page.
func (r *row) list(ctx context.Context, q flora.ListQuery) (page flora.Page, err error) {
	err = r.api(ctx, func(ctx context.Context) (flora.Meta, error) {
		var err error
		page, err = r.root.Account.Client.List(ctx, q)
		return page.Meta, err
	})
	if err == nil {
		r.paid(flora.OpList)
	}
	return page, err
}

// eachAsset walks a list page by page until its end, or until visit has seen enough. Rows can repeat, and be missed while others insert.
func (r *row) eachAsset(ctx context.Context, q flora.ListQuery, visit func(flora.Asset) (enough bool, err error)) error {
	q.Limit = flora.MaxListLimit
	for {
		page, err := r.list(ctx, q)
		if err != nil {
			return err
		}
		for _, a := range page.Assets {
			if a.ID == "" { // old rows
				continue
			}
			if enough, err := visit(a); enough || err != nil {
				return err
			}
		}
		switch page.Next {
		case "":
			return nil
		case q.Cursor:
			return errEndless
		}
		q.Cursor = page.Next
	}
}
