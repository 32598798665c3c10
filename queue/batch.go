package queue

import (
	"bytes"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// batch is one transaction of the committer: the buckets, the head as it will be, the counters that changed, and what is to be told afterwards.
type batch struct {
	q    *Queue
	tx   *bolt.Tx
	head head
	rows, paths, dues, finished,
	gone, files, lost, twins, urls *bolt.Bucket

	tallies map[rootID]*tally
	writes  int // changes of the transaction so far, also half done ones
	applied []func(state.Observer)
	reached map[laneKey][]byte // the smallest due key put for a new row
	passed  []passed           // those put for other rows
	holds   []state.ID         // images that this transaction keeps until it is committed
}

func newBatch(q *Queue, tx *bolt.Tx) *batch {
	b := &batch{q: q, tx: tx, head: q.headNow(), tallies: make(map[rootID]*tally), reached: make(map[laneKey][]byte)}
	b.rows, b.paths, b.dues = tx.Bucket(bucketRows), tx.Bucket(bucketPaths), tx.Bucket(bucketDue)
	b.twins = tx.Bucket(bucketTwins)
	b.finished, b.gone, b.files, b.lost = tx.Bucket(bucketFinished), tx.Bucket(bucketGone), tx.Bucket(bucketFiles), tx.Bucket(bucketLost)
	b.urls = tx.Bucket(bucketURLs)
	b.rows.FillPercent = 0.9 // rows are appended, and grow later on
	return b
}

// touched notes, before it is made, that there is something to commit.
func (b *batch) touched() { b.writes++ }

// tell queues an event for the observer: it hears of it after the commit.
func (b *batch) tell(a state.Applied) {
	b.applied = append(b.applied, func(o state.Observer) { o.Applied(a) })
}

func (b *batch) notice(n state.Notice) {
	b.applied = append(b.applied, func(o state.Observer) { o.Noticed(n) })
}

func (b *batch) row(id state.ID) (row, error) { return readRow(b.rows, b.head, id) }

func readRow(rows *bolt.Bucket, h head, id state.ID) (row, error) {
	v := rows.Get(key8(uint64(id)))
	if v == nil {
		return row{}, fmt.Errorf("%v: %w", id, ErrNoRow)
	}
	return decodeRow(id, v, h.name)
}

// entry reads a path's entry; ok is false when the path was never seen.
func (b *batch) entry(key []byte) (e entry, ok bool, err error) {
	v := b.paths.Get(key)
	if v == nil {
		return entry{}, false, nil
	}
	e, err = decodeEntry(v)
	return e, true, err
}

func (b *batch) setEntry(key []byte, e entry) error {
	v, err := e.encode()
	if err != nil {
		return err
	}
	b.touched()
	return b.paths.Put(key, v)
}

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
	if filedAway(r.Item) {
		r.gone = 0 // what became of it is known: it must not be found as a moved file
	}
	if err := b.settle(before, &r); err != nil {
		return r, err
	}
	v, err := r.encode()
	if err != nil {
		return r, err
	}
	if err := b.rows.Put(key8(uint64(r.ID)), v); err != nil {
		return r, err
	}
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

// reindex keeps due, gone, files, lost and twins.
func (b *batch) reindex(before, r row) error {
	var old keys
	if before.ID != 0 {
		old = b.head.keys(before)
	}
	now := b.head.keys(r)
	if now.due != nil && !bytes.Equal(old.due, now.due) {
		b.reach(before.ID == 0, r, now.due)
	}
	return b.rekey(old, now)
}

// rekey takes a row out of the indexes where it stood and puts it where it stands.
func (b *batch) rekey(old, now keys) error {
	for _, c := range []struct {
		bucket   *bolt.Bucket
		old, now []byte
	}{{b.dues, old.due, now.due}, {b.gone, old.gone, now.gone}, {b.files, old.file, now.file}, {b.lost, old.lost, now.lost},
		{b.twins, old.twin, now.twin}} {
		if err := move(c.bucket, c.old, c.now); err != nil {
			return err
		}
	}
	return nil
}

// keys are a row's keys in due, gone, files, lost and twins; nil where it does not stand.
type keys struct{ due, gone, file, lost, twin []byte }

func (h head) keys(r row) (k keys) {
	if r.due() {
		k.due = r.dueKey()
	}
	if r.gone != 0 {
		k.gone = goneKey(r.Print, r.ID)
	}
	if r.here() {
		k.file = filesKey(r.Print, r.ID)
	}
	if r.lost() {
		k.lost = lostKey(r.root, r.gone, r.ID)
	}
	k.twin = h.twin(r)
	return k
}

func move(bucket *bolt.Bucket, from, to []byte) error {
	if bytes.Equal(from, to) {
		return nil
	}
	if from != nil {
		if err := bucket.Delete(from); err != nil {
			return err
		}
	}
	if to == nil {
		return nil
	}
	return bucket.Put(to, nil)
}

// passed is a due key that a lane's cursor may have passed already.
type passed struct {
	lane laneKey
	key  []byte
	id   state.ID
}

// reach notes a due key for the lane's cursor. Of new rows the first in line is enough, since nobody can hold them.
func (b *batch) reach(born bool, r row, key []byte) {
	if !born {
		b.passed = append(b.passed, passed{r.lane(), key, r.ID})
		return
	}
	if old := b.reached[r.lane()]; old == nil || bytes.Compare(key, old) < 0 {
		b.reached[r.lane()] = key
	}
}

// follow keeps the path entry of a row whose path, stamps or fate changed. An entry that names another row is left alone: whoever moves a row to a
// path makes the entry name it first.
func (b *batch) follow(before, r row) error {
	moved := before.root != r.root || before.Path != r.Path
	if before.ID == 0 || r.URL != "" || !moved && before.sum() == r.sum() {
		return nil
	}
	if moved {
		if err := b.dropEntry(before); err != nil {
			return err
		}
	}
	key := pathKey(r.root, r.Path)
	e, ok, err := b.entry(key)
	if err != nil || !ok || e.id != r.ID {
		return err
	}
	return b.setEntry(key, entry{sum: r.sum(), id: r.ID})
}

// sum is what the path entry says of the row: 0 when its file is not there.
func (r row) sum() uint64 {
	if r.gone != 0 || filedAway(r.Item) {
		return 0
	}
	return r.Print.Sum()
}

// dropEntry removes the path entry that names this row.
func (b *batch) dropEntry(r row) error {
	if r.URL != "" || r.Path == "" {
		return nil
	}
	key := pathKey(r.root, r.Path)
	e, ok, err := b.entry(key)
	if err != nil || !ok || e.id != r.ID {
		return err
	}
	b.touched()
	return b.paths.Delete(key)
}

// remove deletes a row from every bucket but paths.
func (b *batch) remove(r row) error {
	b.touched()
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
	return b.rows.Delete(key8(uint64(r.ID)))
}
