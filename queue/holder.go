package queue

import (
	"bytes"
	"context"
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// Holder returns the row that holds an asset, or held it before; 0 when none does. It walks the rows: see [Queue.Holders] for more than one.
func (q *Queue) Holder(ctx context.Context, assetID string) (state.ID, error) {
	held, err := q.Holders(ctx, []string{assetID})
	return held[assetID], err
}

// Holders returns the rows that hold these assets, or held them before, in one walk over every row, page by page. Assets no row holds are not in it.
func (q *Queue) Holders(ctx context.Context, assetIDs []string) (map[string]state.ID, error) {
	wanted := make(map[string]bool, len(assetIDs))
	for _, a := range assetIDs {
		wanted[a] = a != ""
	}
	held := make(map[string]state.ID)
	note := func(it state.Item) {
		for _, a := range append(slices.Clone(it.Previous), it.AssetID) {
			if wanted[a] {
				held[a] = it.ID
			}
		}
	}
	q.noteImages(note) // else one would be missed that is on disk behind the walk, and no image any more at its end
	err := q.eachRow(ctx, func(r row) { note(r.Item) })
	q.noteImages(note)
	return held, err
}

// noteImages calls fn for the rows as what is accepted, and not on disk yet, leaves them.
func (q *Queue) noteImages(fn func(state.Item)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, im := range q.images {
		if !im.removed {
			fn(im.item)
		}
	}
}

// eachRow reads every row in pages.
func (q *Queue) eachRow(ctx context.Context, fn func(row)) error {
	return q.eachKey(ctx, bucketRows, func(_ *bolt.Tx, h head, k, v []byte) (bool, error) {
		r, err := decodeRow(state.ID(num8(k)), v, h.name)
		if err == nil {
			fn(r)
		}
		return true, err
	})
}

// eachKey calls fn for the keys of a bucket in pages, until it wants no more: no transaction is open between them.
func (q *Queue) eachKey(ctx context.Context, bucket []byte, fn func(tx *bolt.Tx, h head, k, v []byte) (more bool, err error)) error {
	var last []byte
	for more := true; more; {
		err := q.view(ctx, func(tx *bolt.Tx, h head) (err error) {
			c := tx.Bucket(bucket).Cursor()
			k, v := c.First()
			if last != nil {
				if k, v = c.Seek(last); bytes.Equal(k, last) {
					k, v = c.Next()
				}
			}
			for n := 0; k != nil && more && n < listStep; n++ {
				if more, err = fn(tx, h, k, v); err != nil {
					return err
				}
				last = bytes.Clone(k)
				k, v = c.Next()
			}
			more = more && k != nil
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
