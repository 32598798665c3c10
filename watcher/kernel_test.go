package watcher

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/florasync/florasync/state"
)

func TestScanAtStart(t *testing.T) {
	h := newHouse(t)
	h.write("a.jpg", "a")
	h.mkdir("x/y/z")
	h.write("x/y/z/b.PNG", "b")
	h.write("x/notes.txt", "n")
	h.scanned()
	h.hasExactly("a.jpg", "x/y/z/b.PNG")
	if s := h.status(); s.State != Live || s.NotTaken != 1 || s.NotTakenByExt[".txt"] != 1 {
		t.Errorf("status %+v", s)
	}
}

func TestNewDirSingleFileRace(t *testing.T) {
	h := newHouse(t).scanned()
	var want []string
	for i := range 60 {
		dir := fmt.Sprintf("d%02d", i)
		h.must(os.Mkdir(h.path(dir), 0o755))
		h.write(dir+"/only.jpg", dir)
		want = append(want, dir+"/only.jpg")
	}
	h.hasExactly(want...)
}

func TestNewDirDeepMkdirP(t *testing.T) {
	h := newHouse(t).scanned()
	h.mkdir("a/b/c/d/e/f")
	h.write("a/b/c/d/e/f/deep.jpg", "x")
	h.write("a/b/middle.jpg", "y")
	h.hasExactly("a/b/c/d/e/f/deep.jpg", "a/b/middle.jpg")
}

func TestPopulatedTreeMovedIn(t *testing.T) {
	h := newHouse(t).scanned()
	away := filepath.Join(filepath.Dir(h.dir), "away")
	h.must(os.MkdirAll(filepath.Join(away, "p/q"), 0o755))
	h.must(os.WriteFile(filepath.Join(away, "p/1.jpg"), nil, 0o644))
	h.must(os.WriteFile(filepath.Join(away, "p/q/2.jpg"), nil, 0o644))
	h.must(os.Rename(away, h.path("in")))
	h.hasExactly("in/p/1.jpg", "in/p/q/2.jpg")
}

func TestDirRenamedWithin(t *testing.T) {
	h := newHouse(t)
	h.mkdir("old/sub")
	h.write("old/1.jpg", "1")
	h.write("old/sub/2.jpg", "2")
	h.scanned()
	h.hasExactly("old/1.jpg", "old/sub/2.jpg")
	h.rename("old", "new")
	h.hasExactly("new/1.jpg", "new/sub/2.jpg")
	// GrandchildAfterParentRename: the watch below reports the new path.
	h.write("new/sub/3.jpg", "3")
	h.hasExactly("new/1.jpg", "new/sub/2.jpg", "new/sub/3.jpg")
	order := h.record.order()
	if gone, came := slices.Index(order, "-old/1.jpg"), slices.Index(order, "+new/1.jpg"); gone < 0 || gone > came {
		t.Errorf("told %q: what is gone must come first (invariant 6)", order)
	}
}

func TestDirRenamedThereAndBack(t *testing.T) {
	h := newHouse(t)
	h.mkdir("d/sub")
	h.scanned()
	for i := range 6 {
		h.rename("d", "e")
		h.rename("e", "d")
		h.write(fmt.Sprintf("d/sub/%d.jpg", i), "x")
		name := fmt.Sprintf("d/sub/%d.jpg", i)
		h.until(name, func() bool { return slices.Contains(h.record.here(), name) })
	}
}

func TestDirMovedOutNoGhosts(t *testing.T) {
	h := newHouse(t)
	h.mkdir("d/sub")
	h.write("d/sub/1.jpg", "1")
	h.scanned()
	h.hasExactly("d/sub/1.jpg")
	h.must(os.Rename(h.path("d"), filepath.Join(filepath.Dir(h.dir), "out")))
	h.hasExactly()
	h.must(os.WriteFile(filepath.Join(filepath.Dir(h.dir), "out/sub/ghost.jpg"), nil, 0o644))
	h.write("marker.jpg", "m")
	h.hasExactly("marker.jpg")
}

func TestDirDeletedAndRecreated(t *testing.T) {
	h := newHouse(t)
	h.mkdir("d")
	h.write("d/1.jpg", "1")
	h.scanned()
	for i := range 5 {
		h.remove("d")
		h.mkdir("d")
		h.write("d/2.jpg", fmt.Sprint(i))
		h.hasExactly("d/2.jpg")
	}
}

func TestSymlinkFileAndDirEscape(t *testing.T) {
	h := newHouse(t)
	outside := filepath.Join(filepath.Dir(h.dir), "outside")
	h.must(os.MkdirAll(outside, 0o755))
	h.must(os.WriteFile(filepath.Join(outside, "secret.jpg"), nil, 0o644))
	h.must(os.Symlink(filepath.Join(outside, "secret.jpg"), h.path("before.jpg")))
	h.scanned()
	h.must(os.Symlink(filepath.Join(outside, "secret.jpg"), h.path("link.jpg")))
	h.must(os.Symlink(outside, h.path("dir")))
	h.write("real.jpg", "r")
	h.hasExactly("real.jpg")
	h.until("three links counted", func() bool { return h.status().NotTakenByExt["(link)"] == 3 })
	if why := h.w.Explain("inbox", "link.jpg"); why.Taken || why.Rule != RuleKind {
		t.Errorf("why %+v", why)
	}
}

func TestFifoSocketDevice(t *testing.T) {
	h := newHouse(t)
	h.must(syscall.Mkfifo(h.path("pipe.jpg"), 0o644))
	h.scanned()
	h.must(syscall.Mkfifo(h.path("pipe2.jpg"), 0o644))
	h.write("real.jpg", "r")
	h.hasExactly("real.jpg")
	h.until("two pipes counted", func() bool { return h.status().NotTakenByExt["(special)"] == 2 })
}

func TestNonUtf8NewlineName255(t *testing.T) {
	names := []string{"\xff\xfe.jpg", "new\nline.jpg", strings.Repeat("x", 251) + ".jpg", "ünï ✓.jpg", "[a]{b}*?.jpg", `back\slash.jpg`}
	h := newHouse(t)
	h.write(names[0], "before")
	h.scanned()
	for _, n := range names[1:] {
		h.write(n, "x")
	}
	h.hasExactly(names...)
}

func TestRenameInIsTold(t *testing.T) {
	h := newHouse(t).scanned()
	h.write("a.jpg.part", "x")
	h.rename("a.jpg.part", "a.jpg")
	h.hasExactly("a.jpg")
}

func TestRenameOfFileTellsGoneFirst(t *testing.T) {
	h := newHouse(t)
	h.write("z.jpg", "x")
	h.scanned()
	h.hasExactly("z.jpg")
	h.rename("z.jpg", "a.jpg")
	h.hasExactly("a.jpg")
	if got := h.record.order(); !slices.Equal(got, []string{"+z.jpg", "-z.jpg", "+a.jpg"}) {
		t.Errorf("told %q", got)
	}
}

func TestHoldFileHolds(t *testing.T) {
	h := newHouse(t)
	h.write("old.jpg", "x")
	h.write("old.jpg.aria2", "")
	h.age("old.jpg")
	h.scanned()
	h.write("new.jpg", "x")
	h.write("new.jpg.lock", "")
	h.write("free.jpg", "x")
	held := func(p string) bool { return h.w.Explain("inbox", state.Path(p)).Waiting == WaitsHeld }
	h.until("both held", func() bool { return held("old.jpg") && held("new.jpg") })
	h.hasExactly("free.jpg")
	h.remove("old.jpg.aria2")
	h.remove("new.jpg.lock")
	h.hasExactly("free.jpg", "new.jpg", "old.jpg")
}
