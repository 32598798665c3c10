package uploader

import (
	"context"
	"slices"
	"sync"

	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

// holders are the rows that hold assets of one listing. The record is walked for them once a listing, and what rows come to hold from then on is noted. A walk for
// each row that is recovered takes the square of their number: where a record of many files was lost, longer than FLORA remembers the keys that keep them
// from being uploaded twice.
type holders struct {
	mu   sync.Mutex
	rows map[string]state.ID // by asset; nil before the first listing
	only map[string]bool     // the assets of the listing; nil while the record is walked: then whatever a row comes to hold is noted
}

// look walks the record for the rows that hold these assets. Noting begins before the walk does, so that no row is missed that comes to hold one meanwhile.
func (h *holders) look(ctx context.Context, q Queue, assets []flora.Asset) error {
	h.mu.Lock()
	if h.rows == nil {
		h.rows = make(map[string]state.ID)
	}
	before := h.only
	h.only = nil
	h.mu.Unlock()
	ids, only := make([]string, 0, len(assets)), make(map[string]bool, len(assets))
	for _, a := range assets {
		ids, only[a.ID] = append(ids, a.ID), true
	}
	found, err := q.Holders(ctx, ids)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil { // what was noted goes on to be, but not of every asset there is
		if h.only = before; before == nil {
			h.rows = nil
		}
		return err
	}
	for asset, id := range h.rows {
		if _, walked := found[asset]; !walked && only[asset] {
			found[asset] = id
		}
	}
	h.rows, h.only = found, only
	return nil
}

// note says that a row holds an asset.
func (h *holders) note(asset string, id state.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rows != nil && (h.only == nil || h.only[asset]) {
		h.rows[asset] = id
	}
}

func (h *holders) of(asset string) state.ID {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.rows[asset]
}

// forget takes back what was said of a row, unless another one holds the asset by now.
func (h *holders) forget(asset string, id state.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rows[asset] == id {
		delete(h.rows, asset)
	}
}

// noteAsset has a search under way know that the row holds an asset now.
func (r *row) noteAsset() {
	if r.it.AssetID == "" {
		return
	}
	if search := r.u.earlier.known(r.workspace()); search != nil {
		search.holders.note(r.it.AssetID, r.it.ID)
	}
}

// holder returns the row that holds an asset of the listing, or held it before; 0 when none does. One that did and is forgotten since, or was folded, is no answer:
// then the record is walked.
func (r *row) holder(ctx context.Context, asset string) (state.ID, error) {
	search := r.u.earlier.of(r.workspace())
	id := search.holders.of(asset)
	if id == 0 {
		return 0, nil
	}
	it, ok, err := r.u.opt.Queue.Get(ctx, id)
	if err != nil || ok && (it.AssetID == asset || slices.Contains(it.Previous, asset)) {
		return id, err
	}
	holder, err := r.u.opt.Queue.Holder(ctx, asset)
	if err == nil && holder == 0 {
		search.holders.forget(asset, id)
	}
	return holder, err
}
