package queue

import (
	"fmt"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// batch is one transaction of the committer: the buckets, the head as it will be, the counters that changed, and what is to be told afterwards.
type batch struct {
	q    *Queue
	tx   *bolt.Tx
	head head
	rows, dues, finished,
	lost, twins, urls *bolt.Bucket
	paths, gone, files *index

	tallies map[rootID]*tally
	writes  int // changes of the transaction so far, also half done ones
	told    []told
	reached map[laneKey][]byte // the smallest due key put for a new row
	passed  []passed           // those put for other rows
	holds   []state.ID         // images that this transaction keeps until it is committed
	wrote   map[state.ID]*row  // rows as it leaves them; nil: removed
}

func newBatch(q *Queue, tx *bolt.Tx) *batch {
	b := &batch{q: q, tx: tx, head: q.headNow(), tallies: make(map[rootID]*tally), reached: make(map[laneKey][]byte),
		wrote: make(map[state.ID]*row)}
	b.rows, b.dues, b.finished = tx.Bucket(bucketRows), tx.Bucket(bucketDue), tx.Bucket(bucketFinished)
	b.lost, b.twins, b.urls = tx.Bucket(bucketLost), tx.Bucket(bucketTwins), tx.Bucket(bucketURLs)
	b.paths, b.gone, b.files = newIndex(tx.Bucket(bucketPaths)), newIndex(tx.Bucket(bucketGone)), newIndex(tx.Bucket(bucketFiles))
	// Keys that are appended, or come in runs (a folder's names), leave pages behind that nothing more is put into: those are to be full.
	b.rows.FillPercent, b.finished.FillPercent = 1, 1
	for _, runs := range []*bolt.Bucket{b.dues, b.paths.Bucket, b.files.Bucket} {
		runs.FillPercent = 0.9
	}
	return b
}

// touched notes, before it is made, that there is something to commit.
func (b *batch) touched() { b.writes++ }

// told is one event for the observer: of a row that is new, a row that moved, or something beside the rows.
type told struct {
	born    *state.Item
	applied *state.Applied
	notice  *state.Notice
}

func (t told) to(o state.Observer) {
	switch {
	case t.born != nil:
		o.Applied(state.Applied{After: *t.born})
	case t.applied != nil:
		o.Applied(*t.applied)
	case t.notice != nil:
		o.Noticed(*t.notice)
	}
}

// tell queues an event for the observer: it hears of it after the commit.
func (b *batch) tell(a state.Applied) { b.told = append(b.told, told{applied: &a}) }

func (b *batch) tellBorn(it state.Item) { b.told = append(b.told, told{born: &it}) }

func (b *batch) notice(n state.Notice) { b.told = append(b.told, told{notice: &n}) }

func readRow(rows *bolt.Bucket, h head, id state.ID) (row, error) {
	v := rows.Get(key8(uint64(id)))
	if v == nil {
		return row{}, noRow(id)
	}
	return decodeRow(id, v, h.name)
}

func noRow(id state.ID) error { return fmt.Errorf("%v: %w", id, ErrNoRow) }

// add gives a new row its sequence number and writes it with its path entry.
func (b *batch) add(r row) (row, error) {
	b.touched()
	n, err := b.rows.NextSequence()
	if err != nil {
		return r, err
	}
	r.ID = state.ID(n)
	if r.URL != "" {
		err = b.urls.Put(key8(n), nil)
	} else {
		err = b.setEntry(pathKey(r.root, r.Path), entry{sum: r.Print.Sum(), id: r.ID})
	}
	if err != nil {
		return r, err
	}
	return b.write(row{}, r)
}

// write stores a row and brings every index and counter in step with it. before is the row as it was; the zero row for a new one.
func (b *batch) write(before, r row) (row, error) {
	b.touched()
	if r.Away == state.AwayMoved {
		r.gone = 0 // what became of it is known
	}
	if err := b.settle(before, &r); err != nil {
		return r, err
	}
	r.Item = trim(r.Item)
	room := 0
	if before.ID == 0 {
		room = r.growth()
	}
	v, err := r.encodeWith(room)
	if err != nil {
		return r, err
	}
	if err := b.rows.Put(key8(uint64(r.ID)), v); err != nil {
		return r, err
	}
	b.wrote[r.ID] = &r
	if err := b.reindex(before, r); err != nil {
		return r, err
	}
	if err := b.follow(before, r); err != nil {
		return r, err
	}
	return r, b.count(before, r)
}

// settle keeps the finished bucket: one entry for a settled row, where it settled last.
func (b *batch) settle(before row, r *row) error {
	switch was, is := before.fin != 0, r.Settled(); {
	case is && !was:
		n, err := b.finished.NextSequence()
		if err != nil {
			return err
		}
		r.fin = n
		return b.finished.Put(key8(n), key8(uint64(r.ID)))
	case !is && was:
		r.fin = 0
		return b.finished.Delete(key8(before.fin))
	}
	return nil
}

// remove deletes a row from every bucket but paths.
func (b *batch) remove(r row) error {
	b.touched()
	if err := b.untwin(r); err != nil {
		return err
	}
	if err := b.rekey(b.head.keys(r), keys{}); err != nil {
		return err
	}
	if r.fin != 0 {
		if err := b.finished.Delete(key8(r.fin)); err != nil {
			return err
		}
	}
	if r.URL != "" {
		if err := b.urls.Delete(key8(uint64(r.ID))); err != nil {
			return err
		}
	}
	if err := b.count(r, row{}); err != nil {
		return err
	}
	b.wrote[r.ID] = nil
	return b.rows.Delete(key8(uint64(r.ID)))
}
