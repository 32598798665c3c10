package queue

import (
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// TestFilmIsFoundWhereItWaits: a film is renamed while its bytes arrive, and the record is told of the rename first and commits both together. What is released
// then waits where it is looked for.
func TestFilmIsFoundWhereItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := openInbox(t, filepath.Join(t.TempDir(), "queue.db"))
		defer q.Close()
		film := seen("a", 1)
		film.Print.Size = state.LargeSize
		if _, err := q.Sight(t.Context(), []Arrival{film}); err != nil {
			t.Fatal(err)
		}
		items, _, err := q.Claim(t.Context(), testNow, state.Lane{Root: "inbox", Size: state.Large}, 1)
		if err != nil || len(items) != 1 {
			t.Fatal(items, err)
		}
		it, err := q.Apply(t.Context(), state.Change{ID: items[0].ID, At: testNow, Outcome: state.IsReserved("asset_1", state.Destination{Workspace: "ws_a"})})
		if err != nil {
			t.Fatal(err)
		}
		// The small lane has been looked through further than where the film will stand in it.
		small, err := q.Sight(t.Context(), []Arrival{seen("z", 2)})
		if err != nil {
			t.Fatal(err)
		}
		if items, _, err = q.Claim(t.Context(), testNow, state.Lane{Root: "inbox"}, 1); err != nil || len(items) != 1 || items[0].ID != small[0] {
			t.Fatal(items, err)
		}
		if _, err := q.Apply(t.Context(), state.Change{ID: small[0], At: testNow, Outcome: state.Skip(state.Type, "text")}); err != nil {
			t.Fatal(err)
		}
		q.Release(small[0], time.Time{})
		busy, goOn := make(chan struct{}), make(chan struct{})
		q.commit = func(tx *bolt.Tx) error {
			if busy != nil {
				close(busy)
				busy = nil
				<-goOn
			}
			return tx.Commit()
		}
		begun := busy
		waits := make(chan error, 2)
		go func() { waits <- q.AddRoot(t.Context(), "other", "/srv/other") }()
		<-begun
		gone, there := film, film
		gone.Gone, gone.Print = true, state.Fingerprint{}
		there.Path = "b"
		there.Print.CTime++
		go func() { _, err := q.Sight(t.Context(), []Arrival{gone, there}); waits <- err }()
		synctest.Wait()
		if _, err := q.Submit(state.Change{ID: it.ID, Rev: it.Rev, At: testNow, Outcome: state.Sent([32]byte{1}, state.LargeSize)}); err != nil {
			t.Fatal(err)
		}
		close(goOn)
		for range 2 {
			if err := <-waits; err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if got, err := q.Get(t.Context(), it.ID); err != nil || got.Path != "b" || got.Phase != state.Uploaded {
			t.Fatalf("the film is %v at %s, %v: this tests nothing", got.Phase, got.Path, err)
		}
		q.Release(it.ID, time.Time{}) // a gate, say
		found(t, q, state.Lane{Root: "inbox"}, it.ID)
	})
}

// found expects a row that is due to be handed out in the lane where the index has it, and in no other: nobody asks for a lane with nothing in it.
func found(t *testing.T, q *Queue, lane state.Lane, want state.ID) {
	t.Helper()
	if _, moves, err := q.NextDue(t.Context(), testNow); err != nil || !moves {
		t.Errorf("moves %v, %v", moves, err)
	}
	if items, _, err := q.Claim(t.Context(), testNow, lane, 1); err != nil || len(items) != 1 || items[0].ID != want {
		t.Errorf("%v holds %v, want %v, %v", lane, items, want, err)
	}
}

// TestPathIsKnownWhileItsRowIsTakenOver: of a fold that was accepted and is not on disk nobody hears that its path was never seen.
func TestPathIsKnownWhileItsRowIsTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, it := uploaded(t)
		submitReady(t, q, it)
		touched := seen("a", 1)
		touched.Print.MTime++
		ids, err := q.Sight(t.Context(), []Arrival{touched})
		if err != nil || ids[0] == it.ID {
			t.Fatal(ids, err)
		}
		if _, err := q.Submit(state.Change{ID: ids[0], At: testNow, Outcome: state.SameAs(it.ID)}); err != nil {
			t.Fatal(err)
		}
		for _, when := range []string{"accepted", "on disk"} {
			if f, err := q.Find(t.Context(), "inbox", "a"); err != nil || f.Item.ID != it.ID || !f.Known || f.Gone || f.Item.Print != touched.Print {
				t.Errorf("%s: %+v, %v", when, f, err)
			}
			time.Sleep(idleOps) // fake time
			synctest.Wait()
		}
	})
}
