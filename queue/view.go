package queue

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// Known is a name of one directory, as a scan compares it with what it sees.
type Known struct {
	Name string
	Sum  uint64   // of the newest version's fingerprint; 0 when Gone
	ID   state.ID // 0: a mark without a row
	Gone bool     // nothing stood there when it was last looked at
}

// Known returns up to n names of one directory ("" is the root itself) in byte order, from the one after `after` on; fewer than n are the last ones.
// A root that was never added has none.
func (q *Queue) Known(ctx context.Context, root, dir, after string, n int) ([]Known, error) {
	var known []Known
	err := q.view(ctx, func(tx *bolt.Tx, h head) error {
		id, ok := h.root(root)
		if !ok {
			return nil
		}
		prefix := dirKey(id, dir)
		from := append(bytes.Clone(prefix), after...)
		c := tx.Bucket(bucketPaths).Cursor()
		for k, v := c.Seek(from); k != nil && bytes.HasPrefix(k, prefix) && len(known) < n; k, v = c.Next() {
			name := string(k[len(prefix):])
			if name == after {
				continue
			}
			e, err := decodeEntry(v)
			if err != nil {
				return err
			}
			known = append(known, Known{Name: name, Sum: e.sum, ID: e.id, Gone: e.sum == 0})
		}
		return nil
	})
	return known, err
}

// Dirs returns up to n directories below the root that hold a known file, in the order of the path index, from the one after `after` on; fewer than
// n are the last ones. Directories of which every name is gone are left out, and so is the root itself (""), where every scan looks.
func (q *Queue) Dirs(ctx context.Context, root, after string, n int) ([]string, error) {
	var dirs []string
	err := q.view(ctx, func(tx *bolt.Tx, h head) error {
		id, ok := h.root(root)
		if !ok {
			return nil
		}
		c := tx.Bucket(bucketPaths).Cursor()
		k, v := c.Seek(behind(dirKey(id, after)))
		for k != nil && len(dirs) < n {
			r, dir, _, ok := splitPathKey(k)
			if !ok || r != id {
				break
			}
			e, err := decodeEntry(v)
			if err != nil {
				return err
			}
			if e.sum == 0 {
				k, v = c.Next()
				continue
			}
			dirs = append(dirs, dir)
			k, v = c.Seek(behind(dirKey(id, dir)))
		}
		return nil
	})
	return dirs, err
}

// behind turns the beginning of a directory's keys, which ends in 0x00, into where the next directory begins.
func behind(dir []byte) []byte {
	dir[len(dir)-1] = 1
	return dir
}

// Get returns a row as the changes accepted so far leave it. Errors: [ErrNoRow].
func (q *Queue) Get(ctx context.Context, id state.ID) (state.Item, error) {
	if err := ctx.Err(); err != nil {
		return state.Item{}, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.current(id)
}

// Found is what the record knows of a path.
type Found struct {
	Item  state.Item // the newest row; the zero Item for a mark
	Known bool       // the path was seen
	Mark  bool       // it was there at the first start and is not wanted (existing: ignore), or was forgotten
	Gone  bool       // nothing stood there when it was last looked at
}

// Find returns what is known of a path, as the changes accepted so far leave it. Root "" is for paths named by hand, below "/".
func (q *Queue) Find(ctx context.Context, root string, path state.Path) (Found, error) {
	for last := state.ID(0); ; {
		f, err := q.find(ctx, root, path)
		id := f.Item.ID
		if err != nil || id == 0 {
			return f, err
		}
		f.Item, err = q.Get(ctx, id)
		if errors.Is(err, ErrNoRow) {
			if older := q.takenOver(id); older != 0 {
				f.Item, err = q.Get(ctx, older)
			}
		}
		switch {
		case !errors.Is(err, ErrNoRow):
			return f, err
		case id == last: // it is forgotten
			return Found{}, nil
		}
		last = id // between the two reads another row may have taken it over
	}
}

// find is Find by what is on disk, with the number of the row alone.
func (q *Queue) find(ctx context.Context, root string, path state.Path) (f Found, err error) {
	err = q.view(ctx, func(tx *bolt.Tx, h head) error {
		id, ok := h.root(root)
		if !ok || !goodPath(path) {
			return nil
		}
		v := tx.Bucket(bucketPaths).Get(pathKey(id, path))
		if v == nil {
			return nil
		}
		e, err := decodeEntry(v)
		if err != nil {
			return err
		}
		f = Found{Known: true, Mark: e.id == 0, Gone: e.sum == 0}
		f.Item.ID = e.id
		return nil
	})
	return f, err
}

// CountStanding returns at how many paths of the root a file is believed to stand, rows and marks.
func (q *Queue) CountStanding(ctx context.Context, root string) (n int64, err error) {
	err = q.view(ctx, func(tx *bolt.Tx, h head) error {
		id, ok := h.root(root)
		if !ok {
			return nil
		}
		prefix := binary.BigEndian.AppendUint16(nil, uint16(id))
		c := tx.Bucket(bucketPaths).Cursor()
		for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
			e, err := decodeEntry(v)
			if err != nil {
				return err
			}
			if e.sum != 0 {
				n++
			}
		}
		return nil
	})
	return n, err
}
