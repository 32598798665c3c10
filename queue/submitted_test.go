package queue

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// uploaded returns a record with one row, claimed, of which everything but its end is on disk.
func uploaded(t *testing.T) (*Queue, state.Item) {
	q := openInbox(t, filepath.Join(t.TempDir(), "queue.db"))
	t.Cleanup(func() { q.Close() })
	if _, err := q.Sight(t.Context(), []Arrival{seen("a", 1)}); err != nil {
		t.Fatal(err)
	}
	items, _, err := q.Claim(t.Context(), testNow, state.Lane{Root: "inbox"}, 1)
	if err != nil || len(items) != 1 {
		t.Fatal(items, err)
	}
	it := items[0]
	for _, o := range []state.Outcome{state.IsReserved("asset_1", state.Destination{Workspace: "ws_a"}), state.Sent([32]byte{1}, 10)} {
		if it, err = q.Apply(t.Context(), state.Change{ID: it.ID, Rev: it.Rev, At: testNow, Outcome: o}); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Wait()
	return q, it
}

func submitReady(t *testing.T, q *Queue, it state.Item) {
	t.Helper()
	ready := state.IsReady("https://cdn.example/a", testNow, true, state.Work{})
	done, err := q.Submit(state.Change{ID: it.ID, Rev: it.Rev, At: testNow, Outcome: ready})
	if err != nil || done.Phase != state.Done {
		t.Fatal(done.Phase, err)
	}
	q.Release(it.ID, time.Time{})
}

// TestSubmittedEndIsNotLost: a row whose end was submitted and did not get to the disk is handed out again, as the disk has it.
func TestSubmittedEndIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, it := uploaded(t)
		fails := 1
		q.commit = func(tx *bolt.Tx) error {
			if fails--; fails >= 0 {
				return syscall.EIO
			}
			return tx.Commit()
		}
		submitReady(t, q, it)
		time.Sleep(idleOps + 5*restoreInterval) // fake time
		synctest.Wait()
		if _, moves, err := q.NextDue(t.Context(), testNow); err != nil || !moves {
			t.Errorf("nothing moves: %v", err)
		}
		items, _, err := q.Claim(t.Context(), testNow, state.Lane{Root: "inbox"}, 1)
		if err != nil || len(items) != 1 || items[0].Phase != state.Uploaded || items[0].Rev != it.Rev {
			t.Fatalf("got %+v, %v", items, err)
		}
	})
}

// TestSubmittedEndMovesUntilItIsOnDisk: until then nobody may say that nothing is left to do, nor hand the row out again.
func TestSubmittedEndMovesUntilItIsOnDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, it := uploaded(t)
		submitReady(t, q, it)
		if items, _, err := q.Claim(t.Context(), testNow, state.Lane{Root: "inbox"}, 1); err != nil || len(items) != 0 {
			t.Errorf("handed out again: %v, %v", items, err)
		}
		if _, moves, err := q.NextDue(t.Context(), testNow); err != nil || !moves {
			t.Errorf("nothing moves while the end is not on disk: %v", err)
		}
		drain(q)
		time.Sleep(idleOps) // fake time
		synctest.Wait()
		select {
		case <-q.Wake():
		default:
			t.Error("nobody was woken")
		}
		if _, moves, err := q.NextDue(t.Context(), testNow); err != nil || moves {
			t.Errorf("something moves still: %v", err)
		}
		if got, err := q.Get(t.Context(), it.ID); err != nil || got.Phase != state.Done {
			t.Errorf("got %v, %v", got.Phase, err)
		}
		if n := len(q.known.rows); n != 0 {
			t.Errorf("%d rows are kept that nobody works on", n)
		}
	})
}

// TestSubmittedEndMeetsABrokenDiskAtClose: closing ends, says what is wrong, and the next life finds the row where it was.
func TestSubmittedEndMeetsABrokenDiskAtClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, it := uploaded(t)
		h := &heard{}
		q.observer = h
		q.commit = func(*bolt.Tx) error { return syscall.EIO }
		submitReady(t, q, it)
		if err := q.Close(); !errors.Is(err, ErrUnknown) || !errors.Is(err, syscall.EIO) {
			t.Errorf("Close: %v, want that the last commit failed", err)
		}
		if got, want := h.take(), "state.unwritable/state_unwritable "; got != want {
			t.Errorf("told %q, want %q", got, want)
		}
		again, err := Open(t.Context(), Options{Path: q.opts.Path, NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		items, _, err := again.Claim(t.Context(), testNow, state.Lane{Root: "inbox"}, 1)
		if err != nil || len(items) != 1 || items[0].Phase != state.Uploaded || items[0].Rev != it.Rev {
			t.Fatalf("got %+v, %v", items, err)
		}
	})
}
