package state

import (
	"errors"
	"testing"
)

func must(t *testing.T, it Item, outcomes ...Outcome) Item {
	t.Helper()
	for _, o := range outcomes {
		var err error
		if it, err = Next(it, Change{ID: it.ID, Rev: it.Rev, At: at, Outcome: o}); err != nil {
			t.Fatal(err)
		}
	}
	return it
}

func fresh() Item {
	return Item{ID: 5, Root: "inbox", Path: "a.png", Print: Fingerprint{Inode: 1, Size: 7}}
}

var (
	body    = Destination{Workspace: "ws_a", Name: "a.png", Type: "image/png"}
	passing = &Fault{Class: Passing, Code: "internal_error"}
)

func TestStaleChangeMovesNothing(t *testing.T) {
	it := fresh()
	it.Rev = 4
	got, err := Next(it, Change{ID: 5, Rev: 3, Outcome: IsReserved("asset_1", body)})
	if !errors.Is(err, ErrStale) || got.Phase != Queued || got.Rev != 4 {
		t.Errorf("got %v rev %d, %v", got.Phase, got.Rev, err)
	}
}

func TestStepsWithoutWorkArePassedOver(t *testing.T) {
	for _, tc := range []struct {
		work Work
		want Phase
	}{{Work{}, Done}, {Work{Away: true}, Attached}, {Work{Attach: true}, Ready}, {Work{true, true}, Ready}} {
		it := must(t, fresh(), IsReserved("asset_1", body), Sent([32]byte{1}, 7), IsReady("https://u@x/y?sig=1", at, true, tc.work))
		if it.Phase != tc.want || it.AssetURL != "https://x/y" {
			t.Errorf("%+v: got %v %q, want %v", tc.work, it.Phase, it.AssetURL, tc.want)
		}
		if tc.want == Done && (it.Away != AwayKept || it.DoneAt != at) {
			t.Errorf("done: got away %v at %v", it.Away, it.DoneAt)
		}
	}
}

func TestOnlyPassingFaultsCount(t *testing.T) {
	for class := Passing; class < classN; class++ {
		it := must(t, fresh(), Later(at, &Fault{Class: class}))
		if got, want := it.Attempt, class == Passing; (got == 1) != want {
			t.Errorf("%v: attempt %d", class, got)
		}
	}
	if it := must(t, fresh(), Later(at, nil)); it.Attempt != 0 || len(it.Tries) != 0 || it.Due != at {
		t.Errorf("a wait: got %+v", it)
	}
}

func TestProgressForgetsTheFault(t *testing.T) {
	it := must(t, fresh(), Later(at, passing), Later(at, passing), IsReserved("asset_1", body))
	if it.Attempt != 2 || it.Fault != nil || !it.Due.IsZero() || !it.Frozen {
		t.Errorf("reserved: got %+v", it)
	}
	if it = must(t, it, Sent([32]byte{1}, 7)); it.Attempt != 0 {
		t.Errorf("got %+v", it)
	}
}

func TestGivingUpStartsANewGenerationWithANewKey(t *testing.T) {
	var m Machine
	it := fresh()
	it.To = body
	before := ReservationKey(m, "/in", it)
	it = must(t, it, IsReserved("asset_1", body), GaveUp(passing))
	if it.Phase != Queued || it.Generation != 1 || it.AssetID != "" || it.Frozen || len(it.Previous) != 1 {
		t.Errorf("got %+v", it)
	}
	if ReservationKey(m, "/in", it) == before {
		t.Error("the new generation has the old key")
	}
}

func TestGivingUpIsNotForWhatWasUploaded(t *testing.T) {
	it := must(t, fresh(), IsReserved("asset_1", body), Sent([32]byte{1}, 7))
	if _, err := Next(it, Change{ID: 5, Rev: it.Rev, Outcome: GaveUp(passing)}); !errors.Is(err, ErrNoTransition) {
		t.Errorf("got %v", err)
	}
}

func TestHalfAFileIsNotUploaded(t *testing.T) {
	it := must(t, fresh(), IsReserved("asset_1", body))
	if _, err := Next(it, Change{ID: 5, Rev: it.Rev, Outcome: Sent([32]byte{1}, 6)}); !errors.Is(err, ErrNoTransition) {
		t.Errorf("got %v", err)
	}
}

func TestReopen(t *testing.T) {
	it := must(t, fresh(), IsReserved("asset_1", body), Sent([32]byte{1}, 7), Fail(AttemptsUp, passing), Reopen())
	if it.Phase != Uploaded || it.Generation != 0 || it.Halt != None || it.Reason != "" {
		t.Errorf("attempts: got %+v", it)
	}
	it = must(t, it, Fail(Ambiguous, passing), Reopen())
	if it.Phase != Queued || it.Generation != 1 {
		t.Errorf("ambiguous: got %v generation %d", it.Phase, it.Generation)
	}
	it = must(t, it, Skip(Gone, "gone"))
	if _, err := Next(it, Change{ID: 5, Rev: it.Rev, Outcome: Reopen()}); !errors.Is(err, ErrNoTransition) {
		t.Errorf("skipped: got %v", err)
	}
}

func TestOnlyARuleThatChangedReopensASkippedRow(t *testing.T) {
	for _, reason := range ItemReasons {
		it := must(t, fresh(), Skip(reason, "no"))
		next, err := Next(it, Change{ID: 5, Rev: it.Rev, Outcome: Reopen()})
		if reopened, want := err == nil, reason == Size || reason == Rule; reopened != want {
			t.Errorf("%s: got %v %v", reason, next.Halt, err)
		}
	}
}

func TestParkedRowIsReadyWithAnError(t *testing.T) {
	it := must(t, fresh(), IsReserved("asset_1", body), Sent([32]byte{1}, 7), IsReady("u", at, true, Work{Attach: true}), Fail("forbidden", passing))
	if it.Standing() != StandsReady || !it.Parked() || !it.Settled() || it.Reason != "forbidden" {
		t.Errorf("got %+v", it)
	}
	if it = must(t, it, Reopen()); it.Parked() || it.Phase != Ready {
		t.Errorf("reopened: got %+v", it)
	}
}

func TestFold(t *testing.T) {
	older := must(t, fresh(), IsReserved("asset_1", body), Sent([32]byte{1}, 7), IsReady("u", at, true, Work{}))
	newer := Item{ID: 8, Root: "inbox", Path: "b.png", Print: Fingerprint{Inode: 2, Size: 7}}.Replaces(older)
	if newer.Prev != 5 || len(newer.Previous) != 1 || newer.Previous[0] != "asset_1" {
		t.Errorf("replaces: got %+v", newer)
	}
	got, err := Fold(older, newer)
	if err != nil || got.ID != 5 || got.Path != "b.png" || got.Print.Inode != 2 || got.Phase != Done || got.Rev != older.Rev+1 {
		t.Errorf("got %+v, %v", got, err)
	}
	newer = must(t, newer, IsReserved("asset_2", body))
	if _, err := Fold(older, newer); !errors.Is(err, ErrNoTransition) {
		t.Errorf("reserved: got %v", err)
	}
}

func TestTriesAreBoundedAndThinnedWhenDone(t *testing.T) {
	it := fresh()
	for range 20 {
		it = must(t, it, Later(at, passing))
	}
	if len(it.Tries) != triesN {
		t.Errorf("got %d tries", len(it.Tries))
	}
	it = must(t, it, IsReserved("asset_1", body).By("req_1", 0), Sent([32]byte{1}, 7), IsCompleted().By("req_2", 0), IsReady("u", at, true, Work{}).By("req_3", 0))
	if got := it.RequestIDs(); len(got) != 3 || got[0] != "req_1" || got[2] != "req_3" || len(it.Tries) != 3 {
		t.Errorf("done: got %v, %d tries", got, len(it.Tries))
	}
}

func TestURLRowLosesItsSecretsOnceCreated(t *testing.T) {
	it := Item{ID: 5, URL: "https://user:pw@media/x.png?sig=secret#f"}
	if _, err := Next(it, Change{ID: 5, Outcome: Created("asset_1")}); !errors.Is(err, ErrNoTransition) {
		t.Errorf("created without an intent: got %v", err)
	}
	it = must(t, it, Intent(body))
	if _, err := Next(it, Change{ID: 5, Rev: 1, Outcome: Intent(body)}); !errors.Is(err, ErrNoTransition) {
		t.Errorf("a second intent: got %v", err)
	}
	if it = must(t, it, Created("asset_1")); it.URL != "https://media/x.png" || it.Phase != Completed {
		t.Errorf("got %q %v", it.URL, it.Phase)
	}
}

// A linked row is on the canvas its twin put the asset on; the row after it is told so, and does not attach it once more.
func TestLinkedRowKnowsTheCanvas(t *testing.T) {
	work := Work{Attach: true}
	twin := must(t, fresh(), IsReserved("asset_1", body), Sent([32]byte{1}, 7), IsReady("https://x/y", at, true, work),
		IsAttached("prj_a", "node_1", "https://c", work))
	there := must(t, fresh(), LinkTo(twin, twin.Digest, Work{}))
	if there.Project != "prj_a" || there.NodeID != "node_1" || there.CanvasURL != "https://c" || !there.Adopted {
		t.Errorf("linked to one on its canvas: %q %q %q, adopted %v", there.Project, there.NodeID, there.CanvasURL, there.Adopted)
	}
	elsewhere := must(t, fresh(), LinkTo(twin, twin.Digest, work))
	if it := must(t, elsewhere, IsAttached("prj_2", "n_2", "c_2", Work{Away: true}), FiledAway(AwayMoved, "/done/a.png")); it.Reason != Duplicate {
		t.Errorf("done with reason %q, want %q: it has another row's asset for good", it.Reason, Duplicate)
	}
	if elsewhere.Phase != Ready || elsewhere.Project != "" || !elsewhere.Adopted {
		t.Errorf("linked, and to be attached elsewhere: %v %q, adopted %v", elsewhere.Phase, elsewhere.Project, elsewhere.Adopted)
	}
}
