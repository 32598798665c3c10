package source

import (
	"path/filepath"

	"github.com/florasync/florasync/state"
	"golang.org/x/sys/unix"
)

// Leftover is the name of ours that a file has when a life died while it removed the file, or moved it to the directory to; see [Root.Remove] and [Root.Move].
func (r *Root) Leftover(p state.Path, want state.Fingerprint, to string) string {
	if to == "" {
		return asideName(p.Base(), want)
	}
	return asideName(r.name+"/"+p.Base(), want) // folders may share a destination
}

// HasLeftover reports that the file that was at p, the version want, has its name of ours still.
func (r *Root) HasLeftover(p state.Path, want state.Fingerprint, to string) bool {
	name := r.Leftover(p, want, to)
	stands := func(dir int, err error) bool {
		if err != nil {
			return false
		}
		defer unix.Close(dir)
		return r.holds(dir, name, want)
	}
	return stands(r.openDir(p.Dir())) || to != "" && stands(openDestination(to, p.Dir(), false))
}

// Finish ends what a life began that died while it removed or moved the file at p, when the file's directory has another path since: dir. What stands there under
// our name is judged as Remove and Move judge it; nothing else is touched. It returns where the file is that was moved. Errors as of them, fs.ErrNotExist where
// no leftover stands.
func (r *Root) Finish(dir string, p state.Path, want state.Fingerprint, to string) (string, error) {
	fd, err := r.openDir(dir)
	if err != nil {
		return "", err
	}
	defer unix.Close(fd)
	aside := r.Leftover(p, want, to)
	if _, err := statAt(fd, aside); err != nil {
		return "", r.wrap("look at", string(state.Join(dir, aside)), err)
	}
	if err := r.judge(fd, p.Base(), fd, aside, want); err != nil {
		return "", r.wrap("remove", string(p), err)
	}
	if to == "" {
		return "", r.wrap("remove", string(p), unix.Unlinkat(fd, aside, 0))
	}
	dest, err := openDestination(to, dir, true)
	if err != nil {
		return "", r.wrap("move", string(p), err)
	}
	defer unix.Close(dest)
	name, err := freeName(fd, aside, dest, p.Base())
	return filepath.Join(to, dir, name), r.wrap("move", string(p), err)
}
