package source

import (
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strings"

	"github.com/florasync/florasync/state"
	"golang.org/x/sys/unix"
)

// AsidePrefix starts the names that a file being removed has for a moment. Hidden, so that no rule takes it.
const AsidePrefix = ".florasync-"

// ErrWriter says that somebody has the file open for writing. It is where it was.
var ErrWriter = fmt.Errorf("somebody has it open for writing: %w", unix.EBUSY)

// DestinationError says that the directory which Move moves to cannot be used. The file is where it was. It may wrap fs.ErrNotExist, which then speaks of the
// directory and not of the file.
type DestinationError struct {
	Path string // of the directory, or of the part of it that is in the way
	Err  error  // the errno
}

func (e *DestinationError) Error() string { return state.Path(e.Path).Shown() + ": " + e.Err.Error() }

func (e *DestinationError) Unwrap() error { return e.Err }

// namesN bounds the search for a free name at a destination.
const namesN = 10_000

// Remove removes the file at p if it is still the version want, ctime apart. It is renamed out of everybody's way first, looked at there, and then
// unlinked; anything else is put back. Repeating it after a crash finishes what was begun. Errors: [ErrChanged]; [ErrWriter]; fs.ErrNotExist;
// [ErrOffline]; the errno.
func (r *Root) Remove(p state.Path, want state.Fingerprint) error {
	dir, err := r.openDir(p.Dir())
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	aside := asideName(p.Base(), want)
	err = r.standing(dir, p.Base(), want)
	if err == nil {
		err = renameNoReplace(dir, p.Base(), dir, aside)
	}
	switch {
	case errors.Is(err, unix.EEXIST), errors.Is(err, unix.ENOENT), errors.Is(err, ErrChanged):
		// Perhaps an earlier life died between rename and unlink: then what it left is judged as if this call had renamed it.
		if _, absent := statAt(dir, aside); absent != nil {
			return r.wrap("remove", string(p), err)
		}
	case err != nil:
		return r.wrap("remove", string(p), err)
	}
	// Nobody can open it any more who had not done so: without a writer now, what it is now it stays.
	switch {
	case r.written(dir, aside):
		return r.wrap("remove", string(p), r.putBack(dir, aside, dir, p.Base(), ErrWriter))
	case !r.holds(dir, aside, want):
		return r.wrap("remove", string(p), r.putBack(dir, aside, dir, p.Base(), ErrChanged))
	}
	return r.wrap("remove", string(p), unix.Unlinkat(dir, aside, 0))
}

// Move moves the file at p, if it is still the version want, ctime apart, to the same path below the directory to, and returns where it is. A taken name
// becomes "name (2).ext"; nothing is replaced. Repeating it after a crash finds what was moved. Errors as of Remove, EXDEV for another file system, and
// [DestinationError], which may wrap fs.ErrNotExist as well: ask for it first.
func (r *Root) Move(p state.Path, want state.Fingerprint, to string) (string, error) {
	from, err := r.openDir(p.Dir())
	if err != nil {
		return "", err
	}
	defer unix.Close(from)
	dest, err := makeDir(to, p.Dir())
	if err != nil {
		return "", r.wrap("move", string(p), err)
	}
	defer unix.Close(dest)
	if err := r.standing(from, p.Base(), want); errors.Is(err, ErrChanged) {
		return r.findMoved(dest, p, want, to, ErrChanged)
	} else if err != nil {
		return "", r.wrap("move", string(p), err)
	}
	for n := 1; n <= namesN; n++ {
		name := numbered(p.Base(), n)
		path := filepath.Join(to, p.Dir(), name)
		switch err := renameNoReplace(from, p.Base(), dest, name); {
		case err == nil && r.written(dest, name): // who opened it before goes on writing, where nobody watches
			return "", r.wrap("move", string(p), r.putBack(dest, name, from, p.Base(), ErrWriter))
		case err == nil && r.holds(dest, name, want):
			return path, nil
		case err == nil:
			return "", r.wrap("move", string(p), r.putBack(dest, name, from, p.Base(), ErrChanged))
		case errors.Is(err, unix.EEXIST):
			continue
		case errors.Is(err, unix.ENOENT):
			return r.findMoved(dest, p, want, to, unix.ENOENT)
		default:
			return "", r.wrap("move", string(p), err)
		}
	}
	return "", r.wrap("move", string(p), unix.EEXIST)
}

// findMoved looks among the names that Move would have taken for the version that an earlier life moved; otherwise it returns why.
func (r *Root) findMoved(dest int, p state.Path, want state.Fingerprint, to string, why error) (string, error) {
	for n := 1; n <= namesN; n++ {
		name := numbered(p.Base(), n)
		if _, err := statAt(dest, name); err != nil {
			break
		}
		if r.holds(dest, name, want) {
			return filepath.Join(to, p.Dir(), name), nil
		}
	}
	return "", r.wrap("move", string(p), why)
}

// holds reports whether name is the version want, ctime apart: a rename changes that.
func (r *Root) holds(dir int, name string, want state.Fingerprint) bool {
	st, err := statAt(dir, name)
	return err == nil && st.kind == Regular && identity(r.print(st)) == identity(want)
}

// asideName is what the name of a file is called while it is being removed. It tells the names of one file apart, each of which is a file: what one left behind is
// not another's, which would stand where it was and be taken for removed.
func asideName(name string, want state.Fingerprint) string {
	h := fnv.New64a()
	fmt.Fprintf(h, "%016x %s", identity(want).Sum(), name)
	return fmt.Sprintf("%s%016x", AsidePrefix, h.Sum64())
}

func identity(p state.Fingerprint) state.Fingerprint {
	p.CTime = 0
	return p
}

// standing refuses, before anything is touched, what is plainly not the version want. That nothing stands there is for the caller to explain.
func (r *Root) standing(dir int, name string, want state.Fingerprint) error {
	st, err := statAt(dir, name)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err == nil && (st.kind != Regular || identity(r.print(st)) != identity(want)) {
		return ErrChanged
	}
	return err
}

// written reports that somebody has the file open for writing: what they write would be lost with it.
func (r *Root) written(dir int, name string) bool {
	fd, _, err := openRegular(dir, name)
	if err != nil {
		return false
	}
	f := &File{f: os.NewFile(uintptr(fd), name), network: r.Network() != ""}
	defer f.Close()
	writers, err := f.Writers()
	return err == nil && writers == Some
}

// putBack gives a file that is not to be removed its name again, or the next free one, and returns why.
func (r *Root) putBack(dir int, name string, home int, want string, why error) error {
	for n := 1; n <= namesN; n++ {
		err := renameNoReplace(dir, name, home, numbered(want, n))
		if errors.Is(err, unix.EEXIST) {
			continue
		}
		if err != nil {
			return fmt.Errorf("%w, and it could not be put back from %q: %w", why, state.Path(name).Shown(), err)
		}
		return why
	}
	return fmt.Errorf("%w, and no name was free to put it back from %q", why, state.Path(name).Shown())
}

// numbered returns the n-th name to try: "a.png", "a (2).png", …
func numbered(name string, n int) string {
	if n == 1 {
		return name
	}
	ext := filepath.Ext(name)
	stem, mark := strings.TrimSuffix(name, ext), fmt.Sprintf(" (%d)", n)
	const longestName = 255 // NAME_MAX
	if over := len(stem) + len(mark) + len(ext) - longestName; over > 0 && over < len(stem) {
		stem = stem[:len(stem)-over]
	}
	return stem + mark + ext
}

// makeDir opens dir below to, making what is missing; links below to are not followed. Errors: [DestinationError].
func makeDir(to, dir string) (int, error) {
	fd, err := retry(func() (int, error) { return unix.Open(to, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0) })
	if err != nil {
		return -1, &DestinationError{to, err}
	}
	if dir == "" {
		return fd, nil
	}
	for _, part := range strings.Split(dir, "/") {
		to = filepath.Join(to, part)
		if err := unix.Mkdirat(fd, part, 0o777); err != nil && !errors.Is(err, unix.EEXIST) {
			unix.Close(fd)
			return -1, &DestinationError{to, err}
		}
		next, err := retry(func() (int, error) {
			return unix.Openat(fd, part, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		})
		unix.Close(fd)
		if err != nil {
			return -1, &DestinationError{to, err}
		}
		fd = next
	}
	return fd, nil
}
