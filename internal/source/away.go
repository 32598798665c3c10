package source

import (
	"errors"
	"fmt"
	"hash/fnv"
	"os"

	"github.com/florasync/florasync/state"
	"golang.org/x/sys/unix"
)

// AsidePrefix starts the names that a file being removed, or moved, has for a moment. Hidden, so that no rule takes it.
const AsidePrefix = ".florasync-"

// ErrWriter says that somebody has the file open for writing. It is where it was.
var ErrWriter = fmt.Errorf("somebody has it open for writing: %w", unix.EBUSY)

// Remove removes the file at p if it is still the version want, ctime apart. It is renamed out of everybody's way first, looked at there, and then
// unlinked; anything else is put back. Repeating it after a crash finishes what was begun. Errors: [ErrChanged]; [ErrWriter]; fs.ErrNotExist;
// [ErrOffline]; the errno.
func (r *Root) Remove(p state.Path, want state.Fingerprint) error {
	dir, err := r.openDir(p.Dir())
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	aside := r.Leftover(p, want, "")
	if err := r.setAside(dir, p.Base(), dir, aside, want); err != nil {
		return r.wrap("remove", string(p), err)
	}
	return r.wrap("remove", string(p), unix.Unlinkat(dir, aside, 0))
}

// setAside renames a file to a name of ours, in its own directory or where it is moved to, if it is the version want; anything else is put back. So the rename
// is looked at before it counts: whoever replaced the file, or opened it, between the look and the rename finds it where it was. What an earlier life left
// under our name, dying before its next system call, is judged as if this call had renamed it. Errors: [ErrChanged]; [ErrWriter]; the errno.
func (r *Root) setAside(home int, name string, dir int, aside string, want state.Fingerprint) error {
	err := r.standing(home, name, want)
	if err == nil {
		err = renameNoReplace(home, name, dir, aside)
	}
	switch {
	case errors.Is(err, unix.EEXIST), errors.Is(err, unix.ENOENT), errors.Is(err, ErrChanged):
		if _, absent := statAt(dir, aside); absent != nil {
			return err
		}
	case err != nil:
		return err
	}
	return r.judge(home, name, dir, aside, want)
}

// judge puts a file that has our name back where it was, unless it is the version want. Nobody can open it any more who had not done so: without a writer now, what
// it is now it stays.
func (r *Root) judge(home int, name string, dir int, aside string, want state.Fingerprint) error {
	switch {
	case r.written(dir, aside):
		return r.putBack(dir, aside, home, name, ErrWriter)
	case !r.holds(dir, aside, want):
		return r.putBack(dir, aside, home, name, ErrChanged)
	}
	return nil
}

// holds reports whether name is the version want, ctime apart: a rename changes that.
func (r *Root) holds(dir int, name string, want state.Fingerprint) bool {
	st, err := statAt(dir, name)
	return err == nil && st.kind == Regular && identity(r.print(st)) == identity(want)
}

// asideName is what the name of a file is called while it is being removed, or moved. It tells the names of one file apart, each of which is a file: what one left behind is
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

// putBack gives a file that is not to be removed its name again, or the next free one, and returns why. While that cannot be done nothing but the errno counts: the
// next call tries again.
func (r *Root) putBack(dir int, name string, home int, want string, why error) error {
	if _, err := freeName(dir, name, home, want); err != nil {
		return fmt.Errorf("%w (%s; it has to be put back from %q)", err, why.Error(), state.Path(name).Shown())
	}
	return why
}
