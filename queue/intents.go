package queue

import (
	"context"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// Intended reports whether another row's request for an asset of this name in this workspace may have been sent, and nobody knows yet what became of it: failed
// rows count, since an operator has to say. It walks the URLs, page by page.
func (q *Queue) Intended(ctx context.Context, of state.ID, workspace, name string) (intended bool, err error) {
	err = q.eachKey(ctx, bucketURLs, func(tx *bolt.Tx, h head, k, _ []byte) (bool, error) {
		r, err := readRow(tx.Bucket(bucketRows), h, state.ID(num8(k)))
		if err != nil {
			return false, err
		}
		intended = r.ID != of && r.Phase == state.Queued && !r.IntentAt.IsZero() && r.To.Workspace == workspace && r.To.Name == name
		return !intended, nil
	})
	return intended && err == nil, err
}
