package source

import (
	"errors"
	"os"
	"slices"
	"sync"

	"github.com/florasync/florasync/state"
	"golang.org/x/sys/unix"
)

// Entry is a name in a directory.
type Entry struct {
	Name       string
	Kind       Kind
	Print      state.Fingerprint // of the name itself: links are not followed
	Unfinished bool              // it says of itself that it is still being copied
	Err        error             // why this name could not be looked at; then Kind and Print say nothing
}

func (r *Root) entry(name string, st stat) Entry {
	return Entry{Name: name, Kind: st.kind, Print: r.print(st), Unfinished: st.born == finderBusy}
}

// Listing is a directory at one moment, as far as a directory can be seen at one moment.
type Listing struct {
	Entries []Entry           // in byte order of their names
	Dir     state.Fingerprint // of the directory before it was read: when it differs afterwards, names may be missing, so list again
}

// List lists a directory below the root ("" is the root), with the stamps of each name. Names that vanish meanwhile are left out. Errors: [ErrOffline];
// fs.ErrNotExist; fs.ErrPermission; [ErrNotRegular] for a link on the way.
func (r *Root) List(dir string) (Listing, error) {
	var l Listing
	var err error
	l.Dir, err = r.Walk(dir, func(e Entry, _ Names) error {
		l.Entries = append(l.Entries, e)
		return nil
	})
	if err != nil {
		return Listing{}, err
	}
	return l, nil
}

// Names are the names of a directory in byte order.
type Names []string

// Has reports whether name is one of them.
func (n Names) Has(name string) bool {
	_, ok := slices.BinarySearch(n, name)
	return ok
}

// Walk is List for directories of any size: it holds the names only, looks at them a few at a time, and hands them to each. It returns the directory as it
// was before it was read. An error of each ends the walk and is returned.
func (r *Root) Walk(dir string, each func(Entry, Names) error) (state.Fingerprint, error) {
	f, err := r.openList(dir)
	if err != nil {
		return state.Fingerprint{}, err
	}
	defer f.Close()
	before, err := control(f, statFD)
	if err != nil {
		return state.Fingerprint{}, r.wrap("list", dir, err)
	}
	names, err := r.names(f, dir)
	if err != nil {
		return state.Fingerprint{}, err
	}
	_, err = control(f, func(fd int) (struct{}, error) {
		var some [walkChunk]looked
		for at := 0; at < len(names); at += walkChunk {
			part := names[at:min(at+walkChunk, len(names))]
			lookAt(fd, part, some[:len(part)])
			for i, name := range part {
				st, err := some[i].stat, some[i].err
				if errors.Is(err, unix.ENOENT) {
					continue
				}
				e := r.entry(name, st)
				if err != nil {
					e = Entry{Name: name, Err: r.wrap("look at", string(state.Join(dir, name)), err)}
				}
				if err := each(e, names); err != nil {
					return struct{}{}, err
				}
			}
		}
		return struct{}{}, nil
	})
	return r.print(before), err
}

const (
	// walkChunk is how many names are looked at before they are handed on.
	walkChunk = 512
	// walkAlone is how many names are not worth a second worker.
	walkAlone = 64
)

// looked is what a name was when it was looked at.
type looked struct {
	stat stat
	err  error
}

// lookAt looks at names of a directory, with two workers when they are many: the kernel takes most of the time, and it is as fast in two threads at once
// (measured: 0.7 of the time of one worker, on two cores).
func lookAt(dir int, names []string, into []looked) {
	look := func(from, to int) {
		for i := from; i < to; i++ {
			into[i].stat, into[i].err = statAt(dir, names[i])
		}
	}
	half := len(names) / 2
	if len(names) <= walkAlone {
		half = 0
	}
	var other sync.WaitGroup
	if half > 0 {
		other.Go(func() { look(0, half) })
	}
	look(half, len(names))
	other.Wait()
}

// Names returns the names of a directory in byte order, without looking at what they are. Errors as of List.
func (r *Root) Names(dir string) (Names, error) {
	f, err := r.openList(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return r.names(f, dir)
}

func (r *Root) openList(dir string) (*os.File, error) {
	fd, err := r.openDir(dir)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), dir), nil
}

func (r *Root) names(f *os.File, dir string) (Names, error) {
	names, err := f.Readdirnames(-1)
	if err != nil {
		if inner := errors.Unwrap(err); inner != nil {
			err = inner
		}
		return nil, r.wrap("list", dir, err)
	}
	slices.Sort(names)
	return names, nil
}

// kindOf reads the file type of a mode: inode(7).
func kindOf(mode uint32) Kind {
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return Regular
	case unix.S_IFDIR:
		return Dir
	case unix.S_IFLNK:
		return Link
	}
	return Other
}
