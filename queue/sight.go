package queue

import (
	"context"

	"github.com/florasync/florasync/state"
)

// Arrival is a sighting with what the intake knows of it: where the file goes, and whether a rule says no.
type Arrival struct {
	state.Sighting
	To           state.Destination // workspace and folder as of now; name and type when they are known
	Skip         state.Reason      // not "": the row is born skipped, with Message
	Message      string
	Mark         bool   // existing: ignore. The path becomes known without a row
	Named        bool   // named by hand: also what was skipped by a rule, marked or forgotten is taken
	IgnoreChange bool   // on_change: ignore. A version after a ready one is born skipped, reason rule
	Project      string // attach when ready, for what was named by hand: a watched root's is the configuration's
	URL          string // not "": no file; Root and Path are empty, and every arrival is a row of its own
}

// Sight records what was seen, in one transaction, and returns the row each arrival stands at: 0 for a mark, and for a path that is gone or cannot be
// kept. An unchanged file opens no row, and a batch that changes nothing makes no commit. Errors: [ErrRootUnknown] for a root that was not added, and
// those of a commit; then nothing of the batch is kept.
//
// What each arrival does is judged by the path's entry and its newest row, the older one:
//
//   - the sum agrees: nothing.
//   - the path is new, or another file came to it, and a row whose own path vanished has this identity: that row moves here, in any phase.
//   - only ctime differs, or the older is queued and of the same size: before it is reserved and claimed it takes over the stamps.
//   - the same, but for its modification time, and the bytes of that row are proven: a new row, which a digest may fold into that one.
//   - otherwise a new row. An older one that was not uploaded becomes skipped (changed), unless somebody holds it, who will find out.
//   - gone, with a fingerprint: the file that has it does not stand at the path; nothing, when the record says another one does.
//   - gone: the entry stays, the row waits in the gone index to be found elsewhere; before uploaded it is not due meanwhile.
func (q *Queue) Sight(ctx context.Context, arrivals []Arrival) ([]state.ID, error) {
	ids := make([]state.ID, len(arrivals))
	err := q.do(ctx, func(b *batch) error {
		roots, err := b.rootsOf(arrivals)
		if err != nil {
			return err
		}
		for _, i := range goneFirst(arrivals) {
			s := sighting{batch: b, Arrival: arrivals[i], root: roots[i]}
			if ids[i], err = s.take(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ids, nil
}

func (b *batch) rootsOf(arrivals []Arrival) ([]rootID, error) {
	roots := make([]rootID, len(arrivals))
	for i, a := range arrivals {
		if i > 0 && a.Root == arrivals[i-1].Root {
			roots[i] = roots[i-1]
			continue
		}
		id, ok := b.head.root(a.Root)
		if !ok {
			return nil, &rootError{a.Root}
		}
		roots[i] = id
	}
	return roots, nil
}

type rootError struct{ name string }

func (e *rootError) Error() string        { return "root " + e.name + ": " + ErrRootUnknown.Error() }
func (e *rootError) Is(target error) bool { return target == ErrRootUnknown }

// goneFirst orders a batch so that a file that moved is known to be gone from its old path before it is seen at its new one. What is said twice of one
// path keeps its order.
func goneFirst(arrivals []Arrival) []int {
	type place struct {
		root string
		path state.Path
	}
	order := make([]int, 0, len(arrivals))
	gone := 0
	for _, a := range arrivals {
		if a.Gone {
			gone++
		}
	}
	early := make(map[int]bool, gone)
	if gone > 0 && gone < len(arrivals) {
		said := make(map[place]int, len(arrivals))
		for _, a := range arrivals {
			said[place{a.Root, a.Path}]++
		}
		for i, a := range arrivals {
			if a.Gone && said[place{a.Root, a.Path}] == 1 {
				early[i] = true
				order = append(order, i)
			}
		}
	}
	for i := range arrivals {
		if !early[i] {
			order = append(order, i)
		}
	}
	return order
}

// sighting is one arrival inside the transaction.
type sighting struct {
	*batch
	Arrival
	root rootID
	key  []byte
}

func (s *sighting) take() (state.ID, error) {
	if s.URL != "" {
		return s.birth(row{})
	}
	if !goodPath(s.Path) {
		s.notice(state.Notice{Event: state.FileNotTaken, Root: s.Root, Path: s.Path, Err: errPath})
		return 0, nil
	}
	s.key = pathKey(s.root, s.Path)
	e, known, err := s.entry(s.key)
	if err != nil {
		return 0, err
	}
	if s.Gone {
		return 0, s.vanish(e, known)
	}
	if known && e.sum == s.Print.Sum() && !s.Named {
		return e.id, nil
	}
	return s.arrive(e, known)
}

// arrive judges a file whose path is new, was gone, or holds another version.
func (s *sighting) arrive(e entry, known bool) (state.ID, error) {
	var older row
	var err error
	if e.id != 0 {
		if older, err = s.row(e.id); err != nil {
			return 0, err
		}
	}
	if e.sum == s.Print.Sum() && !(s.Named && s.Skip == "" && overruled(older)) {
		return e.id, nil
	}
	if s.back(older) {
		return older.ID, s.restamp(older)
	}
	if !s.stays(older) {
		if moved, id, err := s.findMoved(older); moved || err != nil {
			return id, err
		}
	}
	if e.id == 0 {
		if err := s.found(e); err != nil {
			return 0, err
		}
		if s.Mark && !known || known && !s.Named && sameContent(e.print, s.Print) {
			return 0, s.setEntry(s.key, entry{sum: s.Print.Sum(), print: s.Print})
		}
		return s.birth(row{})
	}
	return s.judge(older)
}

// sameContent reports what a mark is to be taken for: the file that nobody wanted, also where it was copied to another disk, or has another inode since it was
// mounted. A mark has no digest that could tell more.
func sameContent(f, g state.Fingerprint) bool { return f.Size == g.Size && f.MTime == g.MTime }

// stays reports that the file of the path's row is still here, whatever its stamps are, so that no other row is looked for that may be this file: it may
// have other names, each with a row of its own, and one of those may be gone.
func (s *sighting) stays(older row) bool {
	return older.ID != 0 && older.gone == 0 && !filedAway(older.Item) && sameInode(older.Print, s.Print)
}

// overruled reports a version that a rule kept back, or that has no row because nobody wanted it: named by hand it is wanted.
func overruled(older row) bool {
	return older.ID == 0 || older.Halt == state.Skipped && (older.Reason == state.Rule || older.Reason == state.Size || older.Reason == state.Gone)
}

// birth makes the path's new row. older is the version before it, or the zero row.
func (s *sighting) birth(older row) (state.ID, error) {
	it := state.Item{Root: s.Root, Path: s.Path, Print: s.Print, URL: s.URL, To: s.To, Project: s.Project, SeenAt: s.At, Named: s.Named}
	if older.ID != 0 {
		it = it.Replaces(older.Item)
		switch {
		case filedAway(older.Item):
			it.Prev = 0 // whatever appears where we took a file away is new
		case older.Phase < state.Uploaded:
			it.Prev = older.Prev // its bytes are not known; those of the version before may be
		}
	}
	suspect, err := s.suspect(older)
	if err != nil {
		return 0, err
	}
	if suspect != 0 {
		it.Prev = suspect
	}
	reason, message := s.Skip, s.Message
	if reason == "" && s.IgnoreChange && !s.Named && older.ID != 0 {
		ready, err := s.hasReady(older)
		if err != nil {
			return 0, err
		}
		if ready {
			reason, message = state.Rule, "changed after its upload (on_change: ignore)"
		}
	}
	if reason != "" {
		it.Halt, it.Reason = state.Skipped, reason
		it.Fault = &state.Fault{Class: state.Lasting, Code: string(reason), Message: message, At: s.At}
	}
	r, err := s.add(row{Item: it, root: s.root})
	if err != nil {
		return 0, err
	}
	s.tellBorn(r.Item)
	return r.ID, nil
}

// hasReady reports whether a version of the path is at FLORA: the older one, or the one before those that were skipped.
func (s *sighting) hasReady(older row) (bool, error) {
	if older.Phase >= state.Ready || older.Prev == 0 || older.Phase >= state.Uploaded {
		return older.Phase >= state.Ready, nil
	}
	prev, err := s.batch.row(older.Prev)
	if err != nil {
		return false, nil //nolint:nilerr // forgotten: nothing is known to be there
	}
	return prev.Phase >= state.Ready, nil
}
