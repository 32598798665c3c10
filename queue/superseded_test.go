package queue

import (
	"testing"
	"time"

	"github.com/florasync/florasync/state"
)

// A new version came while the older one was claimed and reserved; the claim ended before its holder had found out, and then the path vanished. Nothing
// stands there that could tell, and the gone path is the newer row's.
func TestSupersededWhileClaimedIsSkippedWhenDue(t *testing.T) {
	q, now := open(t), time.Unix(1_700_000_000, 5_000).UTC()
	if err := q.AddRoot(t.Context(), "inbox", "/srv/inbox"); err != nil {
		t.Fatal(err)
	}
	sight := func(s state.Sighting) state.ID {
		t.Helper()
		s.Root, s.Path, s.At = "inbox", "a.png", now
		ids, err := q.Sight(t.Context(), []Arrival{{Sighting: s}})
		if err != nil {
			t.Fatal(err)
		}
		return ids[0]
	}
	lane := state.Lane{Root: "inbox"}
	older := sight(state.Sighting{Print: state.Fingerprint{Inode: 7, Born: 1, MTime: 2, CTime: 3, Size: 10}})
	items, _, err := q.Claim(t.Context(), now, lane, 4)
	if err != nil || len(items) != 1 {
		t.Fatalf("claim: %v, %v", items, err)
	}
	reserved := state.IsReserved("asset_1", state.Destination{Workspace: "ws_1", Name: "a.png"})
	if _, err := q.Apply(t.Context(), state.Change{ID: older, Rev: items[0].Rev, At: now, Outcome: reserved}); err != nil {
		t.Fatal(err)
	}
	newer := sight(state.Sighting{Print: state.Fingerprint{Inode: 7, Born: 1, MTime: 9, CTime: 9, Size: 11}})
	sight(state.Sighting{Gone: true})
	q.Release(older, time.Time{})
	if newer == older {
		t.Fatal("one row for two versions")
	}
	if items, _, err = q.Claim(t.Context(), now, lane, 4); err != nil || len(items) != 0 {
		t.Errorf("claim: %v, %v", items, err)
	}
	// Whoever asks whether all is done must not be told so while the record still has a waiting row.
	if _, moving, err := q.NextDue(t.Context(), now); err != nil {
		t.Error(err)
	} else if it, err := q.Get(t.Context(), older); !moving && (err != nil || !it.Settled()) {
		t.Errorf("nothing is due, but %v is %v, %v", older, it.Phase, err)
	}
	if _, err := q.ScanDone(t.Context(), "inbox", now.Add(time.Second)); err != nil { // commits keep their order: the older is settled by now
		t.Fatal(err)
	}
	for id, reason := range map[state.ID]state.Reason{older: state.Changed, newer: state.Gone} {
		if it, err := q.Get(t.Context(), id); err != nil || it.Halt != state.Skipped || it.Reason != reason {
			t.Errorf("%v is %v %v (%s), %v; want skipped (%s)", id, it.Phase, it.Halt, it.Reason, err, reason)
		}
	}
	if due, ok, err := q.NextDue(t.Context(), now); ok || err != nil {
		t.Errorf("something is due at %v, %v", due, err)
	}
}

// The bytes of an older version were sent, a newer one took its path and was renamed, and then FLORA failed the older one's asset: its bytes are nowhere
// any more, and its path has no entry.
func TestSupersededByAVersionThatMovedOnIsSkippedWhenDue(t *testing.T) {
	q, now := open(t), time.Unix(1_700_000_000, 5_000).UTC()
	if err := q.AddRoot(t.Context(), "inbox", "/srv/inbox"); err != nil {
		t.Fatal(err)
	}
	sight := func(p state.Path, print state.Fingerprint) state.ID {
		t.Helper()
		ids, err := q.Sight(t.Context(), []Arrival{{Sighting: state.Sighting{Root: "inbox", Path: p, Print: print, Gone: print.Size == 0, At: now}}})
		if err != nil {
			t.Fatal(err)
		}
		return ids[0]
	}
	lane := state.Lane{Root: "inbox"}
	older := sight("a.png", state.Fingerprint{Inode: 7, Born: 1, MTime: 2, CTime: 3, Size: 10})
	items, _, err := q.Claim(t.Context(), now, lane, 4)
	if err != nil || len(items) != 1 {
		t.Fatalf("claim: %v, %v", items, err)
	}
	it := items[0]
	apply := func(o state.Outcome) {
		t.Helper()
		if it, err = q.Apply(t.Context(), state.Change{ID: older, Rev: it.Rev, At: now, Outcome: o}); err != nil {
			t.Fatal(err)
		}
	}
	apply(state.IsReserved("asset_1", state.Destination{Workspace: "ws_1", Name: "a.png"}))
	apply(state.Sent([32]byte{1}, 10))
	second := state.Fingerprint{Inode: 7, Born: 1, MTime: 9, CTime: 9, Size: 11}
	newer := sight("a.png", second)
	sight("a.png", state.Fingerprint{})
	second.CTime++
	if moved := sight("b.png", second); moved != newer || newer == older {
		t.Fatalf("rows %v, %v and %v", older, newer, moved)
	}
	apply(state.Reverted(&state.Fault{Class: state.Passing, Code: "asset_failed"}))
	q.Release(older, time.Time{})
	if items, _, err = q.Claim(t.Context(), now, lane, 4); err != nil || len(items) != 1 || items[0].ID != newer {
		t.Errorf("claim: %v, %v; want the newer one", items, err)
	}
	if _, err := q.ScanDone(t.Context(), "inbox", now.Add(time.Second)); err != nil { // commits keep their order: the older is settled by now
		t.Fatal(err)
	}
	if it, err := q.Get(t.Context(), older); err != nil || it.Halt != state.Skipped || it.Reason != state.Changed {
		t.Errorf("%v is %v %v (%s), %v", older, it.Phase, it.Halt, it.Reason, err)
	}
}
