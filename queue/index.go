package queue

import (
	"bytes"

	bolt "go.etcd.io/bbolt"
)

// index is a bucket of one transaction that is asked, again and again, for keys that are not there: what a scan finds in a folder that was never seen comes
// in the order of its names, and most of it in the order of its births. It remembers the stretch around the last key that was missing in which no key
// stands, so that the next one costs two comparisons, not a descent through the tree.
//
// Keys are put through it alone: a key that was put behind its back would be missed. Taking keys away leaves every stretch as empty as it was.
type index struct {
	*bolt.Bucket
	cursor *bolt.Cursor // nil: not used yet
	empty  bool         // nothing stands between lo and hi, which may stand themselves
	lo, hi []byte       // nil: nothing before hi, or behind lo
}

func newIndex(b *bolt.Bucket) *index { return &index{Bucket: b} }

// between reports that key lies in the empty stretch.
func (x *index) between(key []byte) bool {
	return x.empty && (x.lo == nil || bytes.Compare(x.lo, key) < 0) && (x.hi == nil || bytes.Compare(key, x.hi) < 0)
}

// seek returns the first key at or behind the given one, nil at the end, and remembers the stretch before it when that is another one.
func (x *index) seek(key []byte) (k, v []byte) {
	if x.cursor == nil {
		x.cursor = x.Cursor()
	}
	k, v = x.cursor.Seek(key)
	if bytes.Equal(k, key) {
		return k, v
	}
	before := previous(x.Bucket, x.cursor, k)
	x.lo, x.hi, x.empty = bytes.Clone(before), bytes.Clone(k), true
	return k, v
}

// previous moves a cursor that stands at k back to the key before it, nil at the beginning; nil for k is the end.
//
// A transaction that deletes all keys of a page leaves the page empty until it is committed. There bbolt's Prev says that nothing comes before, and where
// every page is empty its Last never returns (1.5.0; Next and First step over such pages): whether there is something before is asked first.
func previous(b *bolt.Bucket, c *bolt.Cursor, k []byte) []byte {
	if k != nil {
		if before, _ := c.Prev(); before != nil {
			return before
		}
	}
	first, _ := b.Cursor().First()
	switch {
	case first == nil || bytes.Equal(first, k):
		return nil
	case k == nil:
		before, _ := c.Last()
		return before
	}
	for {
		if before, _ := c.Prev(); before != nil {
			return before
		}
	}
}

// Get is that of the bucket.
func (x *index) Get(key []byte) []byte {
	if x.between(key) {
		return nil
	}
	if k, v := x.seek(key); bytes.Equal(k, key) {
		return v
	}
	return nil
}

// holds reports whether a key begins with prefix.
func (x *index) holds(prefix []byte) bool {
	if x.between(prefix) {
		return bytes.HasPrefix(x.hi, prefix)
	}
	k, _ := x.seek(prefix)
	return bytes.HasPrefix(k, prefix)
}

// Put is that of the bucket.
func (x *index) Put(key, value []byte) error {
	if x.between(key) { // what comes next is behind it, more often than not
		x.lo = bytes.Clone(key)
	}
	return x.Bucket.Put(key, value)
}
