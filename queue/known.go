package queue

import (
	"sync"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// known are the rows that are worked on, as they are on disk, so that a step of one costs no reading of it: they are claimed, or a change of them was
// accepted. What a transaction wrote stands here when it is committed. Its mutex is taken last of all.
type known struct {
	mu   sync.Mutex
	rows map[state.ID]row
}

func (k *known) get(id state.ID) (row, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	r, ok := k.rows[id]
	return r, ok
}

func (k *known) put(r row) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.rows == nil {
		k.rows = make(map[state.ID]row)
	}
	k.rows[r.ID] = r
}

func (k *known) drop(id state.ID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.rows, id)
}

func (k *known) clear() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.rows)
}

// learn takes over what a transaction that is committed made of a row: nil when it removed it. q.mu is held.
func (q *Queue) learn(id state.ID, r *row) {
	if r == nil || !q.busy(id) {
		q.known.drop(id)
		return
	}
	q.known.put(*r)
}

// unlearn lets go of a row that nobody works on any more. q.mu is held.
func (q *Queue) unlearn(id state.ID) {
	if !q.busy(id) {
		q.known.drop(id)
	}
}

// busy reports whether a row is worked on. q.mu is held.
func (q *Queue) busy(id state.ID) bool {
	_, claimed := q.claims[id]
	return claimed || q.images[id] != nil
}

// row returns a row as the transaction leaves it so far.
func (b *batch) row(id state.ID) (row, error) {
	if r, wrote := b.wrote[id]; wrote {
		if r == nil {
			return row{}, noRow(id)
		}
		return *r, nil
	}
	return b.q.stored(b.rows, b.head, id)
}

// stored returns a row as it is on disk.
func (q *Queue) stored(rows *bolt.Bucket, h head, id state.ID) (row, error) {
	if r, ok := q.known.get(id); ok {
		return r, nil
	}
	return readRow(rows, h, id)
}
