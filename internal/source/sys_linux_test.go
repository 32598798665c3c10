package source

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
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

// TestMoveToWhereNobodyMayRename: in a directory with the sticky bit (unlink(2), EPERM) what was moved there can be given no other name by whoever owns neither the
// file nor the directory: it has its own at once, and is not left under ours.
func TestMoveToWhereNobodyMayRename(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can be somebody else")
	}
	h := newHouse(t)
	h.must(os.Chmod(filepath.Dir(filepath.Dir(h.dir)), 0o755))
	h.must(os.Chmod(h.dir, 0o777))
	h.must(os.Chmod(h.outside, os.ModeSticky|0o777))
	print := h.write("a.jpg", "x")
	var to string
	var err error
	as(t, nobody, func() { to, err = h.root.Move("a.jpg", print, h.outside) })
	if err != nil || to != filepath.Join(h.outside, "a.jpg") || h.content(to) != "x" {
		t.Errorf("moved to %q, %v", to, err)
	}
	begun := h.write("b.jpg", "y")
	h.must(os.Rename(h.path("b.jpg"), h.path(asideName("inbox/b.jpg", begun)))) // and then it died
	as(t, nobody, func() { to, err = h.root.Move("b.jpg", begun, h.outside) })
	if err != nil || to != filepath.Join(h.outside, "b.jpg") || h.content(to) != "y" {
		t.Errorf("what was begun: moved to %q, %v", to, err)
	}
	if left := h.names(""); len(left) != 0 {
		t.Errorf("left %q", left)
	}
}

const nobody = 65534

// as calls f with the rights of another user: setfsuid(2) holds for one thread.
func as(t *testing.T, uid int, f func()) {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with its goroutine
		err := unix.Setfsuid(uid)
		if now, _ := unix.SetfsuidRetUid(-1); err == nil && now != uid {
			err = unix.EPERM
		}
		if err == nil {
			f()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
