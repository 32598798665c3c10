package queue

import (
	"context"
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// Claim hands out up to n rows of a lane that are due at now, the longest due first; each is the caller's until Release. Without rows, next says when
// the lane may have one: the zero time when only Wake can tell. With rows next is the zero time as well: ask again when there is room. A claim is
// memory: it costs no commit, and what it costs does not grow with the rows that wait or are under way.
func (q *Queue) Claim(ctx context.Context, now time.Time, lane state.Lane, n int) (items []state.Item, next time.Time, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.refusal(); err != nil {
		return nil, time.Time{}, err
	}
	err = q.view(ctx, func(tx *bolt.Tx, h head) error {
		root, ok := h.root(lane.Root)
		if !ok || n <= 0 {
			return nil
		}
		if until, paused := h.paused(lane.Root, now); paused {
			next = until
			return nil
		}
		w := walk{q: q, key: laneOf(root, lane.Size), now: nanos(now), n: n, tx: tx, head: h}
		items, next, err = w.claim()
		return err
	})
	if err != nil {
		for _, it := range items {
			delete(q.claims, it.ID)
			q.unlearn(it.ID)
		}
		return nil, time.Time{}, err
	}
	return items, next, nil
}

// walk is one call of Claim. q.mu is held all the while; nothing in it waits for anybody.
type walk struct {
	q     *Queue
	key   laneKey
	now   uint64
	n     int
	tx    *bolt.Tx
	head  head
	items []state.Item
	next  uint64
}

func (w *walk) claim() ([]state.Item, time.Time, error) {
	l := w.q.lane(w.key)
	if w.now < l.seen { // the clock was set back: keys behind the cursor may be due again, and what was to be back soon would take as long as that
		l.rewind()
		l.hasten(w.now)
	}
	l.seen = w.now
	if err := w.fromReleased(l); err != nil {
		return w.items, time.Time{}, err
	}
	if err := w.fromIndex(l); err != nil {
		return w.items, time.Time{}, err
	}
	if err := w.fromBeyond(l); err != nil {
		return w.items, time.Time{}, err
	}
	if len(w.items) > 0 {
		return w.items, time.Time{}, nil
	}
	return nil, fromNanos(w.next), nil
}

// fromReleased takes back rows that were released until now or earlier.
func (w *walk) fromReleased(l *lane) error {
	for len(w.items) < w.n {
		top, ok := l.top()
		if !ok {
			return nil
		}
		if top.until > w.now {
			w.later(top.until)
			return nil
		}
		l.pop()
		if err := w.take(top.id); err != nil {
			return err
		}
	}
	return nil
}

// fromIndex goes on from the cursor.
func (w *walk) fromIndex(l *lane) error {
	if len(w.items) == w.n {
		return nil
	}
	c := w.tx.Bucket(bucketDue).Cursor()
	for k := l.first(c, w.key); k != nil && laneKey(k[:3]) == w.key && len(w.items) < w.n; k, _ = c.Next() {
		due, id := splitDueKey(k)
		if due > w.now {
			w.later(due)
			return nil
		}
		l.cursor = append(l.cursor[:0], k...)
		if _, away := l.until[id]; away {
			continue
		}
		if err := w.take(id); err != nil {
			return err
		}
	}
	return nil
}

// farthest is further away than any row is ever put off: twice the longest back-off.
const farthest = 10 * time.Minute

// beyond reports a due time that no back-off can have meant: the clock was ahead when it was written, and was set back since.
func beyond(due, now uint64) bool { return due > now+uint64(farthest) }

// fromBeyond takes rows that are due when no row can be.
func (w *walk) fromBeyond(l *lane) error {
	if len(w.items) == w.n {
		return nil
	}
	c := w.tx.Bucket(bucketDue).Cursor()
	for k, _ := c.Seek(dueKey(w.key, w.now+uint64(farthest)+1, 0)); k != nil && laneKey(k[:3]) == w.key && len(w.items) < w.n; k, _ = c.Next() {
		_, id := splitDueKey(k)
		if _, away := l.until[id]; away {
			continue
		}
		if err := w.take(id); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) later(at uint64) {
	if w.next == 0 || at < w.next {
		w.next = at
	}
}

// take claims a row, unless somebody has it, or it moved on so that the index will have it elsewhere.
func (w *walk) take(id state.ID) error {
	q := w.q
	if _, claimed := q.claims[id]; claimed {
		return nil
	}
	r, err := q.stored(w.tx.Bucket(bucketRows), w.head, id)
	if errors.Is(err, ErrNoRow) {
		return nil
	}
	if err != nil {
		return err
	}
	stored := r
	if im := q.images[id]; im != nil {
		if im.removed {
			return nil
		}
		r.Item = im.item
		if root, ok := w.head.root(im.item.Root); ok {
			r.root = root
		}
	}
	switch {
	case !r.due():
		return nil
	case nanos(r.Due) > w.now && !beyond(nanos(r.Due), w.now):
		w.later(nanos(r.Due))
		if q.images[id] != nil { // its key in the index is still the old one, which the cursor has passed
			q.lane(w.key).put(id, nanos(r.Due))
		}
		return nil
	case r.lane() != w.key: // the file moved to another root while it was released
		q.lane(r.lane()).put(id, 0)
		q.rouse()
		return nil
	}
	if q.images[id] == nil {
		if over, err := superseded(w.tx.Bucket(bucketPaths), r); err != nil {
			return err
		} else if over {
			return w.retire(id)
		}
	}
	q.claims[id] = w.key
	q.known.put(stored)
	w.items = append(w.items, r.Item)
	return nil
}

// Release gives a claimed row back, to be claimed again at until or, when until is zero, as soon as it is due. It is memory only: polling, gates, a
// busy file, shutdown. A row that is not claimed is left alone.
func (q *Queue) Release(id state.ID, until time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	key, claimed := q.claims[id]
	if !claimed {
		return
	}
	delete(q.claims, id)
	if it, err := q.current(id); err != nil || !it.Settled() {
		q.lane(key).put(id, nanos(until))
	}
	q.unlearn(id)
	q.rouse()
}

// Claimed reports whether an attempt is under way for the row.
func (q *Queue) Claimed(id state.ID) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	_, claimed := q.claims[id]
	return claimed
}

// Active returns how many rows of each root are claimed now; roots without one are not in it.
func (q *Queue) Active() map[string]int {
	h := q.headNow()
	q.mu.Lock()
	defer q.mu.Unlock()
	active := make(map[string]int)
	for _, key := range q.claims {
		active[h.name(key.root())]++
	}
	return active
}
