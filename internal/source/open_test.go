package source

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/florasync/florasync/state"
)

// ways runs a test with the kernel's resolution beneath a directory, and with our own.
func ways(t *testing.T, run func(h *house)) {
	for _, own := range []bool{false, true} {
		name := map[bool]string{false: "Kernel", true: "Walk"}[own]
		t.Run(name, func(t *testing.T) {
			withOwnWalk(t, own)
			run(newHouse(t))
		})
	}
}

func TestNothingOutsideTheRoot(t *testing.T) { // invariant 1
	ways(t, func(h *house) {
		h.write("in/a.jpg", "in")
		h.must(os.Symlink(h.outside, h.path("dir")))
		h.must(os.Symlink(filepath.Join(h.outside, "secret.jpg"), h.path("file.jpg")))
		h.must(os.Symlink("in/a.jpg", h.path("inner.jpg")))
		h.must(os.Symlink("../../outside", h.path("in/up")))
		for _, p := range []state.Path{"dir/secret.jpg", "file.jpg", "inner.jpg", "in/up/secret.jpg", "../outside/secret.jpg", "in/../../outside/secret.jpg", "..",
			".", "", "in/", "/etc/passwd", "in//a.jpg", "in/./a.jpg", "in/a.jpg\x00"} {
			if f, err := h.root.Open(p); !errors.Is(err, ErrNotRegular) {
				if err == nil {
					f.Close()
				}
				h.Errorf("open %q: got %v, want %v", p, err, ErrNotRegular)
			}
			if err := h.root.Remove(p, state.Fingerprint{}); err == nil {
				h.Errorf("remove %q succeeded", p)
			}
			if _, err := h.root.Move(p, state.Fingerprint{}, h.outside); err == nil {
				h.Errorf("move %q succeeded", p)
			}
		}
		for _, dir := range []string{"dir", "in/up", "..", "in/..", "."} {
			if _, err := h.root.List(dir); !errors.Is(err, ErrNotRegular) {
				h.Errorf("list %q: got %v, want %v", dir, err, ErrNotRegular)
			}
		}
		if _, err := h.root.Stat(".."); !errors.Is(err, ErrNotRegular) {
			h.Errorf("look at ..: got %v", err)
		}
		if got := h.content(filepath.Join(h.outside, "secret.jpg")); got != "secret" {
			h.Errorf("the file outside is %q now", got)
		}
	})
}

func TestSwapRaceNeverReadsOutside(t *testing.T) { // invariant 1
	ways(t, func(h *house) {
		h.write("d/secret.jpg", "inside")
		h.must(os.Symlink(h.outside, h.path("link")))
		stop := make(chan struct{})
		var swapper sync.WaitGroup
		swapper.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				_ = os.Rename(h.path("d"), h.path("aside"))
				_ = os.Rename(h.path("link"), h.path("d"))
				_ = os.Rename(h.path("d"), h.path("link"))
				_ = os.Rename(h.path("aside"), h.path("d"))
			}
		})
		opened := 0
		for range 3000 {
			f, err := h.root.Open("d/secret.jpg")
			if err != nil {
				continue
			}
			opened++
			b := make([]byte, 6)
			if _, err := f.ReadAt(b, 0); err != nil || string(b) != "inside" {
				h.Errorf("read %q, %v", b, err)
			}
			f.Close()
		}
		close(stop)
		swapper.Wait()
		if opened == 0 {
			h.Error("never opened: the test shows nothing")
		}
	})
}

func TestOnlyRegularFilesAreOpened(t *testing.T) { // invariant 2
	ways(t, func(h *house) {
		h.must(syscall.Mkfifo(h.path("pipe.jpg"), 0o644))
		h.must(os.Mkdir(h.path("dir.jpg"), 0o755))
		for _, p := range []state.Path{"pipe.jpg", "dir.jpg"} {
			if _, err := h.root.Open(p); !errors.Is(err, ErrNotRegular) {
				h.Errorf("%s: got %v", p, err)
			}
		}
		// A pipe that was opened for reading, if only for a moment, would let its writer through.
		fd, err := syscall.Open(h.path("pipe.jpg"), syscall.O_WRONLY|syscall.O_NONBLOCK, 0)
		if err != syscall.ENXIO {
			syscall.Close(fd)
			h.Errorf("the pipe has a reader: %v", err)
		}
	})
}

func TestWhatIsNotThere(t *testing.T) {
	ways(t, func(h *house) {
		h.write("a.jpg", "x")
		for _, p := range []state.Path{"none.jpg", "none/a.jpg", "a.jpg/b.jpg"} {
			if _, err := h.root.Open(p); !errors.Is(err, fs.ErrNotExist) {
				h.Errorf("%s: got %v", p, err)
			}
		}
		h.must(os.RemoveAll(h.dir))
		if _, err := h.root.Open("a.jpg"); !errors.Is(err, ErrOffline) || errors.Is(err, fs.ErrNotExist) {
			h.Errorf("got %v: a root that is away is not a file that is gone", err)
		}
		if _, err := h.root.Identity(); !errors.Is(err, ErrOffline) {
			h.Errorf("got %v", err)
		}
		h.must(os.WriteFile(h.dir, nil, 0o644))
		if err := h.root.Check(); !errors.Is(err, ErrOffline) {
			h.Errorf("a file in its place: got %v", err)
		}
	})
}

func TestPathBeyondPathMax(t *testing.T) {
	h := newHouse(t)
	part := strings.Repeat("d", 200)
	fd, err := unix.Open(h.dir, unix.O_DIRECTORY, 0)
	h.must(err)
	path := ""
	for range 25 { // 5025 bytes: made part by part, since no call takes it whole
		h.must(unix.Mkdirat(fd, part, 0o755))
		next, err := unix.Openat(fd, part, unix.O_DIRECTORY, 0)
		h.must(err)
		unix.Close(fd)
		fd, path = next, path+part+"/"
	}
	file, err := unix.Openat(fd, "a.jpg", unix.O_CREAT|unix.O_WRONLY, 0o644)
	h.must(err)
	unix.Close(file)
	unix.Close(fd)
	f, err := h.root.Open(state.Path(path + "a.jpg"))
	h.must(err)
	f.Close()
	if names := h.names(strings.TrimSuffix(path, "/")); !names.Has("a.jpg") {
		h.Errorf("names %q", names)
	}
}

func TestWriters(t *testing.T) { // invariant 4
	h := newHouse(t)
	h.write("a.jpg", "x")
	probe := func() Writers {
		f, err := h.root.Open("a.jpg")
		h.must(err)
		defer f.Close()
		w, err := f.Writers()
		h.must(err)
		return w
	}
	if got := probe(); got == Unknown {
		t.Skip("no leases on this system")
	} else if got != NoWriter {
		t.Errorf("got %v before anybody writes", got)
	}
	w, err := os.OpenFile(h.path("a.jpg"), os.O_WRONLY, 0)
	h.must(err)
	if got := probe(); got != Some {
		t.Errorf("got %v while somebody writes", got)
	}
	h.must(w.Close())
	if got := probe(); got != NoWriter {
		t.Errorf("got %v after the writer closed", got)
	}
	// Nothing is held: a writer that does not want to wait gets in while the file stays open here.
	f, err := h.root.Open("a.jpg")
	h.must(err)
	defer f.Close()
	_, err = f.Writers()
	h.must(err)
	fd, err := syscall.Open(h.path("a.jpg"), syscall.O_WRONLY|syscall.O_NONBLOCK, 0)
	h.must(err)
	syscall.Close(fd)
}

func TestPrints(t *testing.T) {
	h := newHouse(t)
	first := h.write("a.jpg", "one")
	f, err := h.root.Open("a.jpg")
	h.must(err)
	defer f.Close()
	if open, err := f.Print(); err != nil || open != first {
		t.Errorf("open %+v, %v; by name %+v", open, err, first)
	}
	h.must(os.Rename(h.path("a.jpg"), h.path("b.jpg")))
	if renamed := h.print("b.jpg"); !renamed.SameFile(first) {
		t.Errorf("renamed: %+v, before: %+v", renamed, first)
	}
	h.must(os.Chtimes(h.path("b.jpg"), time.Unix(1, 0), time.Unix(1, 0)))
	if touched := h.print("b.jpg"); touched.MTime != 1e9 || touched.SameFile(first) || state.Compare(first, touched) != state.Doubt {
		t.Errorf("touched: %+v", touched)
	}
	h.must(os.Truncate(h.path("b.jpg"), 1))
	if open, err := f.Print(); err != nil || open != h.print("b.jpg") || open.Size != 1 {
		t.Errorf("the open file is %+v, %v", open, err)
	}
}

func TestListOrderAndKinds(t *testing.T) {
	h := newHouse(t)
	for _, n := range []string{"b.jpg", "a.jpg", "\xff.jpg", "a", "B.jpg", "new\nline"} {
		h.write(n, n)
	}
	h.must(os.Mkdir(h.path("dir"), 0o755))
	h.must(os.Symlink("a.jpg", h.path("link")))
	h.must(syscall.Mkfifo(h.path("pipe"), 0o644))
	l, err := h.root.List("")
	h.must(err)
	want := []struct {
		name string
		kind Kind
	}{{"B.jpg", Regular}, {"a", Regular}, {"a.jpg", Regular}, {"b.jpg", Regular}, {"dir", Dir}, {"link", Link}, {"new\nline", Regular}, {"pipe", Other}, {"\xff.jpg", Regular}}
	if len(l.Entries) != len(want) {
		t.Fatalf("got %+v", l.Entries)
	}
	for i, w := range want {
		e := l.Entries[i]
		if e.Name != w.name || e.Kind != w.kind || e.Err != nil || e.Kind == Regular && e.Print != h.print(e.Name) {
			t.Errorf("number %d: got %+v, want %q, kind %d", i, e, w.name, w.kind)
		}
	}
	if print, err := h.root.DirPrint(""); err != nil || print != l.Dir {
		t.Errorf("directory %+v, %v; listed as %+v", print, err, l.Dir)
	}
	h.write("another", "x")
	if print, _ := h.root.DirPrint(""); print == l.Dir {
		t.Error("a new name must move the directory's stamps")
	}
}

func TestIdentityTellsFoldersApart(t *testing.T) {
	h := newHouse(t)
	first, err := h.root.Identity()
	h.must(err)
	h.write("a.jpg", "x")
	if again, err := h.root.Identity(); err != nil || again != first {
		t.Errorf("got %+v, %v, want %+v", again, err, first)
	}
	h.must(os.RemoveAll(h.dir))
	h.must(os.Mkdir(h.dir, 0o755))
	if other, err := h.root.Identity(); err != nil || other == first {
		t.Errorf("a folder made anew has the identity of the old one: %+v, %v", other, err)
	}
}

func TestRootHoldsNoDescriptor(t *testing.T) { // invariant 3
	h := newHouse(t)
	print := h.write("d/a.jpg", "x")
	before := descriptors(t)
	for range 10 {
		f, err := h.root.Open("d/a.jpg")
		h.must(err)
		f.Close()
		_, _ = h.root.Open("d/none.jpg")
		_, _ = h.root.Open("d")
		_, _ = h.root.List("d")
		_, _ = h.root.Names("none")
		_, _ = h.root.Identity()
		_ = h.root.Remove("d/a.jpg", state.Fingerprint{})
		_, _ = h.root.Move("d/a.jpg", state.Fingerprint{}, h.outside)
	}
	h.must(h.root.Remove("d/a.jpg", print))
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}
