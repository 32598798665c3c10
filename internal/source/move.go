package source

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/florasync/florasync/state"
	"golang.org/x/sys/unix"
)

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

// Move moves the file at p, if it is still the version want, ctime apart, to the same path below the directory to, and returns where it is. It has a name of
// ours there, or beside it where the directory there has the sticky bit, is looked at, and gets its own; a taken one becomes "name (2).ext", and nothing is
// replaced. Repeating it after a crash finishes what was begun, and finds what was moved. Errors as of Remove, EXDEV for another file system, and
// [DestinationError], which may wrap fs.ErrNotExist as well: ask for it first.
func (r *Root) Move(p state.Path, want state.Fingerprint, to string) (string, error) {
	from, gone := r.openDir(p.Dir())
	switch {
	case gone == nil:
		defer unix.Close(from)
	case !errors.Is(gone, fs.ErrNotExist): // else an earlier life may have moved it, and somebody cleared its directory away
		return "", gone
	}
	dest, err := openDestination(to, p.Dir(), gone == nil)
	if err != nil && gone != nil {
		return "", gone
	} else if err != nil {
		return "", r.wrap("move", string(p), err)
	}
	defer unix.Close(dest)
	aside := r.Leftover(p, want, to)
	hidden := dest
	switch {
	case gone == nil:
		if sticky(dest) {
			hidden = from
		}
		err = r.setAside(from, p.Base(), hidden, aside, want)
	case !r.holds(dest, aside, want):
		err = gone
	}
	if errors.Is(err, ErrChanged) || errors.Is(err, unix.ENOENT) {
		return r.findMoved(dest, p, want, to, err)
	} else if err != nil {
		return "", r.wrap("move", string(p), err)
	}
	name, err := freeName(hidden, aside, dest, p.Base())
	if err != nil {
		return "", r.wrap("move", string(p), r.putBack(hidden, aside, from, p.Base(), err))
	}
	return filepath.Join(to, p.Dir(), name), nil
}

// sticky reports a directory where a name can be given, and not be changed, by whoever owns neither the file nor the directory: unlink(2), EPERM.
func sticky(dir int) bool {
	var st unix.Stat_t
	return unix.Fstat(dir, &st) == nil && uint32(st.Mode)&unix.S_ISVTX != 0
}

// freeName renames a file to the first name that is free, "a.png", "a (2).png", …, and returns it. Nothing is replaced.
func freeName(from int, name string, dir int, want string) (string, error) {
	for n := 1; n <= namesN; n++ {
		free := numbered(want, n)
		if err := renameNoReplace(from, name, dir, free); !errors.Is(err, unix.EEXIST) {
			return free, err
		}
	}
	return "", unix.EEXIST
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

// longestName is NAME_MAX, in bytes.
const longestName = 255

// numbered returns the n-th name to try: "a.png", "a (2).png", … What does not fit is cut off the stem, between two runes where the name is text; what is longer
// than half a name is no extension.
func numbered(name string, n int) string {
	if n == 1 {
		return name
	}
	ext, mark := filepath.Ext(name), fmt.Sprintf(" (%d)", n)
	stem := strings.TrimSuffix(name, ext)
	if len(name)+len(mark) > longestName && len(ext) > longestName/2 {
		stem, ext = name, ""
	}
	if room := longestName - len(mark) - len(ext); len(stem) > room {
		if utf8.ValidString(stem) {
			for !utf8.RuneStart(stem[room]) {
				room--
			}
		}
		stem = stem[:room]
	}
	return stem + mark + ext
}

// openDestination opens dir below to, and may make what is missing of it; links below to are not followed. Errors: [DestinationError].
func openDestination(to, dir string, mayMake bool) (int, error) {
	fd, err := retry(func() (int, error) { return unix.Open(to, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0) })
	if err != nil {
		return -1, &DestinationError{to, err}
	}
	if dir == "" {
		return fd, nil
	}
	for _, part := range strings.Split(dir, "/") {
		to = filepath.Join(to, part)
		if mayMake {
			if err := unix.Mkdirat(fd, part, 0o777); err != nil && !errors.Is(err, unix.EEXIST) {
				unix.Close(fd)
				return -1, &DestinationError{to, err}
			}
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
