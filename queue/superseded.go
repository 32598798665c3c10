package queue

import (
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// superseded reports an early row that was driven out. The new version came while somebody held the row, so it was left to them to find out, or when its
// bytes were sent, and then FLORA failed them; when nobody finds out nobody is left who would: its file is not at its path, and a path where nothing stands
// says nothing about an older version.
func superseded(paths getter, r row) (bool, error) {
	if !early(r.Item) {
		return false, nil
	}
	return drivenOut(paths, r)
}

// Superseded reports a row that is not uploaded and whose path another version has taken, which is a row of its own: what stands there now is for that one
// to send. Errors: [ErrNoRow].
func (q *Queue) Superseded(ctx context.Context, id state.ID) (over bool, err error) {
	err = q.view(ctx, func(tx *bolt.Tx, h head) error {
		r, err := readRow(tx.Bucket(bucketRows), h, id)
		if err != nil {
			return err
		}
		over, err = superseded(tx.Bucket(bucketPaths), r)
		return err
	})
	return over, err
}

// Doubted reports a row at whose path a later row stands that may be of the same file, and whose bytes nobody has compared yet. Errors: [ErrNoRow].
func (q *Queue) Doubted(ctx context.Context, id state.ID) (yes bool, err error) {
	err = q.view(ctx, func(tx *bolt.Tx, h head) error {
		l := newLookup(tx, h)
		r, err := readRow(l.rows, h, id)
		if err != nil || r.URL != "" {
			return err
		}
		e, _, err := l.entry(r.root, r.Path)
		if err != nil || e.id == 0 || e.id == id {
			return err
		}
		newest, err := readRow(l.rows, h, e.id)
		yes = err == nil && early(newest.Item) && newest.gone == 0 && sameInode(newest.Print, r.Print)
		return err
	})
	return yes, err
}

// getter is a bucket, or an index.
type getter interface{ Get(key []byte) []byte }

// drivenOut reports a row whose path has another newest row, or none any more because that one moved on.
func drivenOut(paths getter, r row) (bool, error) {
	if r.URL != "" {
		return false, nil
	}
	v := paths.Get(pathKey(r.root, r.Path))
	if v == nil {
		return true, nil
	}
	e, err := decodeEntry(v)
	return err == nil && e.id != r.ID, err
}

// retire has the committer skip a superseded row that was due. Nobody waits for it. q.mu is held.
func (w *walk) retire(id state.ID) error {
	q, key, at := w.q, w.key, fromNanos(w.now)
	o := &op{retires: true, done: make(chan struct{}), exec: func(b *batch) error {
		r, err := b.row(id)
		if err != nil {
			return err
		}
		if over, err := superseded(b.paths, r); err != nil || !over {
			q.mu.Lock() // it was pointed at its file again meanwhile: the cursor has passed it
			defer q.mu.Unlock()
			q.lane(key).put(id, 0)
			return err
		}
		_, err = b.ifFree(id, func() (state.Item, error) {
			skip := state.Skip(state.Changed, "another version took its place before it was uploaded")
			return b.change(state.Change{ID: id, Rev: r.Rev, At: at, Outcome: skip})
		})
		if err != nil {
			return fmt.Errorf("retire: %w", err)
		}
		return nil
	}}
	if err := q.push(o); err != nil {
		return err
	}
	q.retiring++
	return nil
}
