package queue

import (
	"path/filepath"
	"testing"
	"time"
	"unsafe"

	"github.com/florasync/florasync/state"
)

// setBack is the time that the clock would have told then, had it been set back: it says another hour, and as much has passed between it and other times of this
// process. The package time has no way to say so; wall seconds begin at bit 30 of a time's first word.
func setBack(t testing.TB, at time.Time, by time.Duration) time.Time {
	t.Helper()
	told := at
	*(*uint64)(unsafe.Pointer(&told)) -= uint64(by/time.Second) << 30
	if told.Sub(at) != 0 || at.Round(0).Sub(told.Round(0)) != by {
		t.Fatalf("%v set back by %v: %v", at, by, told)
	}
	return told
}

// vanishing sights a file that waits, and one that is ready, and returns both rows.
func vanishing(t *testing.T, q *Queue) (waits, ready state.Item) {
	t.Helper()
	if err := q.AddRoot(t.Context(), "inbox", "/srv/inbox"); err != nil {
		t.Fatal(err)
	}
	ready = upload(t, q, "inbox", "ready.png", 1, twinTo, isReady())
	ids, err := q.Sight(t.Context(), []Arrival{seen("waits.png", 7)})
	if err != nil {
		t.Fatal(err)
	}
	if waits, err = q.Get(t.Context(), ids[0]); err != nil {
		t.Fatal(err)
	}
	return waits, ready
}

func goneAt(t *testing.T, q *Queue, at time.Time, items ...state.Item) {
	t.Helper()
	for _, it := range items {
		if _, err := q.Sight(t.Context(), []Arrival{{Sighting: state.Sighting{Root: it.Root, Path: it.Path, Gone: true, At: at}}}); err != nil {
			t.Fatal(err)
		}
	}
}

func scanEnds(t *testing.T, q *Queue, began time.Time, want int) {
	t.Helper()
	if n, err := q.ScanDone(t.Context(), "inbox", began); err != nil || n != want {
		t.Errorf("the scan of %v skipped %d, %v; want %d", began, n, err, want)
	}
}

func vanished(t *testing.T, q *Queue, it state.Item, want bool) {
	t.Helper()
	if got, err := q.Vanished(t.Context(), it.ID); err != nil || got != want {
		t.Errorf("%s vanished: %v, %v; want %v", it.Path, got, err, want)
	}
}

// TestVanishedBeforeTheClockWasSetBack: what vanished while an earlier process ran, whose clock was days ahead, is gone when the first scan of this one has not
// found it, and not in some days. What vanishes after that scan began is not.
func TestVanishedBeforeTheClockWasSetBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	q := openInbox(t, path)
	waits, ready := vanishing(t, q)
	goneAt(t, q, testNow.Add(72*time.Hour), waits, ready)
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = openInbox(t, path)
	defer func() { q.Close() }()
	late, err := q.Sight(t.Context(), []Arrival{seen("late.png", 8)})
	if err != nil {
		t.Fatal(err)
	}
	it, err := q.Get(t.Context(), late[0])
	if err != nil {
		t.Fatal(err)
	}
	goneAt(t, q, testNow.Add(time.Minute), it)
	vanished(t, q, ready, false) // nobody looked for it yet
	scanEnds(t, q, testNow, 1)
	vanished(t, q, ready, true)
	vanished(t, q, it, false)
	if n, err := q.Lost(t.Context(), "inbox"); n != 1 || err != nil {
		t.Errorf("%d rows wait for their file, %v; want 1", n, err)
	}
	scanEnds(t, q, testNow.Add(2*time.Minute), 1)
	vanished(t, q, it, true)
}

// TestVanishedAfterTheClockWasSetBack: a scan that ended before the clock was set back says nothing of what vanished after it, whatever the clock says then.
func TestVanishedAfterTheClockWasSetBack(t *testing.T) {
	q := open(t)
	waits, ready := vanishing(t, q)
	began := time.Now()
	scanEnds(t, q, began, 0)
	goneAt(t, q, setBack(t, began.Add(time.Minute), time.Hour), waits, ready)
	vanished(t, q, ready, false)
	scanEnds(t, q, began, 0) // one that began before, and is over only now
	vanished(t, q, ready, false)
	scanEnds(t, q, setBack(t, began.Add(2*time.Minute), time.Hour), 1)
	vanished(t, q, ready, true)
}
