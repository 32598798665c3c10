package queue

import (
	"fmt"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

var twinTo = state.Destination{Workspace: "ws_1", Folder: "in", Name: "a.png"}

// upload takes a new file through to a phase.
func upload(t *testing.T, q *Queue, root, path string, digest byte, to state.Destination, outcomes ...state.Outcome) state.Item {
	t.Helper()
	now := time.Unix(1_700_000_000, 0).UTC()
	print := state.Fingerprint{Inode: uint64(len(path)) + uint64(path[0])<<8, Born: int64(path[0]), MTime: 2, CTime: 3, Size: 10}
	ids, err := q.Sight(t.Context(), []Arrival{{Sighting: state.Sighting{Root: root, Path: state.Path(path), Print: print, At: now}}})
	if err != nil {
		t.Fatal(err)
	}
	it, err := q.Get(t.Context(), ids[0])
	for _, o := range append([]state.Outcome{state.IsReserved("asset_"+path, to), state.Sent([32]byte{digest}, 10)}, outcomes...) {
		if err != nil {
			t.Fatal(err)
		}
		it, err = q.Apply(t.Context(), state.Change{ID: it.ID, Rev: it.Rev, At: now, Outcome: o})
	}
	if err != nil {
		t.Fatal(err)
	}
	return it
}

func isReady() state.Outcome {
	return state.IsReady("https://x/y", time.Unix(1_700_000_001, 0), true, state.Work{})
}

func twinOf(t *testing.T, q *Queue, digest byte, to state.Destination) state.ID {
	t.Helper()
	it, ok, err := q.Twin(t.Context(), 0, 10, [32]byte{digest}, to.Workspace, to.Folder)
	if err != nil || ok != (it.ID != 0) {
		t.Fatal(it.ID, ok, err)
	}
	report, err := q.Check(t.Context())
	if err != nil || !report.OK() {
		t.Fatalf("check: %v, %v", report.Problems, err)
	}
	return it.ID
}

func linkedQueue(t *testing.T, roots ...string) *Queue {
	t.Helper()
	q := open(t)
	for _, name := range roots {
		if err := q.AddRoot(t.Context(), name, "/srv/"+name); err != nil {
			t.Fatal(err)
		}
		link(t, q, name, true)
	}
	return q
}

func link(t *testing.T, q *Queue, root string, on bool) {
	t.Helper()
	if err := q.SetLink(t.Context(), root, on); err != nil {
		t.Fatal(err)
	}
}

func TestTwinIsReadyAndGoesToTheSamePlace(t *testing.T) {
	q := linkedQueue(t, "a", "b")
	first := upload(t, q, "a", "a.png", 1, twinTo, isReady())
	if got := twinOf(t, q, 1, twinTo); got != first.ID {
		t.Errorf("twin %v, want %v", got, first.ID)
	}
	for _, to := range []state.Destination{{Workspace: "ws_2", Folder: "in"}, {Workspace: "ws_1", Folder: "out"}} {
		if got := twinOf(t, q, 1, to); got != 0 {
			t.Errorf("%+v: twin %v of another place", to, got)
		}
	}
	if got := twinOf(t, q, 2, twinTo); got != 0 {
		t.Errorf("twin %v with other bytes", got)
	}
	if it, ok, err := q.Twin(t.Context(), first.ID, 10, [32]byte{1}, "ws_1", "in"); ok || err != nil {
		t.Errorf("its own twin: %v, %v", it.ID, err)
	}
}

func TestTwinUnderWayGivesWayToAReadyOne(t *testing.T) {
	q := linkedQueue(t, "a", "b")
	sent := upload(t, q, "a", "a.png", 1, twinTo)
	if got := twinOf(t, q, 1, twinTo); got != sent.ID {
		t.Errorf("twin %v, want the one that is under way, %v", got, sent.ID)
	}
	ready := upload(t, q, "b", "b.png", 1, twinTo, isReady())
	if got := twinOf(t, q, 1, twinTo); got != ready.ID {
		t.Errorf("twin %v, want the ready one, %v", got, ready.ID)
	}
}

// TestSharers: of the rows with the same bytes only those that have the same asset, and are ready.
func TestSharers(t *testing.T) {
	q := linkedQueue(t, "a", "b")
	first := upload(t, q, "a", "a.png", 1, twinTo, isReady())
	upload(t, q, "a", "own asset.png", 1, twinTo, isReady())
	upload(t, q, "a", "other bytes.png", 2, twinTo, isReady())
	upload(t, q, "b", "under way.png", 1, twinTo)
	ids, err := q.Sight(t.Context(), []Arrival{{Sighting: state.Sighting{Root: "b", Path: "b.png", Print: state.Fingerprint{Inode: 99, Born: 9, Size: 10}, At: first.SeenAt}}})
	if err != nil {
		t.Fatal(err)
	}
	second, err := q.Apply(t.Context(), state.Change{ID: ids[0], At: first.SeenAt, Outcome: state.LinkTo(first, [32]byte{1}, state.Work{Attach: true})})
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range []state.Item{first, second} {
		got, err := q.Sharers(t.Context(), it.ID, 10, [32]byte{1}, first.AssetID)
		if want := first.ID + second.ID - it.ID; err != nil || len(got) != 1 || got[0].ID != want {
			t.Errorf("%v shares with %v, %v; want %v", it.ID, got, err, want)
		}
	}
}

func TestFailedIsNoTwin(t *testing.T) {
	q := linkedQueue(t, "a")
	upload(t, q, "a", "a.png", 1, twinTo, state.Fail("boom", &state.Fault{Class: state.Lasting}))
	if got := twinOf(t, q, 1, twinTo); got != 0 {
		t.Errorf("twin %v, which failed", got)
	}
}

func TestLinkTakesInWhatWasThereAndLetsItGo(t *testing.T) {
	q := linkedQueue(t)
	for _, name := range []string{"a", "b"} {
		if err := q.AddRoot(t.Context(), name, "/srv/"+name); err != nil {
			t.Fatal(err)
		}
	}
	first := upload(t, q, "a", "a.png", 1, twinTo, isReady())
	upload(t, q, "b", "b.png", 2, twinTo, isReady())
	if got := twinOf(t, q, 1, twinTo); got != 0 {
		t.Errorf("twin %v of a root that is not linked", got)
	}
	link(t, q, "a", true)
	if got := twinOf(t, q, 1, twinTo); got != first.ID {
		t.Errorf("twin %v, want %v", got, first.ID)
	}
	if got := twinOf(t, q, 2, twinTo); got != 0 {
		t.Errorf("twin %v of the other root", got)
	}
	commits := q.Commits()
	link(t, q, "a", true)
	if q.Commits() != commits {
		t.Error("saying the same again was written")
	}
	link(t, q, "a", false)
	if got := twinOf(t, q, 1, twinTo); got != 0 {
		t.Errorf("twin %v of a root that is not linked any more", got)
	}
	err := q.view(t.Context(), func(tx *bolt.Tx, _ head) error {
		if k, _ := tx.Bucket(bucketTwins).Cursor().First(); k != nil {
			return fmt.Errorf("a key is left: %x", k)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestInterruptedLinkGoesOn: the program ended between two pages.
func TestInterruptedLinkGoesOn(t *testing.T) {
	q := linkedQueue(t)
	if err := q.AddRoot(t.Context(), "a", "/srv/a"); err != nil {
		t.Fatal(err)
	}
	first := upload(t, q, "a", "a.png", 1, twinTo, isReady())
	if err := q.editRoot(t.Context(), "a", func(r *rootInfo) bool { r.Linking = building; return true }); err != nil {
		t.Fatal(err)
	}
	if got := twinOf(t, q, 1, twinTo); got != 0 { // and the record is sound
		t.Errorf("twin %v", got)
	}
	second := upload(t, q, "a", "b.png", 2, twinTo, isReady())
	if got := twinOf(t, q, 2, twinTo); got != second.ID {
		t.Errorf("twin %v of what was sent meanwhile, want %v", got, second.ID)
	}
	link(t, q, "a", true)
	if got := twinOf(t, q, 1, twinTo); got != first.ID {
		t.Errorf("twin %v, want %v", got, first.ID)
	}
}

// TestInterruptedUnlinkLosesNoRow: rows that were forgotten, or whose bytes FLORA refused, while the index was taken away leave nothing in it.
func TestInterruptedUnlinkLosesNoRow(t *testing.T) {
	q := linkedQueue(t, "a")
	first, second := upload(t, q, "a", "a.png", 1, twinTo, isReady()), upload(t, q, "a", "b.png", 2, twinTo)
	if err := q.editRoot(t.Context(), "a", func(r *rootInfo) bool { r.Linking = removing; return true }); err != nil {
		t.Fatal(err)
	}
	if err := q.Forget(t.Context(), first.ID, false); err != nil {
		t.Fatal(err)
	}
	boom := state.Fail("boom", &state.Fault{Class: state.Lasting})
	if _, err := q.Apply(t.Context(), state.Change{ID: second.ID, Rev: second.Rev, At: testNow, Outcome: boom}); err != nil {
		t.Fatal(err)
	}
	for _, on := range []bool{false, true} {
		link(t, q, "a", on)
		for digest := byte(1); digest <= 2; digest++ {
			if got := twinOf(t, q, digest, twinTo); got != 0 { // and the record is sound
				t.Errorf("linked %v: twin %v of bytes that nobody has", on, got)
			}
		}
	}
}
