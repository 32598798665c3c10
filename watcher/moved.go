package watcher

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

// leftBehind returns what must be told before these files are: the places they were renamed from. The record may still believe them to stand there, because
// nobody has looked since, or because what a look found was another file, which is not told before it has settled. A file that stands in both places has
// two names, and is two files. stale are those, by their index, that have gone on to another place since they settled, as with a folder that was renamed: told,
// they would be versions that nobody can find. Their paths are to be looked at again.
func (r *rootWatch) leftBehind(ctx context.Context, fresh []state.Sighting) (left []state.Sighting, stale map[int]bool, err error) {
	if len(fresh) == 0 {
		return nil, nil, nil
	}
	places, err := r.record.Elsewhere(ctx, r.name, fresh)
	if err != nil {
		return nil, nil, err
	}
	stale = r.goneOn(fresh)
	for _, p := range places {
		// The new place is looked at first: a file that is seen there was in this root a moment ago, so that its absence elsewhere means something.
		if is, sure := r.holds(fresh[p.Of].Path, p.Print); !is || !sure {
			if sure {
				stale[p.Of] = true
			}
			continue
		}
		if r.took(p, fresh[p.Of].Path) || r.went(p) {
			left = append(left, state.Sighting{Root: p.Root, Path: p.Path, Print: p.Print, Gone: true, At: time.Now()})
		}
	}
	return left, stale, nil
}

// went reports that the file does not stand any more where the record believes it to, and has its absence made sure of.
func (r *rootWatch) went(p Place) bool {
	root := r.peer(p.Root)
	if root == nil {
		return r.abandoned(p)
	}
	if is, sure := root.holds(p.Path, p.Print); is || !sure {
		return false
	}
	if root == r {
		r.confirmSoon()
	} else { // its own loop looks again, and plans the scan that makes sure
		root.asked.put(string(p.Path), asked|Left|Came)
	}
	return true
}

// goneOn returns which of these, by their index, stand at another place of them, and not where they were seen.
func (r *rootWatch) goneOn(fresh []state.Sighting) map[int]bool {
	type identity struct {
		inode uint64
		born  int64
	}
	first, gone := make(map[identity]int, len(fresh)), map[int]bool{}
	look := func(i int) {
		if is, sure := r.holds(fresh[i].Path, fresh[i].Print); !is && sure {
			gone[i] = true
		}
	}
	for i, s := range fresh {
		if s.Print.Inode == 0 {
			continue
		}
		id := identity{s.Print.Inode, s.Print.Born}
		if other, twice := first[id]; twice {
			look(other)
			look(i)
			continue
		}
		first[id] = i
	}
	return gone
}

// took reports that the file stands where it stood, and is looked after by this root now: the one that the record knows it by is not watched any more, since another
// folder above or below it is; or it was named by hand.
func (r *rootWatch) took(p Place, at state.Path) bool {
	return p.Root != r.name && r.peers(p.Root) == nil && strings.TrimSuffix(p.Dir, "/")+"/"+string(p.Path) == r.src.Abs(at)
}

// abandoned reports that nothing stands where the record knows a file by a folder that is not watched any more, or by hand. Whatever else stands there may hide
// that it cannot be told.
func (r *rootWatch) abandoned(p Place) bool {
	if p.Root == r.name || r.peers(p.Root) != nil {
		return false
	}
	_, err := os.Lstat(strings.TrimSuffix(p.Dir, "/") + "/" + string(p.Path))
	return errors.Is(err, fs.ErrNotExist)
}

// peer returns another root that is there, or this one; nil when the root is not watched, or offline: then nobody knows what stands in it.
func (r *rootWatch) peer(name string) *rootWatch {
	if name == r.name {
		return r
	}
	other := r.peers(name)
	if other == nil {
		return nil
	}
	other.mu.Lock()
	defer other.mu.Unlock()
	if other.facts.State == Offline {
		return nil
	}
	return other
}

// holds looks whether the file of that inode and birth time stands at a path, whatever its other stamps are. It is not sure when the path cannot be read.
func (r *rootWatch) holds(p state.Path, print state.Fingerprint) (is, sure bool) {
	e, err := r.src.Stat(p)
	if err != nil {
		return false, isAbsent(err)
	}
	return e.Kind == source.Regular && e.Print.Inode == print.Inode && e.Print.Born == print.Born, true
}
