package queue

import (
	"bytes"
	"cmp"
	"errors"

	"github.com/florasync/florasync/state"
)

// findMoved looks among the rows whose path vanished for one that is this very file, and brings it here. older is the row the path has, if any.
func (s *sighting) findMoved(older row) (moved bool, id state.ID, err error) {
	if s.Print.Inode == 0 {
		return false, 0, nil
	}
	prefix := goneKey(s.Print, 0)[:16]
	if !s.gone.holds(prefix) {
		return s.findDriven(older)
	}
	var absent row // what counts as deleted waits for nothing: it yields to another name of the file, which does
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
		if !r.Print.SameFile(s.Print) || !s.mayMove(r) || s.doubts(r) {
			continue
		}
		if early(r.Item) && r.HasDigest() {
			if over, err := s.outdated(r); err != nil {
				return false, 0, err
			} else if over {
				continue
			}
		}
		if r.absent() {
			absent = r
			continue
		}
		return true, id, s.bring(r, older)
	}
	if moved, id, err := s.findDriven(older); moved || err != nil || absent.ID == 0 {
		return moved, id, err
	}
	return true, absent.ID, s.bring(absent, older)
}

// doubts reports that only a digest can tell whether the file is still the version of the row: its bytes were proven before its status was changed last.
// A rename does that, and so does a rewrite that puts the modification time back; a rename of a directory above it does not.
func (s *sighting) doubts(r row) bool {
	return !early(r.Item) && r.HasDigest() && r.Print.CTime != s.Print.CTime
}

// findDriven looks for a row that is not uploaded yet, whose path another version took, and whose file this is. It was left to whoever holds it, and may
// be on its way to FLORA: it must not get a second row.
func (s *sighting) findDriven(older row) (moved bool, id state.ID, err error) {
	var found row
	err = s.lookup().each(s.Print, func(r row) error {
		if !early(r.Item) || !r.Print.SameFile(s.Print) || !s.mayMove(r) {
			return nil
		}
		driven, err := superseded(s.paths, r)
		if driven && r.ID != older.ID {
			found = r
		}
		return err
	})
	if err != nil || found.ID == 0 {
		return false, 0, err
	}
	if over, err := s.outdated(found); over || err != nil {
		return false, 0, err
	}
	return true, found.ID, s.bring(found, older)
}

// outdated reports a row of whose file a later version was seen, which has a row of its own: what turned up is that one, if it is any of the two. The row's bytes
// were at FLORA when that version came, and FLORA failed it; or it was held. Of one that was not sent yet, what stands where it was seen is another name.
func (s *sighting) outdated(r row) (over bool, err error) {
	among := s.displaced
	if r.HasDigest() {
		among = func(row) (bool, error) { return true, nil }
	}
	err = s.lookup().versions(s.Print, among, func(later row) {
		over = over || later.ID != r.ID && seenAfter(later, r)
	})
	return over, err
}

// seenAfter orders the versions of one file: by its change time, which nobody can set, and then as they were seen.
func seenAfter(r, other row) bool {
	return cmp.Or(cmp.Compare(r.Print.CTime, other.Print.CTime), cmp.Compare(r.ID, other.ID)) > 0
}

func (s *sighting) displaced(r row) (bool, error) {
	stands, err := s.lookup().stands(r)
	return !stands, err
}

// suspect returns the row whose bytes this file may have that came to the path of older, going by the rows of its inode, birth time and size that do not
// stand where they were: by the one that was seen last and tells of any. A digest decides. 0: none, also when the file has been at this path all the time.
// Where a row's file stands still, this is a second name, and a file of its own.
func (s *sighting) suspect(older row) (state.ID, error) {
	if s.Print.Inode == 0 || s.URL != "" || s.stays(older) {
		return 0, nil
	}
	var newest row
	err := s.lookup().versions(s.Print, s.displaced, func(r row) {
		if r.tellsOf() != 0 && (newest.ID == 0 || seenAfter(r, newest)) {
			newest = r
		}
	})
	return newest.tellsOf(), err
}

// tellsOf returns the row whose bytes a file that has this one's identity may have: this one, when its bytes are proven, so that the file was touched since;
// or the one that it was suspected of itself, before its bytes were known. 0: none, as of a further name of the file that was not uploaded, be it gone or waited for.
func (r row) tellsOf() state.ID {
	switch {
	case r.Phase < state.Uploaded:
		return r.Prev
	case r.Halt != state.Skipped && r.HasDigest():
		return r.ID
	}
	return 0
}

// lookup asks the indexes inside the transaction.
func (b *batch) lookup() lookup {
	return lookup{head: b.head, rows: b.rows, paths: b.paths, files: b.files, gone: b.gone}
}

// mayMove: a version that a rule kept back is judged by the rules of its new place.
func (s *sighting) mayMove(r row) bool {
	if r.Halt != state.Skipped {
		return s.Skip == "" || !early(r.Item)
	}
	return r.Reason != state.Gone && r.Reason != state.Changed && (r.Reason == state.Type || r.Reason == state.Duplicate || s.Skip == r.Reason)
}

// bring moves a row to this path. The version that stood here is over: what was not uploaded of it never will be, and the file of one that was may turn up
// elsewhere.
func (s *sighting) bring(r, older row) error {
	switch {
	case older.ID == 0, older.ID == r.ID:
	case early(older.Item):
		if _, err := s.ifFree(older.ID, func() (state.Item, error) { return s.supersede(older) }); err != nil {
			return err
		}
	case older.Phase >= state.Uploaded && !filedAway(older.Item):
		if err := s.displace(older); err != nil {
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

// found ends the search for the file of a mark whose path vanished: something stands there again.
func (s *sighting) found(e entry) error {
	if e.sum != 0 || e.print.Inode == 0 {
		return nil
	}
	key := goneKey(e.print, 0)
	if !bytes.Equal(s.gone.Get(key), s.key) { // another name of that file is looked for
		return nil
	}
	s.touched()
	return s.gone.Delete(key)
}

// vanish notes that nothing stands at the path any more, or, with a fingerprint, that this file does not.
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
	if s.Print.Inode != 0 && !r.Print.SameFile(s.Print) {
		return nil // it is not the file that was looked for
	}
	if filedAway(r.Item) {
		return s.setEntry(s.key, entry{id: e.id})
	}
	after := r
	after.gone = s.q.steady.at(s.At)
	_, err = s.write(r, after)
	return err
}
