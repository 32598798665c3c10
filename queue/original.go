package queue

import (
	"bytes"
	"context"
	"errors"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// originalsMax bounds how many rows one is compared with.
const originalsMax = 8

// Originals returns the rows whose content this one may have and that may take it over, as a Same outcome asks: the one it is suspected of first, then
// others of its file, at its place or displaced. There are none when it is suspected of nothing. Errors: [ErrNoRow].
func (q *Queue) Originals(ctx context.Context, id state.ID) (items []state.Item, err error) {
	err = q.view(ctx, func(tx *bolt.Tx, h head) error {
		l := newLookup(tx, h)
		newer, err := readRow(l.rows, h, id)
		if err != nil || newer.Prev == 0 {
			return err
		}
		note := func(r row) {
			if heir(r.Item, newer.Item) && !r.taken() && r.Print.Size == newer.Print.Size && len(items) < originalsMax {
				items = append(items, r.Item)
			}
		}
		first, err := readRow(l.rows, h, newer.Prev)
		if err == nil {
			free, err := l.leaves(first, newer)
			if err != nil {
				return err
			}
			if free {
				note(first)
			}
		} else if !errors.Is(err, ErrNoRow) {
			return err
		}
		free := func(r row) (bool, error) { return l.leaves(r, newer) }
		return l.versions(newer.Print, free, func(r row) {
			if r.ID != newer.Prev {
				note(r)
			}
		})
	})
	return items, err
}

// versions calls fn for the rows of an inode, a birth time and a size that pass.
func (l lookup) versions(p state.Fingerprint, pass func(row) (bool, error), fn func(row)) error {
	if p.Inode == 0 {
		return nil
	}
	err := l.each(p, func(r row) error {
		if r.Print.Size != p.Size {
			return nil
		}
		ok, err := pass(r)
		if err == nil && ok {
			fn(r)
		}
		return err
	})
	if err != nil {
		return err
	}
	prefix := goneKey(p, 0)[:16]
	if !l.gone.holds(prefix) {
		return nil
	}
	c := l.gone.Cursor()
	for k, _ := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		id := state.ID(num8(k[16:]))
		if id == 0 {
			continue // a mark
		}
		r, err := readRow(l.rows, l.head, id)
		if err != nil {
			return err
		}
		if r.Print.Size == p.Size {
			fn(r)
		}
	}
	return nil
}

// heir reports a row that can take over another's path and stamps: its bytes are proven, and its file was not filed away by us; or it counts as deleted, and
// the other one's is that very file. Anything else has nothing to take over with.
func heir(older, newer state.Item) bool {
	undeleted := older.Away == state.AwayDeleted && older.Print.Inode != 0 && older.Print.Born != 0 && sameInode(older.Print, newer.Print)
	return older.ID != newer.ID && older.URL == "" && (!filedAway(older) || undeleted) && older.Phase >= state.Uploaded && older.HasDigest() &&
		older.Halt != state.Skipped
}

// leaves reports that the older row is free to go to the newer one's place: it stands there already, or its file was seen not to stand where it did. A
// file may have several names, and each is a file: what stands is not taken from its place.
func (l lookup) leaves(older, newer row) (bool, error) {
	if older.root == newer.root && older.Path == newer.Path {
		return true, nil
	}
	stands, err := l.stands(older)
	return !stands, err
}

// stands reports that the file of a row is still at the row's path, as far as anybody has seen: as the row itself, or as a later version of it.
func (l lookup) stands(r row) (bool, error) {
	if r.gone != 0 {
		return false, nil
	}
	e, ok, err := l.entry(r.root, r.Path)
	if err != nil || !ok || e.id == r.ID || e.id == 0 {
		return ok && e.id == r.ID, err
	}
	newest, err := readRow(l.rows, l.head, e.id)
	return newest.gone == 0 && !filedAway(newest.Item) && sameInode(newest.Print, r.Print), err
}

// sameInode reports one file, whatever was written to it: where inodes are kept, those of a file that is gone are given away again, but not at its birth.
func sameInode(f, g state.Fingerprint) bool { return f.Inode == g.Inode && f.Born == g.Born }
