package simulation

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// outside is where no folder is watched, on the same file system, as seen from the watched one.
const outside = "../out/"

// isThere reports whether anything stands at a path.
func (f *folder) isThere(name string) bool {
	_, err := os.Lstat(f.path(name))
	return err == nil
}

// renameDir moves a directory with all that stands in it, to where nothing stands. It reports false when there is none, or its place is taken, or in itself.
func (f *folder) renameDir(from, to string) (done bool) {
	f.t.Helper()
	if f.isThere(to) || within(from, to) {
		return false
	}
	f.must(os.MkdirAll(filepath.Dir(f.path(to)), 0o755))
	if !f.may(os.Rename(f.path(from), f.path(to))) {
		return false
	}
	for name, sum := range f.takeOut(from) {
		f.arrives(from+"/"+name, to+"/"+name, sum)
	}
	return true
}

// takeOut forgets what stands below a directory, and returns it by the paths below.
func (f *folder) takeOut(dir string) map[string]string {
	out := map[string]string{}
	for name, sum := range f.stands {
		if rest, ok := strings.CutPrefix(name, dir+"/"); ok {
			out[rest] = sum
			delete(f.stands, name)
		}
	}
	return out
}

// within reports that a path is another one, or below it.
func within(dir, path string) bool { return path == dir || strings.HasPrefix(path, dir+"/") }

// putCopy replaces a directory by a copy, which keeps its stamps and is made of new files; between passes while nothing stands there.
func (f *folder) putCopy(dir string, between func()) {
	f.t.Helper()
	aside := f.path(outside + "copy")
	f.copyTree(f.path(dir), aside)
	f.must(os.RemoveAll(f.path(dir)))
	f.takeOut(dir)
	between()
	copied := f.digests(aside) // of what the daemon had not taken away
	f.must(os.Rename(aside, f.path(dir)))
	for name, sum := range copied {
		f.stands[dir+"/"+name] = sum
		f.names[sum]++
	}
}

// copyTree copies what a directory holds, but for what the daemon is taking away.
func (f *folder) copyTree(from, to string) {
	f.t.Helper()
	f.must(filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		to := filepath.Join(to, strings.TrimPrefix(path, from))
		switch {
		case errors.Is(err, fs.ErrNotExist), strings.HasPrefix(filepath.Base(path), ".florasync-"):
			return nil
		case err != nil:
			return err
		case d.IsDir():
			return os.MkdirAll(to, 0o755)
		}
		if err := copyFile(path, to); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}))
}

func copyFile(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(to, content, 0o644), os.Chtimes(to, time.Time{}, info.ModTime()))
}
