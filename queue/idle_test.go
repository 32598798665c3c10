package queue

import (
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/state"
)

// TestWhatNobodyWaitsForIsCommittedBySomebodyOrSoon: a submitted change goes with the next commit that somebody waits for, in its order, and without one by
// itself.
func TestWhatNobodyWaitsForIsCommittedBySomebodyOrSoon(t *testing.T) {
	for name, company := range map[string]bool{"Alone": false, "WithAnother": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := openInbox(t, filepath.Join(t.TempDir(), "queue.db"))
				defer q.Close()
				if _, err := q.Sight(t.Context(), []Arrival{seen("a", 1)}); err != nil {
					t.Fatal(err)
				}
				items, _, err := q.Claim(t.Context(), testNow, state.Lane{Root: "inbox"}, 1)
				if err != nil || len(items) != 1 {
					t.Fatal(items, err)
				}
				before := q.Commits()
				it, err := q.Submit(state.Change{ID: items[0].ID, Rev: items[0].Rev, At: testNow, Outcome: state.IsReserved("asset_1", state.Destination{Name: "a.png"})})
				if err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if n := q.Commits() - before; n != 0 {
					t.Fatalf("%d commits for what nobody waits for", n)
				}
				if company {
					if it, err = q.Apply(t.Context(), state.Change{ID: it.ID, Rev: it.Rev, At: testNow, Outcome: state.Sent([32]byte{1}, 10)}); err != nil || it.AssetID != "asset_1" {
						t.Fatal(it, err)
					}
				}
				time.Sleep(time.Second)
				if n := q.Commits() - before; n != 1 {
					t.Errorf("%d commits, want 1", n)
				}
			})
		})
	}
}
