package source

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"testing"

	"github.com/florasync/florasync/state"
)

func TestDirectoryShowsWhatThePathShows(t *testing.T) {
	h := newHouse(t)
	print := h.write("d/a.jpg", "x")
	h.write("b.jpg", "outside of d")
	h.must(syscall.Mkfifo(h.path("d/pipe.jpg"), 0o644))
	d, err := h.root.OpenDir("d")
	h.must(err)
	defer d.Close()
	if e, err := d.Stat("a.jpg"); err != nil || e.Kind != Regular || e.Print != print || e.Name != "a.jpg" {
		t.Errorf("got %+v, %v", e, err)
	}
	g, err := d.Glance("a.jpg")
	h.must(err)
	if g.Print != print || g.Writers == Some || g.Unfinished {
		t.Errorf("got %+v", g)
	}
	if again, err := h.root.Glance("d/a.jpg"); err != nil || again != g {
		t.Errorf("by its path %+v, %v", again, err)
	}
	for _, name := range []string{"", ".", "..", "../b.jpg", "a.jpg/", "/a.jpg"} { // invariant 1
		if _, err := d.Stat(name); !errors.Is(err, ErrNotRegular) {
			t.Errorf("look at %q: %v", name, err)
		}
		if _, err := d.Glance(name); !errors.Is(err, ErrNotRegular) {
			t.Errorf("open %q: %v", name, err)
		}
	}
	if _, err := d.Glance("pipe.jpg"); !errors.Is(err, ErrNotRegular) { // invariant 2
		t.Errorf("a pipe: %v", err)
	}
	if _, err := d.Glance("none.jpg"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := h.root.Glance("none/a.jpg"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	h.must(os.RemoveAll(h.dir))
	if _, err := h.root.Glance("d/a.jpg"); !errors.Is(err, ErrOffline) {
		t.Errorf("got %v", err)
	}
}

func TestGlanceTellsWriters(t *testing.T) { // invariant 4
	h := newHouse(t)
	h.write("a.jpg", "x")
	glance := func() Glance {
		t.Helper()
		g, err := h.root.Glance(state.Path("a.jpg"))
		h.must(err)
		return g
	}
	if got := glance().Writers; got == Unknown {
		t.Skip("no leases on this system")
	}
	w, err := os.OpenFile(h.path("a.jpg"), os.O_WRONLY|os.O_APPEND, 0)
	h.must(err)
	_, err = w.WriteString("y")
	h.must(err)
	if got := glance(); got.Writers != Some || got.Print.Size != 2 {
		t.Errorf("got %+v while somebody writes", got)
	}
	h.must(w.Close())
	if got := glance(); got.Writers != NoWriter {
		t.Errorf("got %+v after the writer closed", got)
	}
	fd, err := syscall.Open(h.path("a.jpg"), syscall.O_WRONLY|syscall.O_NONBLOCK, 0) // nothing is held
	h.must(err)
	syscall.Close(fd)
}
