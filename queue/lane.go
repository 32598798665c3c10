package queue

import (
	"bytes"
	"container/heap"
	"context"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// lane is the memory of one lane's claiming. The cursor stands behind the last due key that was handed out or passed over, so that rows under way
// are not walked again; what comes back stands in the heap until its time.
type lane struct {
	cursor []byte // nil: the lane's beginning
	seen   uint64 // the latest now that the lane was asked with
	away   released
	until  map[state.ID]uint64 // of the rows in away; what disagrees with it there is out of date
}

// put gives a released row back. q.mu is held.
func (l *lane) put(id state.ID, until uint64) {
	if l.until == nil {
		l.until = make(map[state.ID]uint64)
	}
	l.until[id] = until
	heap.Push(&l.away, release{until, id})
}

// top returns the released row that is first in line, without what is out of date.
func (l *lane) top() (release, bool) {
	for len(l.away) > 0 {
		r := l.away[0]
		if until, in := l.until[r.id]; in && until == r.until {
			return r, true
		}
		heap.Pop(&l.away)
	}
	return release{}, false
}

// pop takes the row that top returned.
func (l *lane) pop() {
	delete(l.until, heap.Pop(&l.away).(release).id)
}

// back moves the cursor back to a key that was put behind it.
func (l *lane) back(key []byte) {
	if l.cursor != nil && bytes.Compare(key, l.cursor) <= 0 {
		l.cursor = append([]byte(nil), key...)
		l.before()
	}
}

// before makes the cursor, which is a key already passed, one that is still to come.
func (l *lane) before() {
	for i := len(l.cursor) - 1; i >= 0; i-- {
		l.cursor[i]--
		if l.cursor[i] != 0xff {
			return
		}
	}
}

func (l *lane) rewind() { l.cursor = nil }

// hasten lets the released rows come back at once that would be away for longer than any row is.
func (l *lane) hasten(now uint64) {
	for id, until := range l.until {
		if beyond(until, now) {
			l.put(id, now)
		}
	}
}

// lane returns the memory of a lane. q.mu is held.
func (q *Queue) lane(key laneKey) *lane {
	l := q.lanes[key]
	if l == nil {
		l = &lane{}
		q.lanes[key] = l
	}
	return l
}

type release struct {
	until uint64
	id    state.ID
}

// released is a heap of released rows, the earliest first; rows of one time in the order of their sequence.
type released []release

func (h released) Len() int { return len(h) }
func (h released) Less(i, j int) bool {
	return h[i].until < h[j].until || h[i].until == h[j].until && h[i].id < h[j].id
}
func (h released) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *released) Push(x any)   { *h = append(*h, x.(release)) }
func (h *released) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

// Lanes returns the lanes with rows that are due now or later, without those paused until resumed. One paused for a time is listed: Claim says until
// when.
func (q *Queue) Lanes() []state.Lane {
	var lanes []state.Lane
	err := q.read(func(tx *bolt.Tx, h head) error {
		c := tx.Bucket(bucketDue).Cursor()
		for k, _ := c.First(); k != nil; {
			key := laneKey(k[:3])
			l := state.Lane{Root: h.name(key.root()), Size: key.size()}
			if until, paused := h.paused(l.Root, time.Time{}); !paused || !until.IsZero() {
				lanes = append(lanes, l)
			}
			k, _ = c.Seek(key.next())
		}
		return nil
	})
	if err != nil {
		return nil
	}
	return lanes
}

// next is where the keys of the following lane begin.
func (l laneKey) next() []byte {
	n := uint32(l[0])<<16 | uint32(l[1])<<8 | uint32(l[2]) + 1
	return []byte{byte(n >> 16), byte(n >> 8), byte(n)}
}

// never is later than any due time, and still a time that can be reckoned with.
const never = 1 << 62

// NextDue returns the earliest time at which a row may be worked on, over all roots: the zero time when one is due or under way, or is being settled by the
// queue itself; the end of its root's pause, or, where that has none, a time in the year 2116.
// ok is false when nothing is left that moves by itself; rows whose file vanished wait for a scan and do not count.
func (q *Queue) NextDue(ctx context.Context, now time.Time) (due time.Time, ok bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.claims) > 0 || len(q.images) > 0 || q.retiring > 0 {
		return time.Time{}, true, nil
	}
	earliest := uint64(never)
	err = q.view(ctx, func(tx *bolt.Tx, h head) error {
		c := tx.Bucket(bucketDue).Cursor()
		for k, _ := c.First(); k != nil; {
			key := laneKey(k[:3])
			if at, found := q.laneDue(tx, key, nanos(now)); found {
				earliest, ok = min(earliest, h.after(at, h.name(key.root()), now)), true
			}
			k, _ = c.Seek(key.next())
		}
		return nil
	})
	if err != nil || !ok || earliest <= nanos(now) {
		return time.Time{}, ok, err
	}
	return fromNanos(earliest), true, nil
}

// after is when a row of a root that is due then may be worked on, which a pause may put off.
func (h head) after(due uint64, root string, now time.Time) uint64 {
	switch until, paused := h.paused(root, now); {
	case !paused:
		return due
	case until.IsZero():
		return never
	default:
		return max(due, nanos(until))
	}
}

// laneDue is the earliest of the lane's released rows and of the keys its cursor has not passed; 0 for what a clock put off that was ahead. A row may be
// released for longer than any is put off: FLORA says for how long, and only a clock that was set back since makes that too long. q.mu is held.
func (q *Queue) laneDue(tx *bolt.Tx, key laneKey, now uint64) (at uint64, found bool) {
	l := q.lane(key)
	for r, ok := l.top(); ok; r, ok = l.top() {
		if tx.Bucket(bucketRows).Get(key8(uint64(r.id))) != nil {
			at, found = r.until, true
			if now < l.seen && beyond(at, now) {
				at = 0
			}
			break
		}
		l.pop() // the row went since it was released
	}
	if k := l.first(tx.Bucket(bucketDue).Cursor(), key); k != nil {
		due, _ := splitDueKey(k)
		if beyond(due, now) {
			due = 0
		}
		if !found || due < at {
			at, found = due, true
		}
	}
	return at, found
}

// first returns the first key behind the cursor, or nil.
func (l *lane) first(c *bolt.Cursor, key laneKey) []byte {
	from := l.cursor
	if from == nil {
		from = key[:]
	}
	k, _ := c.Seek(from)
	if k != nil && l.cursor != nil && bytes.Equal(k, l.cursor) {
		k, _ = c.Next()
	}
	if k == nil || laneKey(k[:3]) != key {
		return nil
	}
	return k
}
