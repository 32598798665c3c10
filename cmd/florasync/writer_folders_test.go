package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// dirIn makes a folder elsewhere and moves it in whole.
func (w *writer) dirIn() error {
	w.n++
	dir := fmt.Sprintf("%s/day %d", w.name, w.n)
	there := filepath.Join(w.elsewhere, fmt.Sprintf("%s-%d", w.name, w.n))
	sums := map[string]string{}
	for i := range 1 + w.r.IntN(4) {
		name := fmt.Sprintf("in %d.png", i)
		if i > 1 {
			name = "deep/" + name
		}
		content, sum := w.content(w.size(), dir+"/"+name+" moved in")
		file := filepath.Join(there, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, content, 0o644); err != nil {
			return err
		}
		sums[dir+"/"+name] = sum
	}
	if err := os.Rename(there, w.path(dir)); err != nil {
		return err
	}
	for path, sum := range sums {
		w.put(path, sum)
	}
	return nil
}

// moveDir renames a folder with what is in it.
func (w *writer) moveDir() error {
	dir := w.dir()
	if dir == w.name+"/a" || w.stays(dir) {
		return nil
	}
	w.n++
	to := fmt.Sprintf("%s/moved %d", w.name, w.n)
	if err := os.Rename(w.path(dir), w.path(to)); err != nil {
		return err
	}
	w.renamedBelow(dir, to)
	return nil
}

// dirOut takes a folder out of the inbox.
func (w *writer) dirOut() error {
	dir := w.dir()
	if dir == w.name+"/a" {
		return nil
	}
	w.n++
	if err := os.Rename(w.path(dir), filepath.Join(w.elsewhere, fmt.Sprintf("%s-out-%d", w.name, w.n))); err != nil {
		return err
	}
	w.renamedBelow(dir, "")
	return nil
}

// trap puts something into the folder that must never be taken: a link to a picture outside, or a pipe.
func (w *writer) trap() error {
	w.n++
	if w.r.IntN(2) == 0 {
		return syscall.Mkfifo(w.path(fmt.Sprintf("%s/pipe %d.png", w.name, w.n)), 0o644)
	}
	secret := filepath.Join(w.elsewhere, fmt.Sprintf("%s-secret-%d.png", w.name, w.n))
	if err := os.WriteFile(secret, pictureBytes(w.r.Uint64(), 500), 0o644); err != nil {
		return err
	}
	return os.Symlink(secret, w.path(fmt.Sprintf("%s/link %d.png", w.name, w.n)))
}

func (w *writer) path(below string) string { return filepath.Join(w.inbox, below) }

// pick returns a path where a file stands, or "".
func (w *writer) pick() string {
	paths := w.paths()
	if len(paths) == 0 {
		return ""
	}
	return paths[w.r.IntN(len(paths))]
}

// dir returns a folder of the writer's.
func (w *writer) dir() string {
	p := w.pick()
	if p == "" || w.r.IntN(2) == 0 {
		return w.name + "/a"
	}
	parts := strings.Split(p, "/")
	return strings.Join(parts[:2], "/")
}

// fresh returns a path that was never used: a name that is taken again at once is what docs/guarantees.md excepts.
func (w *writer) fresh() string {
	w.n++
	name := fmt.Sprintf("p%d.png", w.n)
	if w.r.IntN(8) == 0 {
		name = w.odd()
	}
	return w.dir() + "/" + name
}

// odd returns a name that is not UTF-8, or has a backslash, a newline, or characters that need an escape somewhere.
func (w *writer) odd() string {
	w.n++
	return fmt.Sprintf([]string{"n\xff\xfe%d.png", "b\\%d.png", "l\n%d.png", "ü %d.png", "q\"'%d.png", "%%2f%d.png"}[w.r.IntN(6)], w.n)
}
