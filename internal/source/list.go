package source

import (
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/florasync/florasync/state"
	"golang.org/x/sys/unix"
)

// Entry is a name in a directory.
type Entry struct {
	Name  string
	Kind  Kind
	Print state.Fingerprint // of the name itself: links are not followed
}

// Listing is a directory at one moment, as far as a directory can be seen at one moment.
type Listing struct {
	Entries []Entry           // in byte order of their names
	Dir     state.Fingerprint // of the directory before it was read: when it differs afterwards, names may be missing, so list again
}

// List lists a directory below the root ("" is the root), with the stamps of each name. Names that vanish meanwhile are left out. Errors: [ErrOffline];
// fs.ErrNotExist; fs.ErrPermission; [ErrNotRegular] for a link on the way.
func (r *Root) List(dir string) (Listing, error) {
	fd, err := r.openDir(dir)
	if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.EXDEV) {
		return Listing{}, r.wrap("list", dir, ErrNotRegular)
	}
	if err != nil {
		return Listing{}, err
	}
	f := os.NewFile(uintptr(fd), dir)
	defer f.Close()
	before, err := statFD(fd)
	if err != nil {
		return Listing{}, r.wrap("list", dir, err)
	}
	names, err := f.Readdirnames(-1)
	if err != nil {
		return Listing{}, r.wrap("list", dir, errors.Unwrap(err))
	}
	slices.Sort(names)
	entries := make([]Entry, 0, len(names))
	for _, name := range names {
		st, err := statAt(fd, name)
		if errors.Is(err, unix.ENOENT) {
			continue
		}
		if err != nil {
			return Listing{}, r.wrap("look at", dir+"/"+name, err)
		}
		entries = append(entries, Entry{Name: strings.Clone(name), Kind: st.kind, Print: r.print(st)})
	}
	return Listing{Entries: entries, Dir: r.print(before)}, nil
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
