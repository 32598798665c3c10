package queue

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/florasync/florasync/state"
)

func open(t testing.TB) *Queue {
	t.Helper()
	q, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "queue.db"), Create: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := q.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return q
}

func TestOneRowFromSightingToDone(t *testing.T) {
	q, now := open(t), time.Unix(1_700_000_000, 5_000).UTC()
	if err := q.AddRoot(t.Context(), "inbox", "/srv/inbox"); err != nil {
		t.Fatal(err)
	}
	print := state.Fingerprint{Inode: 7, Born: 1, MTime: 2, CTime: 3, Size: 10}
	ids, err := q.Sight(t.Context(), []Arrival{{Sighting: state.Sighting{Root: "inbox", Path: "a/b.png", Print: print, At: now}}})
	if err != nil || len(ids) != 1 || ids[0] == 0 {
		t.Fatalf("sight: %v, %v", ids, err)
	}
	lanes := q.Lanes()
	if len(lanes) != 1 || lanes[0] != (state.Lane{Root: "inbox"}) {
		t.Fatalf("lanes: %v", lanes)
	}
	items, _, err := q.Claim(t.Context(), now, lanes[0], 4)
	if err != nil || len(items) != 1 {
		t.Fatalf("claim: %v, %v", items, err)
	}
	it := items[0]
	step := func(o state.Outcome, wait bool) {
		t.Helper()
		c := state.Change{ID: it.ID, Rev: it.Rev, At: now, Outcome: o}
		if wait {
			it, err = q.Apply(t.Context(), c)
		} else {
			it, err = q.Submit(c)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	step(state.IsReserved("asset_1", state.Destination{Workspace: "ws_1", Name: "b.png"}), false)
	step(state.Sent([32]byte{1}, 10), true)
	step(state.IsReady("https://x/y", now, true, state.Work{}), true)
	q.Release(it.ID, time.Time{})
	if it.Phase != state.Done {
		t.Fatalf("got %v, want done", it.Phase)
	}
	counts, err := q.Counts(t.Context())
	if c := counts["inbox"]; err != nil || c.Seen != 1 || c.Ready != 1 {
		t.Fatalf("counts: %+v, %v", counts, err)
	}
	f, err := q.Find(t.Context(), "inbox", "a/b.png")
	if err != nil || f.Item.AssetID != "asset_1" {
		t.Fatalf("find: %+v, %v", f, err)
	}
}
