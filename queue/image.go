package queue

import (
	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// image is a row as it will be when everything accepted so far is committed. It lives until then.
type image struct {
	item    state.Item
	removed bool
	into    state.ID // of a removed one: the row that takes it over; 0: it is forgotten
	held    int      // ops and transactions that will commit something of it
	queued  int      // of these, ops accepted from outside: nothing else may move the row meanwhile
}

// hold keeps an image of the row until the op is committed. q.mu is held.
func (q *Queue) hold(o *op, id state.ID, it state.Item, removed bool) {
	im := q.images[id]
	if im == nil {
		im = &image{}
		q.images[id] = im
	}
	im.item, im.removed = it, removed
	im.held++
	im.queued++
	o.hold = append(o.hold, id)
	if key, claimed := q.claims[id]; claimed { // it comes back to the lane in which it waits then
		q.claims[id] = laneOf(key.root(), it.Lane().Size)
	}
}

// letGo drops the images that nothing waits for any more. q.mu is held.
func (q *Queue) letGo(ids []state.ID, queued bool) {
	for _, id := range ids {
		im := q.images[id]
		if im == nil {
			continue
		}
		if queued {
			im.queued--
		}
		if im.held--; im.held == 0 {
			delete(q.images, id)
			q.unlearn(id)
		}
	}
}

// current returns the row as the accepted changes leave it. q.mu is held.
func (q *Queue) current(id state.ID) (state.Item, error) {
	if im := q.images[id]; im != nil {
		if im.removed {
			return state.Item{}, noRow(id)
		}
		return im.item, nil
	}
	if r, ok := q.known.get(id); ok {
		return r.Item, nil
	}
	var r row
	err := q.read(func(tx *bolt.Tx, h head) (err error) {
		r, err = readRow(tx.Bucket(bucketRows), h, id)
		return err
	})
	return r.Item, err
}

// takenOver returns the row that a fold which is not committed yet makes of this one; 0: none does.
func (q *Queue) takenOver(id state.ID) state.ID {
	q.mu.Lock()
	defer q.mu.Unlock()
	if im := q.images[id]; im != nil {
		return im.into
	}
	return 0
}

// ifFree runs fn unless a claim or an accepted change holds the row, with claims and changes locked out meanwhile; fn returns the row as it becomes.
func (b *batch) ifFree(id state.ID, fn func() (state.Item, error)) (free bool, err error) {
	q := b.q
	q.mu.Lock()
	defer q.mu.Unlock()
	im := q.images[id]
	if _, claimed := q.claims[id]; claimed || im != nil && im.queued > 0 {
		return false, nil
	}
	it, err := fn()
	if err == nil {
		b.foreshadow(id, it)
	}
	return true, err
}

// foreshadow keeps an image of a row that this transaction moves, so that nobody claims or changes it as it was. q.mu is held.
func (b *batch) foreshadow(id state.ID, it state.Item) {
	q := b.q
	im := q.images[id]
	if im == nil {
		im = &image{}
		q.images[id] = im
	}
	im.item = it
	im.held++
	b.holds = append(b.holds, id)
}

// repoint gives the images of a row the path and stamps that the file has now; whoever holds the row keeps the rest.
func (b *batch) repoint(r row) {
	q := b.q
	q.mu.Lock()
	defer q.mu.Unlock()
	it := r.Item
	if im := q.images[r.ID]; im != nil {
		it = im.item
		it.Root, it.Path, it.Print = r.Root, r.Path, r.Print
		if !it.Frozen {
			it.To = r.To
		}
	}
	b.foreshadow(r.ID, it)
	if _, claimed := q.claims[r.ID]; claimed { // the phase that was accepted says how large it is, the transaction where it is
		q.claims[r.ID] = laneOf(r.root, it.Lane().Size)
	}
}
