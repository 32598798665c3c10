package queue

import (
	"time"

	"github.com/florasync/florasync/state"
)

// judge decides what another version at a known path means for the older row, and returns the row the path stands at then.
func (s *sighting) judge(older row) (state.ID, error) {
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

// back reports the very version that was gone from this path: nothing differs, also where the file system keeps no inode that lasts. Other names of the file may
// have vanished, too, and wait for theirs.
func (s *sighting) back(older row) bool {
	return older.gone != 0 && older.Print == s.Print && older.Halt != state.Skipped && !older.taken()
}

// displace notes that another file stands in the older one's place: that one may have been moved, and turn up elsewhere.
func (s *sighting) displace(older row) error {
	if older.gone != 0 || older.Print.Inode == 0 || older.Print.Inode == s.Print.Inode {
		return nil
	}
	after := older
	after.gone = s.q.steady.at(s.At)
	_, err := s.write(older, after)
	return err
}

// replaceEarly: an older version that was not uploaded gives way, or takes over the stamps when only a digest could tell the two apart and nobody has
// read it yet.
func (s *sighting) replaceEarly(older row) (state.ID, error) {
	suspect, err := s.suspect(older)
	if err != nil {
		return 0, err
	}
	doubt := older.Phase == state.Queued && s.Skip == "" && state.Compare(older.Print, s.Print) == state.Doubt && (suspect == 0 || suspect == older.Prev)
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

// stamp is the row with the path and stamps the file has now. Where it goes follows, until it was told to FLORA. What kept this machine from reading it may
// have gone with the old ones (a chmod): it is due.
func (s *sighting) stamp(r row) row {
	if r.Fault != nil && r.Fault.Class == state.Local {
		r.Due = time.Time{}
	}
	if r.absent() {
		r.Away = state.AwayKept
	}
	r.Item.Root, r.Path, r.Print, r.root, r.gone = s.Root, s.Path, s.Print, s.root, 0
	if !r.Frozen {
		r.To.Workspace, r.To.Folder = s.To.Workspace, s.To.Folder
	}
	return r
}

// restamp gives a row the path and stamps the file has now, whoever holds it: they are attributes, the revision stays.
func (s *sighting) restamp(r row) error {
	after := s.stamp(r)
	if after.Away != r.Away {
		s.tellUndeleted(after.Item)
	}
	s.repoint(after)
	return s.put(r, after)
}

// tellUndeleted: it is ready, and stays where it is now.
func (b *batch) tellUndeleted(it state.Item) {
	b.notice(state.Kept(it.Root, it.Path, "it was away when it was to be deleted, and is back"))
}

func (s *sighting) put(before, after row) error {
	if err := s.setEntry(s.key, entry{sum: after.Print.Sum(), id: after.ID}); err != nil {
		return err
	}
	_, err := s.write(before, after)
	return err
}
