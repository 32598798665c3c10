package watcher

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/florasync/florasync/state"
)

// again stops the watcher and starts another one with the same record.
func (h *house) again() {
	h.Helper()
	h.stop()
	h.scanned()
}

func TestRestartUnchangedWritesNothing(t *testing.T) { // invariant 2
	h := newHouse(t)
	var want []string
	for i := range 1200 { // more than a page of names, more than a batch
		h.write(fmt.Sprintf("%04d.jpg", i), "x")
		want = append(want, fmt.Sprintf("%04d.jpg", i))
	}
	h.mkdir("d/e")
	h.write("d/e/a.jpg", "x")
	h.scanned()
	h.hasExactly(append(want, "d/e/a.jpg")...)
	writes, _ := h.record.count()
	batches := h.record.batches
	h.again()
	h.w.Rescan("")
	_, scans := h.record.count()
	h.until("another scan", func() bool { _, n := h.record.count(); return n > scans })
	if after, _ := h.record.count(); after != writes || h.record.batches != batches {
		t.Errorf("%d writes and %d batches for nothing", after-writes, h.record.batches-batches)
	}
}

func TestRenamedWhileAwayIsToldGoneFirst(t *testing.T) { // invariant 6
	h := newHouse(t)
	h.mkdir("z")
	h.write("z/1.jpg", "1")
	h.write("y.jpg", "2")
	h.scanned()
	h.hasExactly("y.jpg", "z/1.jpg")
	h.stop()
	h.rename("z", "a")
	h.rename("y.jpg", "b.jpg")
	said := len(h.record.order())
	h.scanned()
	h.hasExactly("a/1.jpg", "b.jpg")
	got := h.record.order()[said:]
	first := slices.Clone(got[:2])
	slices.Sort(first)
	if !slices.Equal(first, []string{"-y.jpg", "-z/1.jpg"}) {
		t.Errorf("told %q: what is gone must come first", got)
	}
}

func TestGoneWhileAwayIsMadeSureOfByAScanThatBeganLater(t *testing.T) {
	h := newHouse(t)
	h.write("a.jpg", "1")
	h.scanned()
	h.hasExactly("a.jpg")
	h.stop()
	h.remove("a.jpg")
	h.write("b.txt", "the folder is not empty")
	h.scanned()
	h.record.mu.Lock()
	defer h.record.mu.Unlock()
	last := h.record.judged[len(h.record.judged)-1].Began
	if gone := h.record.paths["a.jpg"]; !gone.Gone || !last.After(gone.At) {
		t.Errorf("gone at %v, the last scan began at %v", gone.At, last)
	}
}

// A scan that leaves a file looked for is made again, also where none is configured.
func TestScanThatWasNotSureIsMadeAgain(t *testing.T) {
	h := newHouse(t)
	h.cfg.Rescan = 0
	h.write("a.jpg", "1")
	h.record.unsure = 1
	h.start()
	h.until("another scan", func() bool { _, scans := h.record.count(); return scans > 1 })
}

// What settles when a scan ends is told to the record with it: it may be what is gone from elsewhere.
func TestScanTellsWhatSettles(t *testing.T) {
	h := newHouse(t)
	h.cfg.Settle = time.Hour
	h.write("a.jpg", "1")
	h.scanned()
	h.record.mu.Lock()
	defer h.record.mu.Unlock()
	if last := h.record.judged[len(h.record.judged)-1]; len(last.Settling) != 1 || last.Settling[0] != h.print("a.jpg") {
		t.Errorf("settling %+v", last.Settling)
	}
}

func TestRootVanishesAndReturns(t *testing.T) { // invariant 7
	h := newHouse(t)
	h.mkdir("d")
	h.write("d/a.jpg", "1")
	h.scanned()
	h.hasExactly("d/a.jpg")
	aside := h.dir + ".aside"
	h.must(os.Rename(h.dir, aside))
	h.until("offline", func() bool { return h.status().State == Offline })
	if s := h.status(); s.Reason != state.RootOffline || s.Hint == "" || s.Err == nil {
		t.Errorf("status %+v", s)
	}
	// EmptyMountpointIsNotDeletion: an empty folder in its place says nothing either.
	h.must(os.Mkdir(h.dir, 0o755))
	h.must(os.WriteFile(filepath.Join(aside, "b.jpg"), nil, 0o644))
	h.must(os.Remove(h.dir))
	h.must(os.Rename(aside, h.dir))
	h.hasExactly("b.jpg", "d/a.jpg")
	if got := h.record.saidOf("d/a.jpg"); !slices.Equal(got, []string{"settled"}) {
		t.Errorf("said %q: it was never gone", got)
	}
	h.write("d/c.jpg", "3")
	h.hasExactly("b.jpg", "d/a.jpg", "d/c.jpg")
	if n := len(h.observer.of(state.RootOfflineSeen)); n != 1 {
		t.Errorf("offline was said %d times, want once", n)
	}
}

func TestEmptyFolderWhereFilesAreKnownIsOffline(t *testing.T) {
	h := newHouse(t)
	h.record.paths["d/a.jpg"] = state.Sighting{Path: "d/a.jpg", Print: written(1)}
	h.start()
	h.until("offline said", func() bool { return len(h.observer.of(state.RootOfflineSeen)) > 0 })
	if got := h.record.here(); !slices.Equal(got, []string{"d/a.jpg"}) {
		t.Errorf("here %q: nothing may be judged gone", got)
	}
	h.write("b.jpg", "the first file resumes the work")
	h.hasExactly("b.jpg")
}

func TestEmptiedFolderIsNotOffline(t *testing.T) {
	h := newHouse(t)
	h.write("a.jpg", "1")
	h.scanned()
	h.hasExactly("a.jpg")
	h.remove("a.jpg")
	h.hasExactly()
	if s := h.status(); s.State != Live {
		t.Errorf("status %+v", s)
	}
}

func TestFolderEmptiedWhileAwayIsNotOffline(t *testing.T) {
	h := newHouse(t)
	h.write("a.jpg", "1")
	h.scanned()
	h.hasExactly("a.jpg")
	h.stop()
	h.remove("a.jpg")
	h.scanned()
	h.hasExactly()
	if n := len(h.observer.of(state.RootOfflineSeen)); n != 0 {
		t.Errorf("offline was said %d times: it is the very folder that was scanned", n)
	}
}

func TestRootThatIsNotThereYet(t *testing.T) {
	h := newHouse(t)
	h.remove("")
	h.start()
	h.until("offline said", func() bool { return len(h.observer.of(state.RootOfflineSeen)) > 0 })
	h.mkdir("")
	h.write("a.jpg", "1")
	h.hasExactly("a.jpg")
}

func TestRecordThatRefusesIsTriedAgain(t *testing.T) {
	h := newHouse(t)
	h.record.refuse = errors.New("no space left on device")
	h.write("a.jpg", "1")
	h.start()
	h.until("refused", func() bool { h.record.mu.Lock(); defer h.record.mu.Unlock(); return h.record.batches > 0 })
	if s := h.status(); s.Settling != 1 {
		t.Errorf("status %+v: what is on its way is not settled", s)
	}
	h.record.mu.Lock()
	h.record.refuse = nil
	h.record.mu.Unlock()
	h.hasExactly("a.jpg")
}

func TestRulesChangeIsSeenByTheNextStart(t *testing.T) {
	h := newHouse(t)
	h.write("a.jpg", "1")
	h.write("b.txt", "2")
	h.scanned()
	h.hasExactly("a.jpg")
	h.stop()
	h.cfg.Include = []string{"*.txt"}
	h.scanned()
	h.hasExactly("a.jpg", "b.txt") // a.jpg still stands: that the rules changed does not make it gone
}

func TestNotTakenIsToldOncePerScan(t *testing.T) {
	h := newHouse(t)
	for i := range 30 {
		h.write(fmt.Sprintf("%d.cr3", i), "x")
		h.write(fmt.Sprintf("%d.XMP", i), "x")
	}
	h.scanned()
	told := h.observer.of(state.FileNotTaken)
	if len(told) != 1 || told[0].N != 60 || told[0].Counts[".cr3"] != 30 || told[0].Counts[".xmp"] != 30 {
		t.Errorf("told %+v", told)
	}
	h.remove("3.cr3")
	h.until("one less", func() bool { return h.status().NotTaken == 59 })
}

func TestScanForDryRunTouchesNothing(t *testing.T) {
	h := newHouse(t)
	h.write("a.jpg", "1")
	h.mkdir("d/.hidden")
	h.write("d/b.txt", "2")
	h.write("d/.hidden/c.jpg", "3")
	h.must(os.Symlink("a.jpg", h.path("l.jpg")))
	h.start()
	h.stop()
	before := h.record.order()
	got := map[state.Path]Rule{}
	h.must(h.w.Scan(h.Context(), func(f Found) error {
		if f.Err != nil || f.Root != "inbox" {
			t.Errorf("found %+v", f)
		}
		if f.Taken {
			got[f.Path] = "taken"
		} else {
			got[f.Path] = f.Rule
		}
		return nil
	}))
	want := map[state.Path]Rule{"a.jpg": "taken", "d/b.txt": RuleInclude, "l.jpg": RuleKind}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if !slices.Equal(before, h.record.order()) {
		t.Error("the record was told")
	}
}
