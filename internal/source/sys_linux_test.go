package source

import (
	"os"
	"testing"
)

func withOwnWalk(t *testing.T, own bool) {
	before := noOpenat2.Load()
	noOpenat2.Store(own)
	t.Cleanup(func() { noOpenat2.Store(before) })
}

func descriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

func TestLinkThenUnlink(t *testing.T) {
	h := newHouse(t)
	h.write("a", "1")
	h.write("taken", "2")
	dir, err := h.root.open()
	h.must(err)
	defer os.NewFile(uintptr(dir), "").Close()
	if err := linkThenUnlink(dir, "a", dir, "taken"); !os.IsExist(err) {
		t.Errorf("got %v, want that the name is taken", err)
	}
	h.must(linkThenUnlink(dir, "a", dir, "b"))
	if got := h.names(""); len(got) != 2 || h.content(h.path("b")) != "1" || h.content(h.path("taken")) != "2" {
		t.Errorf("names %q", got)
	}
}

// TestLinkThenUnlinkGoesOn: between the two calls the file has both names, when the process dies there or the second one is refused. The next call finishes what was
// begun: the file does not keep its old name, where it would be found, and uploaded once more.
func TestLinkThenUnlinkGoesOn(t *testing.T) {
	h := newHouse(t)
	h.write("a", "1")
	h.must(os.Link(h.path("a"), h.path("b")))
	dir, err := h.root.open()
	h.must(err)
	defer os.NewFile(uintptr(dir), "").Close()
	h.must(linkThenUnlink(dir, "a", dir, "b"))
	if got := h.names(""); len(got) != 1 || h.content(h.path("b")) != "1" {
		t.Errorf("names %q", got)
	}
}
