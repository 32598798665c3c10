package queue

import (
	"testing"
	"time"

	"github.com/florasync/florasync/state"
)

// A new version came while the older one was claimed and reserved; the claim ended before its holder had found out, and then the path vanished. Nothing
// stands there that could tell, and the gone path is the newer row's.
func TestSupersededWhileClaimedIsSkippedWhenDue(t *testing.T) {
	q, now := open(t), time.Unix(1_700_000_000, 5).UTC()
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
