package queue

import (
	"bytes"
	"context"
	"encoding/binary"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// linking says how far the index of a root's contents is. It costs a key in random order for each row, so that only roots that ask for it have one.
type linking uint8

const (
	notLinked linking = iota
	building          // rows are put in as they change, and the older ones page by page
	linked            // every row that belongs is in
	removing          // rows are taken out page by page, and none is put in
)

// twinPage bounds how many rows one transaction of building or removing looks at.
const twinPage = 5000

// twinKey is size · digest · sequence.
func twinKey(size int64, digest [32]byte, id state.ID) []byte {
	k := binary.BigEndian.AppendUint64(make([]byte, 0, 48), uint64(size))
	k = append(k, digest[:]...)
	return binary.BigEndian.AppendUint64(k, uint64(id))
}

// twin returns the row's key among the contents of linked roots; nil where it does not stand.
func (h head) twin(r row) []byte {
	if l := h.linking(r); l != building && l != linked {
		return nil
	}
	return r.twin()
}

func (h head) linking(r row) linking {
	if int(r.root) >= len(h.roots) {
		return notLinked
	}
	return h.roots[r.root].Linking
}

// twin returns the key that a row of a linked root has: its bytes must be proven, and not refused since.
func (r row) twin() []byte {
	if r.ID == 0 || r.URL != "" || !r.HasDigest() || r.Phase < state.Uploaded {
		return nil
	}
	if r.Halt != state.None && r.Standing() != state.StandsReady {
		return nil
	}
	return twinKey(r.Print.Size, r.Digest, r.ID)
}

// SetLink says whether equal content of the root is to be found by [Queue.Twin]. It costs a walk over all rows when that changed, and goes on with one
// that was interrupted.
func (q *Queue) SetLink(ctx context.Context, root string, on bool) error {
	began, ended := removing, notLinked
	if on {
		began, ended = building, linked
	}
	walk := false
	err := q.editRoot(ctx, root, func(r *rootInfo) bool {
		walk = r.Linking != ended
		changed := walk && r.Linking != began
		if changed {
			r.Linking = began
		}
		return changed
	})
	if err != nil || !walk {
		return err
	}
	for after, more := state.ID(0), true; more; {
		var page struct { // its own for each transaction, as in ScanDone
			last state.ID
			more bool
		}
		from := after
		err := q.do(ctx, func(b *batch) (err error) {
			page.last, page.more, err = b.linkPage(root, from, on)
			return err
		})
		if err != nil {
			return err
		}
		after, more = page.last, page.more
	}
	return q.editRoot(ctx, root, func(r *rootInfo) bool {
		changed := r.Linking == began
		if changed {
			r.Linking = ended
		}
		return changed
	})
}

// linkPage puts rows of the root behind after into the index, or takes them out.
func (b *batch) linkPage(root string, after state.ID, on bool) (last state.ID, more bool, err error) {
	id, ok := b.head.root(root)
	if !ok {
		return 0, false, &rootError{root}
	}
	last = after
	c := b.rows.Cursor()
	k, v := c.Seek(key8(uint64(after) + 1))
	for n := 0; k != nil; k, v = c.Next() {
		if n++; n > twinPage {
			return last, true, nil
		}
		last = state.ID(num8(k))
		r, err := decodeRow(last, v, b.head.name)
		if err != nil {
			return last, false, err
		}
		key := r.twin()
		if r.root != id || key == nil {
			continue
		}
		b.touched()
		if on {
			err = b.twins.Put(key, nil)
		} else {
			err = b.twins.Delete(key)
		}
		if err != nil {
			return last, false, err
		}
	}
	return last, false, nil
}

// untwin takes a row that is to change out of an index that is being taken away: the walk finds the rows as they are then, and not what they were.
func (b *batch) untwin(r row) error {
	key := r.twin()
	if key == nil || b.head.linking(r) != removing {
		return nil
	}
	return b.twins.Delete(key)
}

// Twin returns another row of a linked root whose bytes are the same and go to the same workspace and folder: a ready one, else one whose bytes were
// sent and that may become ready. ok is false when there is none.
func (q *Queue) Twin(ctx context.Context, of state.ID, size int64, digest [32]byte, workspace, folder string) (it state.Item, ok bool, err error) {
	err = q.eachTwin(ctx, of, size, digest, func(r row) bool {
		if r.To.Workspace != workspace || r.To.Folder != folder {
			return true
		}
		it, ok = r.Item, true
		return r.Standing() != state.StandsReady
	})
	return it, ok, err
}

// Sharers returns the other rows of linked roots whose bytes, of a size and a digest, are the same asset: ready ones, in no order.
func (q *Queue) Sharers(ctx context.Context, of state.ID, size int64, digest [32]byte, asset string) (items []state.Item, err error) {
	err = q.eachTwin(ctx, of, size, digest, func(r row) bool {
		if r.AssetID == asset && r.Standing() == state.StandsReady {
			items = append(items, r.Item)
		}
		return true
	})
	return items, err
}

// eachTwin calls fn for the other rows of linked roots with these bytes, until it says no.
func (q *Queue) eachTwin(ctx context.Context, of state.ID, size int64, digest [32]byte, fn func(row) bool) error {
	return q.view(ctx, func(tx *bolt.Tx, h head) error {
		from := twinKey(size, digest, 0)
		c := tx.Bucket(bucketTwins).Cursor()
		for k, _ := c.Seek(from); len(k) == 48 && bytes.Equal(k[:40], from[:40]); k, _ = c.Next() {
			id := state.ID(num8(k[40:]))
			if id == of {
				continue
			}
			r, err := readRow(tx.Bucket(bucketRows), h, id)
			if err != nil {
				return err
			}
			if h.twin(r) != nil && !fn(r) {
				return nil
			}
		}
		return nil
	})
}

// addTwins is the migration from schema 2.
func addTwins(tx *bolt.Tx) error {
	_, err := tx.CreateBucket(bucketTwins)
	return err
}
