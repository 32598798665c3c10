package source

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/florasync/florasync/state"
	"golang.org/x/sys/unix"
)

func TestRemove(t *testing.T) {
	h := newHouse(t)
	print := h.write("d/a.jpg", "x")
	h.must(h.root.Remove("d/a.jpg", print))
	if got := h.names("d"); len(got) != 0 {
		t.Errorf("left %q", got)
	}
	if err := h.root.Remove("d/a.jpg", print); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("again: got %v", err)
	}
}

func TestRemoveAfterRenameOrChmod(t *testing.T) {
	h := newHouse(t)
	print := h.write("a.jpg", "x")
	h.must(os.Chmod(h.path("a.jpg"), 0o600))
	h.must(h.root.Remove("a.jpg", print)) // ctime apart
}

func TestChangedFileStays(t *testing.T) { // invariant 5
	for _, act := range []string{"Remove", "Move"} {
		t.Run(act, func(t *testing.T) {
			h := newHouse(t)
			print := h.write("a.jpg", "uploaded")
			h.write("a.jpg", "rewritten since")
			now := h.print("a.jpg")
			var err error
			if act == "Remove" {
				err = h.root.Remove("a.jpg", print)
			} else {
				_, err = h.root.Move("a.jpg", print, h.outside)
			}
			if !errors.Is(err, ErrChanged) {
				t.Errorf("got %v, want %v", err, ErrChanged)
			}
			if h.content(h.path("a.jpg")) != "rewritten since" || h.print("a.jpg") != now {
				t.Error("it was touched")
			}
			if got := h.names(""); len(got) != 1 {
				t.Errorf("left %q", got)
			}
		})
	}
}

// What changes between the look and the rename is found where it was taken to, and put back, beside whatever took its name meanwhile.
func TestPutBack(t *testing.T) { // invariant 5
	h := newHouse(t)
	h.write(".florasync-x", "not ours to remove")
	h.write("a.jpg", "came meanwhile")
	h.write("a (2).jpg", "this, too")
	dir, err := h.root.open()
	h.must(err)
	defer os.NewFile(uintptr(dir), "").Close()
	if err := h.root.putBack(dir, ".florasync-x", dir, "a.jpg", ErrChanged); !errors.Is(err, ErrChanged) {
		t.Errorf("got %v", err)
	}
	if got := h.names(""); !slices.Equal(got, Names{"a (2).jpg", "a (3).jpg", "a.jpg"}) || h.content(h.path("a (3).jpg")) != "not ours to remove" {
		t.Errorf("names %q", got)
	}
}

// TestAwayWhileSomebodyWrites: what a writer has open is neither moved nor removed, however late they opened it: what they write is at its path.
func TestAwayWhileSomebodyWrites(t *testing.T) {
	for name, away := range map[string]func(h *house, print state.Fingerprint) error{
		"Remove": func(h *house, print state.Fingerprint) error { return h.root.Remove("a.jpg", print) },
		"Move": func(h *house, print state.Fingerprint) error {
			_, err := h.root.Move("a.jpg", print, h.outside)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			print := h.write("a.jpg", "x")
			w, err := os.OpenFile(h.path("a.jpg"), os.O_WRONLY|os.O_APPEND, 0)
			h.must(err)
			err = away(h, print)
			if f, e := h.root.Open("a.jpg"); e == nil {
				writers, _ := f.Writers()
				f.Close()
				if writers == Unknown {
					t.Skip("no leases on this system")
				}
			}
			if !errors.Is(err, ErrWriter) {
				t.Errorf("got %v, want ErrWriter", err)
			}
			_, err = w.WriteString("y")
			h.must(err)
			h.must(w.Close())
			if got := h.content(h.path("a.jpg")); got != "xy" {
				t.Errorf("the writer's file is %q", got)
			}
		})
	}
}

// leftover is a file that an earlier life renamed to our name, to be removed or moved, before it died.
type leftover struct {
	aside string
	again func() error
}

func (h *house) leftover(act string, print state.Fingerprint) leftover {
	h.Helper()
	l := leftover{h.path(asideName("a.jpg", print)), func() error { return h.root.Remove("a.jpg", print) }}
	if act == "Move" {
		l = leftover{filepath.Join(h.outside, asideName("inbox/a.jpg", print)), func() error {
			to, err := h.root.Move("a.jpg", print, h.outside)
			if err == nil && (to != filepath.Join(h.outside, "a.jpg") || h.content(to) != "x") {
				h.Errorf("moved to %q", to)
			}
			return err
		}}
	}
	h.must(os.Rename(h.path("a.jpg"), l.aside))
	return l
}

func TestAwayFinishesWhatAnEarlierLifeBegan(t *testing.T) {
	for _, act := range []string{"Remove", "Move"} {
		for name, since := range map[string]string{"NothingSince": "", "AnotherVersionSince": "another"} {
			t.Run(act+"/"+name, func(t *testing.T) {
				h := newHouse(t)
				l := h.leftover(act, h.write("a.jpg", "x"))
				if since != "" {
					h.write("a.jpg", since)
				}
				h.must(l.again())
				got := h.names("")
				if since == "" && len(got) != 0 || since != "" && (len(got) != 1 || h.content(h.path("a.jpg")) != since) {
					t.Errorf("left %q", got)
				}
				if _, err := os.Lstat(l.aside); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("the leftover: %v", err)
				}
			})
		}
	}
}

// TestRemoveOfEachNameOfOneFile: what a life left of one name says nothing of another, which stands: taken for removed it would be uploaded once more.
func TestRemoveOfEachNameOfOneFile(t *testing.T) {
	h := newHouse(t)
	print := h.write("a.jpg", "x")
	h.must(os.Link(h.path("a.jpg"), h.path("b.jpg")))
	h.must(os.Rename(h.path("a.jpg"), h.path(asideName("a.jpg", print)))) // and then it died
	h.must(h.root.Remove("b.jpg", print))
	if got := h.names(""); !slices.Equal(got, Names{asideName("a.jpg", print)}) {
		t.Fatalf("removed b.jpg, left %q", got)
	}
	h.must(h.root.Remove("a.jpg", print))
	if got := h.names(""); len(got) != 0 {
		t.Errorf("left %q", got)
	}
}

func TestAwayPutsBackWhatWasWrittenSinceAnEarlierLife(t *testing.T) { // invariant 5
	for _, act := range []string{"Remove", "Move"} {
		for name, since := range map[string]string{"NothingSince": "", "AnotherVersionSince": "another"} {
			t.Run(act+"/"+name, func(t *testing.T) {
				h := newHouse(t)
				l := h.leftover(act, h.write("a.jpg", "x"))
				h.must(os.WriteFile(l.aside, []byte("written by somebody who had it open"), 0o644))
				back := "a.jpg"
				if since != "" {
					h.write("a.jpg", since)
					back = "a (2).jpg"
				}
				if err := l.again(); !errors.Is(err, ErrChanged) {
					t.Errorf("got %v, want %v", err, ErrChanged)
				}
				if got := h.content(h.path(back)); got != "written by somebody who had it open" {
					t.Errorf("%s is %q", back, got)
				}
				if since != "" && h.content(h.path("a.jpg")) != since {
					t.Error("the other version was touched")
				}
				if _, err := os.Lstat(l.aside); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("the leftover: %v", err)
				}
			})
		}
	}
}

// TestAwayThatCannotBePutBack: the version that came in the moment of a removal has a name of ours as long as it cannot be given its own again. Nothing else is said
// of it meanwhile than where it is, so that it is tried again.
func TestAwayThatCannotBePutBack(t *testing.T) { // invariant 5
	for _, act := range []string{"Remove", "Move"} {
		t.Run(act, func(t *testing.T) {
			h := newHouse(t)
			l := h.leftover(act, h.write("a.jpg", "x"))
			h.must(os.WriteFile(l.aside, []byte("another version"), 0o644))
			h.write("a.jpg", "came meanwhile")
			for n := 2; n <= namesN; n++ {
				h.must(os.Link(h.path("a.jpg"), h.path(numbered("a.jpg", n))))
			}
			err := l.again()
			if errors.Is(err, ErrChanged) || !errors.Is(err, unix.EEXIST) || !strings.Contains(err.Error(), filepath.Base(l.aside)) {
				t.Errorf("got %v", err)
			}
			h.must(os.Remove(h.path("a (7).jpg")))
			if err := l.again(); !errors.Is(err, ErrChanged) || h.content(h.path("a (7).jpg")) != "another version" {
				t.Errorf("got %v", err)
			}
		})
	}
}
