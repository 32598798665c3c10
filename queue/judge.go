package queue

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/florasync/florasync/state"
)

// judge decides what another version at a known path means for the older row, and returns the row the path stands at then.
func (s *sighting) judge(older row) (state.ID, error) {
	if s.back(older) {
		return older.ID, s.restamp(older)
	}
	switch {
	case filedAway(older.Item):
		return s.birth(older)
	case older.Phase >= state.Uploaded:
		if err := s.displace(older); err != nil {
			return 0, err
		}
		return s.birth(older)
	case older.Halt != state.None:
		return s.replaceHalted(older)
	case older.Print.SameFile(s.Print):
		return older.ID, s.restamp(older)
	}
	return s.replaceEarly(older)
}

// back reports the very version that was gone from this path: nothing differs, also where the file system keeps no inode that lasts.
func (s *sighting) back(older row) bool {
	return older.gone != 0 && older.Print == s.Print && older.Halt != state.Skipped
}

// displace notes that another file stands in the older one's place: that one may have been moved, and turn up elsewhere.
func (s *sighting) displace(older row) error {
	if older.gone != 0 || older.Print.Inode == 0 || older.Print.Inode == s.Print.Inode {
		return nil
	}
	after := older
	after.gone = max(1, nanos(s.At))
	_, err := s.write(older, after)
	return err
}

// replaceEarly: an older version that was not uploaded gives way, or takes over the stamps when only a digest could tell the two apart and nobody has
// read it yet.
func (s *sighting) replaceEarly(older row) (state.ID, error) {
	doubt := older.Phase == state.Queued && s.Skip == "" && state.Compare(older.Print, s.Print) == state.Doubt
	stamped := older
	free, err := s.ifFree(older.ID, func() (state.Item, error) {
		if doubt {
			stamped = s.stamp(older)
			return stamped.Item, nil
		}
		return s.supersede(older)
	})
	switch {
	case err != nil:
		return 0, err
	case free && doubt:
		return older.ID, s.put(older, stamped)
	case free:
		if older, err = s.row(older.ID); err != nil {
			return 0, err
		}
	}
	return s.birth(older)
}

// replaceHalted: what was skipped is judged anew; what had failed no longer counts as failed.
func (s *sighting) replaceHalted(older row) (state.ID, error) {
	if older.Halt == state.Failed {
		if _, err := s.ifFree(older.ID, func() (state.Item, error) { return s.supersede(older) }); err != nil {
			return 0, err
		}
		var err error
		if older, err = s.row(older.ID); err != nil {
			return 0, err
		}
	}
	return s.birth(older)
}

// supersede skips a version because another took its place. A failed one is opened again first, since only that moves it.
func (s *sighting) supersede(older row) (state.Item, error) {
	if older.Halt == state.Failed {
		if _, err := s.change(state.Change{ID: older.ID, Rev: older.Rev, At: s.At, Outcome: state.Reopen()}); err != nil {
			return state.Item{}, err
		}
		older.Rev++
	}
	skip := state.Skip(state.Changed, "another version took its place before it was uploaded")
	return s.change(state.Change{ID: older.ID, Rev: older.Rev, At: s.At, Outcome: skip})
}

// stamp is the row with the path and stamps the file has now. Where it goes follows, until it was told to FLORA.
func (s *sighting) stamp(r row) row {
	r.Item.Root, r.Path, r.Print, r.root, r.gone = s.Root, s.Path, s.Print, s.root, 0
	if !r.Frozen {
		r.To.Workspace, r.To.Folder = s.To.Workspace, s.To.Folder
	}
	return r
}

// restamp gives a row the path and stamps the file has now, whoever holds it: they are attributes, the revision stays.
func (s *sighting) restamp(r row) error {
	after := s.stamp(r)
	s.repoint(after)
	return s.put(r, after)
}

func (s *sighting) put(before, after row) error {
	if err := s.setEntry(s.key, entry{sum: after.Print.Sum(), id: after.ID}); err != nil {
		return err
	}
	_, err := s.write(before, after)
	return err
}

// findMoved looks among the rows whose path vanished for one that is this very file, and brings it here. older is the row the path has, if any.
func (s *sighting) findMoved(older row) (moved bool, id state.ID, err error) {
	if s.Print.Inode == 0 {
		return false, 0, nil
	}
	prefix := goneKey(s.Print, 0)[:16]
	c := s.gone.Cursor()
	for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		id := state.ID(num8(k[16:]))
		if id == 0 {
			if marked, err := s.moveMark(bytes.Clone(k), bytes.Clone(v), older); marked || err != nil {
				return marked, 0, err
			}
			continue
		}
		r, err := s.row(id)
		if err != nil {
			return false, 0, err
		}
		if !r.Print.SameFile(s.Print) || !s.mayMove(r) {
			continue
		}
		return true, id, s.bring(r, older)
	}
	return false, 0, nil
}

// mayMove: a version that a rule kept back is judged by the rules of its new place.
func (s *sighting) mayMove(r row) bool {
	if r.Halt != state.Skipped {
		return s.Skip == "" || !early(r.Item)
	}
	return r.Reason != state.Gone && r.Reason != state.Changed && (r.Reason == state.Type || r.Reason == state.Duplicate || s.Skip == r.Reason)
}

// bring moves a row to this path. The version that stood here is over: what was not uploaded of it never will be.
func (s *sighting) bring(r, older row) error {
	if older.ID != 0 && older.ID != r.ID && early(older.Item) {
		if _, err := s.ifFree(older.ID, func() (state.Item, error) { return s.supersede(older) }); err != nil {
			return err
		}
	}
	return s.restamp(r)
}

// moveMark brings a mark whose path vanished to this path: a file that nobody wanted stays unwanted when it is renamed.
func (s *sighting) moveMark(key, from []byte, older row) (bool, error) {
	e, ok, err := s.entry(from)
	if err != nil || !ok || e.id != 0 || e.sum != 0 || !e.print.SameFile(s.Print) || older.ID != 0 || s.Named {
		return false, err
	}
	s.touched()
	return true, errors.Join(s.gone.Delete(key), s.paths.Delete(from), s.setEntry(s.key, entry{sum: s.Print.Sum(), print: s.Print}))
}

// vanish notes that nothing stands at the path any more.
func (s *sighting) vanish(e entry, known bool) error {
	if !known || e.sum == 0 {
		return nil
	}
	if e.id == 0 {
		s.touched()
		if e.print.Inode != 0 {
			if err := s.gone.Put(goneKey(e.print, 0), s.key); err != nil {
				return err
			}
		}
		return s.setEntry(s.key, entry{print: e.print})
	}
	r, err := s.row(e.id)
	if err != nil {
		return err
	}
	if filedAway(r.Item) {
		return s.setEntry(s.key, entry{id: e.id})
	}
	after := r
	after.gone = max(1, nanos(s.At))
	_, err = s.write(r, after)
	return err
}

// scanPage bounds how many vanished rows one transaction skips.
const scanPage = 2000

// ScanDone says that a full scan of the root, begun at began, is over: rows that vanished before it and were not found become skipped (gone), unless
// their bytes were sent or somebody holds them. It returns how many.
func (q *Queue) ScanDone(ctx context.Context, root string, began time.Time) (skipped int, err error) {
	for after, more := []byte(nil), true; more; {
		var page struct { // its own for each transaction: one that is not waited for any more still writes to it
			n    int
			last []byte
			more bool
		}
		from := after
		err := q.do(ctx, func(b *batch) (err error) {
			page.n, page.last, page.more, err = b.skipLost(root, began, from)
			return err
		})
		if err != nil {
			return skipped, err
		}
		after, more = page.last, page.more
		skipped += page.n
	}
	return skipped, q.markScanned(ctx, root)
}

func (b *batch) skipLost(root string, began time.Time, after []byte) (n int, last []byte, more bool, err error) {
	id, ok := b.head.root(root)
	if !ok {
		return 0, nil, false, &rootError{root}
	}
	var ids []state.ID
	c := b.lost.Cursor()
	from := lostKey(id, 0, 0)
	if after != nil {
		from = after
	}
	for k, _ := c.Seek(from); len(k) == 18 && bytes.Equal(k[:2], from[:2]) && num8(k[2:]) < nanos(began); k, _ = c.Next() {
		if bytes.Equal(k, after) {
			continue
		}
		if len(ids) == scanPage {
			more = true
			break
		}
		ids, last = append(ids, state.ID(num8(k[10:]))), bytes.Clone(k)
	}
	for _, id := range ids {
		skipped, err := b.skipGone(id, began)
		if err != nil {
			return n, last, false, err
		}
		if skipped {
			n++
		}
	}
	return n, last, more, nil
}

func (b *batch) skipGone(id state.ID, at time.Time) (bool, error) {
	r, err := b.row(id)
	if err != nil {
		return false, err
	}
	return b.ifFree(id, func() (state.Item, error) {
		return b.change(state.Change{ID: id, Rev: r.Rev, At: at, Outcome: state.Skip(state.Gone, "the file vanished before it was uploaded")})
	})
}
