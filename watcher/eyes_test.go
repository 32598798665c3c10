package watcher

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/florasync/florasync/internal/source"
)

// TestEyesLookByThePath: a directory that is open goes away, and another takes its place. What stands at a path now is found, whatever the open one shows.
func TestEyesLookByThePath(t *testing.T) { // invariant 5
	h := newHouse(t)
	h.write("d/old.jpg", "1")
	h.write("e/new.jpg", "22")
	src, err := source.New("inbox", h.dir)
	h.must(err)
	e := eyes{src: src}
	defer e.close()
	if _, err := e.stat("d/old.jpg"); err != nil {
		t.Fatal(err)
	}
	h.rename("d", "away")
	h.rename("e", "d")
	if got, err := e.stat("d/new.jpg"); err != nil || got.Print.Size != 2 {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := e.glance("d/new.jpg"); err != nil || got.Print.Size != 2 {
		t.Errorf("got %+v, %v", got, err)
	}
	h.remove("d")
	if _, err := e.stat("d/new.jpg"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	h.remove("")
	if _, err := e.stat("d/new.jpg"); !errors.Is(err, source.ErrOffline) {
		t.Errorf("got %v", err)
	}
}

func TestHoldersAreSeen(t *testing.T) {
	h := newHouse(t)
	h.write("d/a.jpg", "1")
	h.write("d/a.jpg.part", "1")
	h.write("d/b.jpg", "1")
	src, err := source.New("inbox", h.dir)
	h.must(err)
	e := eyes{src: src}
	defer e.close()
	if got := e.holder("d/a.jpg"); got != "a.jpg.part" {
		t.Errorf("got %q", got)
	}
	if got := e.holder("d/b.jpg"); got != "" {
		t.Errorf("got %q", got)
	}
}
