package queue

import (
	"bytes"
	"context"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// Place is where the record believes a file to stand.
type Place struct {
	Root  string
	Dir   string // the root's path as it was last configured; "" of paths named by hand
	Path  state.Path
	Print state.Fingerprint
	Of    int // the sighting that tells of this file at another path

	Item  state.Item // its row
	Known bool       // the path of the sighting has a row of this file as well
}

// standingMax bounds how many rows of one identity are looked at, the newest first: versions of one path, and the other names of a file that has many,
// which is the better guess then.
const standingMax = 32

// Standing returns where else, in this root or another, the record believes the files of these sightings to stand. A file that is not there any more was renamed, also
// when another one has taken its old path since, or its stamps moved: told as gone from there first, with the fingerprint, it is known again. What the
// record knows at the very path, and has no doubt about, is not asked for.
func (q *Queue) Standing(ctx context.Context, root string, sightings []state.Sighting) ([]Place, error) {
	var places []Place
	err := q.view(ctx, func(tx *bolt.Tx, h head) error {
		id, ok := h.root(root)
		if !ok {
			return nil
		}
		l := newLookup(tx, h)
		l.root = id
		for i, s := range sightings {
			if s.Gone || s.Print.Inode == 0 || !goodPath(s.Path) {
				continue
			}
			e, _, err := l.entry(id, s.Path)
			if err != nil {
				return err
			}
			if e.sum == s.Print.Sum() {
				continue
			}
			from := len(places)
			if err := l.find(s, func(r row) {
				places = append(places, Place{Root: r.Root, Dir: h.roots[r.root].Path, Path: r.Path, Print: r.Print, Of: i, Item: r.Item})
			}); err != nil {
				return err
			}
			if len(places) == from || e.id == 0 || e.sum == 0 {
				continue
			}
			own, err := readRow(l.rows, h, e.id)
			if err != nil {
				return err
			}
			for j := range places[from:] {
				places[from+j].Known = sameInode(own.Print, s.Print)
			}
		}
		return nil
	})
	return places, err
}

// lookup asks the indexes of one root inside a transaction.
type lookup struct {
	head               head
	root               rootID
	rows               *bolt.Bucket
	paths, files, gone *index
}

func newLookup(tx *bolt.Tx, h head) lookup {
	return lookup{head: h, rows: tx.Bucket(bucketRows), paths: newIndex(tx.Bucket(bucketPaths)), files: newIndex(tx.Bucket(bucketFiles)),
		gone: newIndex(tx.Bucket(bucketGone))}
}

func (l lookup) entry(root rootID, p state.Path) (e entry, ok bool, err error) {
	v := l.paths.Get(pathKey(root, p))
	if v == nil {
		return e, false, nil
	}
	e, err = decodeEntry(v)
	return e, true, err
}

// find calls fn for the rows that stand at other paths and may be the file of the sighting.
func (l lookup) find(s state.Sighting, fn func(row)) error {
	return l.each(s.Print, func(r row) error {
		if r.root == l.root && r.Path == s.Path || r.Print.Size != s.Print.Size {
			return nil
		}
		e, _, err := l.entry(r.root, r.Path)
		if err == nil && e.id == r.ID {
			fn(r)
		}
		return err
	})
}

// each calls fn for the rows of an inode and birth time whose path did not vanish, the newest first.
func (l lookup) each(p state.Fingerprint, fn func(row) error) error {
	prefix := filesKey(p, 0)[:16]
	if !l.files.holds(prefix) {
		return nil
	}
	c := l.files.Cursor()
	k, _ := c.Seek(filesKey(p, ^state.ID(0)))
	k = previous(l.files.Bucket, c, k)
	for n := 0; n < standingMax && bytes.HasPrefix(k, prefix); n++ {
		r, err := readRow(l.rows, l.head, state.ID(num8(k[16:])))
		if err != nil {
			return err
		}
		if err := fn(r); err != nil {
			return err
		}
		k = previous(l.files.Bucket, c, k)
	}
	return nil
}

// indexFiles takes a record of schema 1, which knew a file by its identity only when its path had vanished, to schema 2.
func indexFiles(tx *bolt.Tx) error {
	files, err := tx.CreateBucket(bucketFiles)
	if err != nil {
		return err
	}
	names, err := readRoots(tx)
	if err != nil {
		return err
	}
	h := head{roots: names}
	return tx.Bucket(bucketRows).ForEach(func(k, v []byte) error {
		r, err := decodeRow(state.ID(num8(k)), v, h.name)
		if err != nil || !r.here() {
			return err
		}
		return files.Put(filesKey(r.Print, r.ID), nil)
	})
}
