package queue

import (
	"bytes"

	"github.com/florasync/florasync/state"
)

// reindex keeps due, gone, files, lost and twins.
func (b *batch) reindex(before, r row) error {
	var old keys
	if before.ID != 0 {
		if err := b.untwin(before); err != nil {
			return err
		}
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
		bucket   keyed
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
	if r.gone != 0 && !r.taken() { // what we took away must not be found as a moved file
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

// keyed is a bucket, or an index.
type keyed interface {
	Put(key, value []byte) error
	Delete(key []byte) error
}

func move(bucket keyed, from, to []byte) error {
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
