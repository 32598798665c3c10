package watcher

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// polled is a house without events, of which one scan has ended.
func polled(t *testing.T, files ...string) *house {
	h := newHouse(t)
	h.newHints = nil
	h.cfg.Poll = time.Hour // nothing is looked at but what a test asks for
	for _, f := range files {
		h.mkdir(filepath.Dir(f))
		h.write(f, "content of "+f)
	}
	h.scanned()
	h.hasExactly(files...)
	return h
}

// A look at the new path alone: the old one, where nobody looked, is told as gone before.
func TestLookAtARenamedFileTellsItsOldPathFirst(t *testing.T) {
	h := polled(t, "z/a.jpg")
	h.rename("z/a.jpg", "b.jpg")
	h.w.Look("inbox", "b.jpg")
	h.hasExactly("b.jpg")
	if got, want := h.record.order(), []string{"+z/a.jpg", "-z/a.jpg", "+b.jpg"}; !slices.Equal(got, want) {
		t.Errorf("said %q, want %q", got, want)
	}
}

// The old path was taken by another file, which is not told before it has settled.
func TestRenamedFileWhoseOldPathIsTakenAgain(t *testing.T) {
	h := polled(t, "z/a.jpg")
	h.rename("z/a.jpg", "b.jpg")
	f, err := os.Create(h.path("z/a.jpg")) // somebody goes on writing to it
	h.must(err)
	defer f.Close()
	h.w.Look("inbox", "b.jpg")
	h.hasExactly("b.jpg")
	if got, want := h.record.order(), []string{"+z/a.jpg", "-z/a.jpg", "+b.jpg"}; !slices.Equal(got, want) {
		t.Errorf("said %q, want %q", got, want)
	}
	h.must(f.Close())
	h.w.Rescan("inbox")
	h.hasExactly("b.jpg", "z/a.jpg")
}

// Two names of one file are two files.
func TestSecondNameOfAFileLeavesTheFirst(t *testing.T) {
	h := polled(t, "a.jpg")
	h.must(os.Link(h.path("a.jpg"), h.path("b.jpg")))
	h.w.Look("inbox", "b.jpg")
	h.hasExactly("a.jpg", "b.jpg")
	if got := h.record.saidOf("a.jpg"); slices.Contains(got, "gone") {
		t.Errorf("said of a.jpg: %q", got)
	}
}

// A directory that cannot be entered says nothing of what is in it.
func TestRenamedOutOfADirectoryThatCannotBeRead(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root enters every directory")
	}
	h := polled(t, "z/a.jpg")
	h.must(os.Link(h.path("z/a.jpg"), h.path("b.jpg")))
	h.must(os.Chmod(h.path("z"), 0))
	defer os.Chmod(h.path("z"), 0o755)
	h.w.Look("inbox", "b.jpg")
	h.hasExactly("b.jpg", "z/a.jpg")
}
