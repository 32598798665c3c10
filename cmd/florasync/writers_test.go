package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// writer is a program that brings files into a folder and changes them, in every way programs do. It owns the names that begin with its own, so that it
// knows at every moment what stands at each of them.
type writer struct {
	t         *testing.T
	r         *rand.Rand
	name      string
	inbox     string
	elsewhere string // on the same file system
	keeps     bool   // nobody takes files away
	n         uint64 // contents made
	pace      *time.Ticker
	tree
}

func newWriter(t *testing.T, name, inbox, elsewhere string, seed uint64) *writer {
	return &writer{t: t, name: name, inbox: inbox, elsewhere: elsewhere, r: rand.New(rand.NewPCG(seed, uint64(len(name))<<32+uint64(name[len(name)-1]))),
		tree: newTree()}
}

// work does one thing after the other until stop closes.
func (w *writer) work(stop <-chan struct{}) {
	w.pace = time.NewTicker(5 * time.Millisecond)
	defer w.pace.Stop()
	if err := os.MkdirAll(w.path(w.name+"/a"), 0o755); err != nil {
		w.t.Error(err)
		return
	}
	for {
		for range w.r.IntN(1 + w.r.IntN(60)) { // mostly one soon after the other, sometimes long after
			<-w.pace.C
		}
		select {
		case <-stop:
			return
		default:
		}
		if err := w.act(); err != nil && !errors.Is(err, errFiledAway) {
			w.t.Errorf("writer %s: %v", w.name, err)
			return
		}
	}
}

// errFiledAway: the file is not where it was put, since florasync took it away, or holds it in its hands.
var errFiledAway = errors.New("filed away")

func away(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return errFiledAway
	}
	return err
}

func (w *writer) act() error {
	path := w.pick()
	if path == "" || w.r.IntN(3) == 0 {
		return w.create()
	}
	switch k := w.r.IntN(20); {
	case k < 5:
		return w.rewrite(path)
	case k < 7:
		return w.appendTo(path)
	case k < 9:
		return w.replace(path)
	case k < 12:
		return w.rename(path, w.fresh())
	case k < 14:
		return w.remove(path)
	case k < 15 && w.keeps: // a file with two names that is taken away under one of them is not known again under the other: docs/guarantees.md
		return w.link(path)
	case k < 17:
		return w.moveDir()
	case k < 18:
		return w.dirOut()
	case k < 19:
		return w.trap()
	default:
		return w.rename(path, w.dir()+"/"+w.odd())
	}
}

func (w *writer) create() error {
	path := w.fresh()
	switch w.r.IntN(6) {
	case 0:
		return w.slowly(path)
	case 1: // as cp -p: the stamp is set before the file is closed
		old := time.Now().Add(-time.Duration(w.r.IntN(1e6)) * time.Second)
		return w.createInPlace(path, old)
	case 2: // a temporary name beside it, then a rename
		return w.whole(path, filepath.Join(filepath.Dir(w.path(path)), ".tmp-"+filepath.Base(path)))
	case 3: // brought from another folder
		return w.whole(path, filepath.Join(w.elsewhere, fmt.Sprintf("%s-%d", w.name, w.n)))
	case 4:
		return w.dirIn()
	default:
		return w.createInPlace(path, time.Time{})
	}
}

// content returns new bytes, known as a version from now on.
func (w *writer) content(size int, how string) (content []byte, sum string) {
	w.n++
	content = pictureBytes(w.r.Uint64(), size)
	sum = digest(content)
	w.versions[sum] = fmt.Sprintf("%s #%d at %s", how, w.n, time.Now().UTC().Format("15:04:05.000"))
	return content, sum
}

func (w *writer) size() int {
	if w.r.IntN(20) == 0 {
		return 1_000_000 + w.r.IntN(2_000_000)
	}
	return 100 + w.r.IntN(60_000)
}

// writeTo writes the content in chunks and closes the file; a writer that is slow keeps it open all the time.
func (w *writer) writeTo(f *os.File, content []byte, slow bool, stamp time.Time) error {
	chunk := len(content)
	if slow {
		chunk = max(1, len(content)/(2+w.r.IntN(12)))
	}
	for len(content) > 0 {
		n := min(len(content), chunk)
		if _, err := f.Write(content[:n]); err != nil {
			f.Close()
			return err
		}
		content = content[n:]
		if slow {
			for range w.r.IntN(40) {
				<-w.pace.C
			}
		}
	}
	if !stamp.IsZero() {
		tv := syscall.NsecToTimeval(stamp.UnixNano())
		if err := syscall.Futimes(int(f.Fd()), []syscall.Timeval{tv, tv}); err != nil {
			f.Close()
			return err
		}
	}
	return f.Close()
}

func (w *writer) slowly(path string) error {
	content, sum := w.content(w.size(), path+" written slowly")
	f, err := os.Create(w.path(path))
	if err == nil {
		err = w.writeTo(f, content, true, time.Time{})
	}
	if err == nil {
		w.put(path, sum)
	}
	return err
}

func (w *writer) createInPlace(path string, stamp time.Time) error {
	content, sum := w.content(w.size(), path+" created")
	f, err := os.Create(w.path(path))
	if err == nil {
		err = w.writeTo(f, content, false, stamp)
	}
	if err == nil {
		w.put(path, sum)
	}
	return err
}

// whole writes a file elsewhere and renames it to its path.
func (w *writer) whole(path, there string) error {
	content, sum := w.content(w.size(), path+" renamed in")
	err := os.WriteFile(there, content, 0o644)
	if err == nil {
		err = os.Rename(there, w.path(path))
	}
	if err == nil {
		w.put(path, sum)
	}
	return err
}

// rewrite writes other bytes of the same size into a file, and may put the modification time back.
func (w *writer) rewrite(path string) error {
	f, err := os.OpenFile(w.path(path), os.O_WRONLY, 0)
	if err != nil {
		return away(err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return err
	}
	stamp, how := time.Time{}, path+" rewritten"
	if w.r.IntN(3) == 0 {
		stamp, how = info.ModTime(), how+" with its old time"
	}
	content, sum := w.content(int(info.Size()), how)
	if err := w.writeTo(f, content, w.r.IntN(2) == 0, stamp); err != nil {
		return err
	}
	w.rewritten(path, sum)
	return nil
}

func (w *writer) appendTo(path string) error {
	content, err := os.ReadFile(w.path(path))
	if err != nil {
		return away(err)
	}
	f, err := os.OpenFile(w.path(path), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return away(err)
	}
	more := pictureBytes(w.r.Uint64(), 50+w.r.IntN(5000))
	w.n++
	sum := digest(append(content, more...))
	w.versions[sum] = fmt.Sprintf("%s appended to #%d at %s", path, w.n, time.Now().UTC().Format("15:04:05.000"))
	if err := w.writeTo(f, more, w.r.IntN(2) == 0, time.Time{}); err != nil {
		return err
	}
	w.rewritten(path, sum)
	return nil
}

// replace puts a new file over an old one.
func (w *writer) replace(path string) error {
	content, sum := w.content(w.size(), path+" replaced")
	there := filepath.Join(w.elsewhere, fmt.Sprintf("%s-%d", w.name, w.n))
	err := os.WriteFile(there, content, 0o644)
	if err == nil {
		err = os.Rename(there, w.path(path))
	}
	if err == nil {
		w.put(path, sum)
	}
	return err
}

func (w *writer) rename(path, to string) error {
	if w.stays(path) {
		return nil
	}
	if err := os.Rename(w.path(path), w.path(to)); err != nil {
		return away(err)
	}
	w.renamed(path, to)
	return nil
}

func (w *writer) remove(path string) error {
	if err := os.Remove(w.path(path)); err != nil {
		return away(err)
	}
	delete(w.stands, path)
	return nil
}

func (w *writer) link(path string) error {
	to := w.fresh()
	if err := os.Link(w.path(path), w.path(to)); err != nil {
		return away(err)
	}
	w.alias(path, to)
	return nil
}
