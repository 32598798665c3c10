package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/florasync/florasync/state"
)

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

// TestMoveWhoseDirectoryWasClearedAway: between two lives somebody removed the directory that the move had emptied.
func TestMoveWhoseDirectoryWasClearedAway(t *testing.T) {
	for _, name := range []string{"Moved", "NotNamedYet"} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			print := h.write("d/a.jpg", "x")
			want, err := h.root.Move("d/a.jpg", print, h.outside)
			h.must(err)
			if name == "NotNamedYet" {
				h.must(os.Rename(want, filepath.Join(h.outside, "d", asideName("inbox/a.jpg", print))))
			}
			h.must(os.Remove(h.path("d")))
			if got, err := h.root.Move("d/a.jpg", print, h.outside); err != nil || got != want || h.content(got) != "x" {
				t.Errorf("got %q, %v, want %q", got, err, want)
			}
			if _, err := h.root.Move("e/a.jpg", print, h.outside); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("of nothing: %v", err)
			}
			if _, err := os.Lstat(filepath.Join(h.outside, "e")); err == nil {
				t.Error("a directory was made for nothing")
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

// TestMoveOntoTakenLongNames: whatever a name is made of, one for a second file of it fits, and is text where it was.
func TestMoveOntoTakenLongNames(t *testing.T) {
	h := newHouse(t)
	for _, name := range []string{"x." + strings.Repeat("e", 253), strings.Repeat("y", 3) + "." + strings.Repeat("é", 125), strings.Repeat("é", 125) + "a.png",
		strings.Repeat("\x80", 251) + ".png"} {
		for i := range 2 {
			content := fmt.Sprint(i)
			got, err := h.root.Move(state.Path(name), h.write(name, content), h.outside)
			if err != nil || h.content(got) != content {
				t.Errorf("%q: %v", name, err)
			}
			if base := filepath.Base(got); len(base) > 255 || utf8.ValidString(name) && !utf8.ValidString(base) {
				t.Errorf("moved to %q", base)
			}
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
