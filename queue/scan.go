package queue

import (
	"bytes"
	"context"
	"maps"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// scanPage bounds how many vanished rows one transaction skips.
const scanPage = 2000

// ScanDone says that a full scan of the root, begun at began, is over: rows that vanished before it and were not found become skipped (gone), unless
// their bytes were sent or somebody holds them. It returns how many. settling are the files that were found and are not told yet, in any root: whatever
// their stamps and paths, the rows of these files are not gone.
func (q *Queue) ScanDone(ctx context.Context, root string, began time.Time, settling ...state.Fingerprint) (skipped int, err error) {
	found, start := identities(settling), q.steady.at(began)
	for after, more := []byte(nil), true; more; {
		var page struct { // its own for each transaction: one that is not waited for any more still writes to it
			n    int
			last []byte
			more bool
		}
		from := after
		err := q.do(ctx, func(b *batch) (err error) {
			page.n, page.last, page.more, err = b.skipLost(root, began, start, found, from)
			return err
		})
		if err != nil {
			return skipped, err
		}
		after, more = page.last, page.more
		skipped += page.n
	}
	q.mu.Lock()
	if q.scanned == nil {
		q.scanned = make(map[string]scanned)
	}
	q.scanned[root] = scanned{start, found}
	q.mu.Unlock()
	return skipped, q.markScanned(ctx, root)
}

// scanned is the last full scan of a root that has ended.
type scanned struct {
	began    uint64 // see steady
	settling map[identity]bool
}

// identity tells files apart, whatever is done to them.
type identity struct {
	inode uint64
	born  int64
}

func identityOf(p state.Fingerprint) identity { return identity{p.Inode, p.Born} }

func identities(prints []state.Fingerprint) map[identity]bool {
	set := make(map[identity]bool, len(prints))
	for _, p := range prints {
		if p.Inode != 0 {
			set[identityOf(p)] = true
		}
	}
	return set
}

// Lost returns how many rows of a root wait for their file, whose path vanished: the next full scan finds them, or says that they are gone.
func (q *Queue) Lost(ctx context.Context, root string) (n int, err error) {
	err = q.view(ctx, func(tx *bolt.Tx, h head) error {
		id, ok := h.root(root)
		if !ok {
			return nil
		}
		from := lostKey(id, 0, 0)
		c := tx.Bucket(bucketLost).Cursor()
		for k, _ := c.Seek(from); len(k) == 18 && bytes.Equal(k[:2], from[:2]); k, _ = c.Next() {
			n++
		}
		return nil
	})
	return n, err
}

// Vanished reports that the path of a row vanished, and that a full scan of its root which began later has ended and not found its file elsewhere,
// settled or not; or that another version was written over it. While a digest has yet to tell whether its file stands elsewhere it has not vanished. The
// scan is memory: a new process makes one before it says so. Errors: [ErrNoRow].
func (q *Queue) Vanished(ctx context.Context, id state.ID) (vanished bool, err error) {
	q.mu.Lock() // before the view: see the order of the locks in Queue
	scans := maps.Clone(q.scanned)
	q.mu.Unlock()
	err = q.view(ctx, func(tx *bolt.Tx, h head) error {
		r, err := readRow(tx.Bucket(bucketRows), h, id)
		if err != nil {
			return err
		}
		if r.gone == 0 {
			vanished, err = drivenOut(tx.Bucket(bucketPaths), r)
		} else {
			last, ok := scans[r.Root]
			before := r.gone < last.began || r.gone >= q.steady.ahead()
			vanished = ok && before && !last.settling[identityOf(r.Print)]
		}
		if err != nil || !vanished {
			return err
		}
		suspected, err := newLookup(tx, h).suspected(r)
		vanished = !suspected
		return err
	})
	return vanished, err
}

// suspected reports that what stands elsewhere, or stood there a moment ago, may be the file of the row: a digest will tell.
func (l lookup) suspected(r row) (found bool, err error) {
	all := func(row) (bool, error) { return true, nil }
	err = l.versions(r.Print, all, func(other row) {
		found = found || other.ID != r.ID && early(other.Item) && other.Prev != 0
	})
	return found, err
}

func (b *batch) skipLost(root string, began time.Time, start uint64, found map[identity]bool, after []byte) (n int, last []byte, more bool, err error) {
	id, ok := b.head.root(root)
	if !ok {
		return 0, nil, false, &rootError{root}
	}
	ids, last, more := b.lostBefore(id, start, after)
	for _, id := range ids {
		skipped, err := b.skipGone(id, began, found)
		if err != nil {
			return n, last, false, err
		}
		if skipped {
			n++
		}
	}
	return n, last, more, nil
}

// lostBefore returns a page of the rows of a root whose path vanished before start, from the one behind after on: also in an earlier process, whatever its clock
// said then.
func (b *batch) lostBefore(root rootID, start uint64, after []byte) (ids []state.ID, last []byte, more bool) {
	from, ahead := lostKey(root, 0, 0), b.q.steady.ahead()
	if after != nil {
		from = after
	}
	c := b.lost.Cursor()
	k, _ := c.Seek(from)
	for len(k) == 18 && bytes.Equal(k[:2], from[:2]) {
		since := num8(k[2:])
		switch {
		case since >= start && since < ahead:
			k, _ = c.Seek(lostKey(root, ahead, 0))
			continue
		case bytes.Equal(k, after):
		case len(ids) == scanPage:
			return ids, last, true
		default:
			ids, last = append(ids, state.ID(num8(k[10:]))), bytes.Clone(k)
		}
		k, _ = c.Next()
	}
	return ids, last, false
}

func (b *batch) skipGone(id state.ID, at time.Time, found map[identity]bool) (bool, error) {
	r, err := b.row(id)
	if err != nil || found[identityOf(r.Print)] {
		return false, err
	}
	return b.ifFree(id, func() (state.Item, error) {
		return b.change(state.Change{ID: id, Rev: r.Rev, At: at, Outcome: state.Skip(state.Gone, "the file vanished before it was uploaded")})
	})
}
