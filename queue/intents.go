package queue

import (
	"bytes"
	"context"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// Intended reports whether another row's request for an asset of this name in this workspace may have been sent, and nobody knows yet what became of it: failed
// rows count, since an operator has to say. It walks the URLs, page by page.
func (q *Queue) Intended(ctx context.Context, of state.ID, workspace, name string) (intended bool, err error) {
	var last []byte
	for more := true; more && !intended; {
		err := q.view(ctx, func(tx *bolt.Tx, h head) error {
			rows, c := tx.Bucket(bucketRows), tx.Bucket(bucketURLs).Cursor()
			k, _ := c.First()
			if last != nil {
				if k, _ = c.Seek(last); bytes.Equal(k, last) {
					k, _ = c.Next()
				}
			}
			for n := 0; k != nil && n < listStep && !intended; n++ {
				r, err := readRow(rows, h, state.ID(num8(k)))
				if err != nil {
					return err
				}
				intended = r.ID != of && r.Phase == state.Queued && !r.IntentAt.IsZero() && r.To.Workspace == workspace && r.To.Name == name
				last = bytes.Clone(k)
				k, _ = c.Next()
			}
			more = k != nil
			return nil
		})
		if err != nil {
			return false, err
		}
	}
	return intended, nil
}
