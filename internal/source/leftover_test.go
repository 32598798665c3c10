package source

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestFinish: what a life left that died while it filed a file away is found where its directory stands by now; nothing but that is touched.
func TestFinish(t *testing.T) {
	for name, to := range map[string]string{"Remove": "", "Move": "outside"} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			if to != "" {
				to = h.outside
			}
			print := h.write("d/a.jpg", "one")
			aside := h.root.Leftover("d/a.jpg", print, to)
			h.must(os.Rename(h.path("d/a.jpg"), h.path("d/"+aside))) // and then it died
			h.must(os.Rename(h.path("d"), h.path("e")))
			h.write("e/a.jpg", "another")
			if _, err := h.root.Finish("", "d/a.jpg", print, to); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("where none stands: %v", err)
			}
			moved, err := h.root.Finish("e", "d/a.jpg", print, to)
			if err != nil {
				t.Fatal(err)
			}
			if got := h.names("e"); !slices.Equal(got, Names{"a.jpg"}) {
				t.Errorf("in the folder: %q", got)
			}
			if to != "" && moved != filepath.Join(to, "e/a.jpg") {
				t.Errorf("moved to %q", moved)
			}
		})
	}
	t.Run("Changed", func(t *testing.T) {
		h := newHouse(t)
		print := h.write("d/a.jpg", "one")
		aside := "e/" + h.root.Leftover("d/a.jpg", print, "")
		h.must(os.Rename(h.path("d"), h.path("e")))
		h.must(os.Rename(h.path("e/a.jpg"), h.path(aside)))
		h.write(aside, "rewritten by somebody who had it open")
		if _, err := h.root.Finish("e", "d/a.jpg", print, ""); !errors.Is(err, ErrChanged) {
			t.Errorf("got %v", err)
		}
		if got := h.names("e"); !slices.Equal(got, Names{"a.jpg"}) {
			t.Errorf("it is not back: %q", got)
		}
	})
}
