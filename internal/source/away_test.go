package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/florasync/florasync/state"
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

func TestRemoveFinishesWhatAnEarlierLifeBegan(t *testing.T) {
	for name, since := range map[string]string{"NothingSince": "", "AnotherVersionSince": "another"} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			print := h.write("a.jpg", "x")
			h.must(os.Rename(h.path("a.jpg"), h.path(asideName("a.jpg", print)))) // and then it died
			if since != "" {
				h.write("a.jpg", since)
			}
			h.must(h.root.Remove("a.jpg", print))
			got := h.names("")
			if since == "" && len(got) != 0 || since != "" && (len(got) != 1 || h.content(h.path("a.jpg")) != since) {
				t.Errorf("left %q", got)
			}
		})
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

func TestRemovePutsBackWhatWasWrittenSinceAnEarlierLife(t *testing.T) { // invariant 5
	for name, since := range map[string]string{"NothingSince": "", "AnotherVersionSince": "another"} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			print := h.write("a.jpg", "x")
			h.must(os.Rename(h.path("a.jpg"), h.path(asideName("a.jpg", print)))) // and then it died
			h.write(asideName("a.jpg", print), "written by somebody who had it open")
			back := "a.jpg"
			if since != "" {
				h.write("a.jpg", since)
				back = "a (2).jpg"
			}
			if err := h.root.Remove("a.jpg", print); !errors.Is(err, ErrChanged) {
				t.Errorf("got %v, want %v", err, ErrChanged)
			}
			if got := h.content(h.path(back)); got != "written by somebody who had it open" {
				t.Errorf("%s is %q", back, got)
			}
			if since != "" && h.content(h.path("a.jpg")) != since {
				t.Error("the other version was touched")
			}
		})
	}
}

func TestMove(t *testing.T) {
	h := newHouse(t)
	for i, want := range []string{"d/a.jpg", "d/a (2).jpg", "d/a (3).jpg"} {
		content := fmt.Sprint(i)
		print := h.write("d/a.jpg", content)
		got, err := h.root.Move("d/a.jpg", print, h.outside)
		h.must(err)
		if got != filepath.Join(h.outside, want) || h.content(got) != content {
			t.Errorf("moved to %q", got)
		}
	}
	if left := h.names("d"); len(left) != 0 {
		t.Errorf("left %q", left)
	}
}

func TestMoveFindsWhatAnEarlierLifeMoved(t *testing.T) {
	for name, since := range map[string]string{"NothingSince": "", "AnotherVersionSince": "another"} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.must(os.WriteFile(filepath.Join(h.outside, "a.jpg"), []byte("a stranger's"), 0o644))
			print := h.write("a.jpg", "x")
			first, err := h.root.Move("a.jpg", print, h.outside) // and then it died
			h.must(err)
			if since != "" {
				h.write("a.jpg", since)
			}
			again, err := h.root.Move("a.jpg", print, h.outside)
			if err != nil || again != first || h.content(again) != "x" {
				t.Errorf("got %q, %v, want %q", again, err, first)
			}
			if since != "" && h.content(h.path("a.jpg")) != since {
				t.Error("the new version was touched")
			}
		})
	}
}

func TestMoveOfNothing(t *testing.T) {
	h := newHouse(t)
	if _, err := h.root.Move("a.jpg", written(), h.outside); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := h.root.Move("a.jpg", written(), filepath.Join(h.outside, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestMoveFollowsNoLinkBelowTheDestination(t *testing.T) {
	h := newHouse(t)
	elsewhere := filepath.Join(filepath.Dir(h.dir), "elsewhere")
	h.must(os.Mkdir(elsewhere, 0o755))
	h.must(os.Symlink(elsewhere, filepath.Join(h.outside, "d")))
	print := h.write("d/a.jpg", "x")
	if to, err := h.root.Move("d/a.jpg", print, h.outside); err == nil {
		t.Errorf("moved to %q", to)
	}
	if h.content(h.path("d/a.jpg")) != "x" {
		t.Error("it was touched")
	}
}

func written() state.Fingerprint { return state.Fingerprint{Inode: 1, Size: 1} }

func TestNumbered(t *testing.T) {
	long := strings.Repeat("x", 251)
	for _, c := range []struct {
		name string
		n    int
		want string
	}{
		{"a.png", 1, "a.png"},
		{"a.png", 2, "a (2).png"},
		{"a", 3, "a (3)"},
		{"a.tar.gz", 2, "a.tar (2).gz"},
		{long + ".jpg", 10, long[:246] + " (10).jpg"},
	} {
		if got := numbered(c.name, c.n); got != c.want || len(got) > 255 {
			t.Errorf("%q, %d: got %q", c.name, c.n, got)
		}
	}
}

// TestMoveIntoWhatIsNotThere: that the destination is missing, or in the way, is told apart from a file that is missing.
func TestMoveIntoWhatIsNotThere(t *testing.T) {
	h := newHouse(t)
	print := h.write("d/a.jpg", "x")
	h.must(os.WriteFile(filepath.Join(h.outside, "d"), nil, 0o644))
	for to, at := range map[string]string{filepath.Join(h.outside, "none"): "none", h.outside: "d"} {
		var dest *DestinationError
		if _, err := h.root.Move("d/a.jpg", print, to); !errors.As(err, &dest) || dest.Path != filepath.Join(h.outside, at) {
			t.Errorf("to %s: got %v", to, err)
		}
	}
	var dest *DestinationError
	if _, err := h.root.Move("d/b.jpg", print, h.dir); !errors.Is(err, fs.ErrNotExist) || errors.As(err, &dest) {
		t.Errorf("a file that is missing: got %v", err)
	}
	if h.content(h.path("d/a.jpg")) != "x" {
		t.Error("it was touched")
	}
}
