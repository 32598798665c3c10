package state

import (
	"errors"
	"flag"
	"os"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestDrawingIsTheGoldenTable(t *testing.T) {
	golden(t, "testdata/table.golden", Drawing())
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("differs from %s; look at it and run with -update\ngot:\n%s", file, got)
	}
}

var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// everyOutcome has one outcome of each kind, valid for an item of size 7.
func everyOutcome() []Outcome {
	f := &Fault{Class: Passing, Code: "internal_error", Message: "try again"}
	to := Destination{Workspace: "ws_a", Name: "a.png", Type: "image/png"}
	sum := [32]byte{1}
	return []Outcome{
		IsReserved("asset_1", to), Sent(sum, 7), IsCompleted(), IsReady("https://x/y", at, true, Work{true, true}),
		Adopted("asset_0", "https://x/y", to, sum, 7, at, Work{true, true}), IsAttached("prj_a", "node", "https://c", Work{true, true}), AttachAgain(at, "prj_a"),
		FiledAway(AwayMoved, "/done/a.png"), Renewed(f), Reverted(f), GaveUp(f), Intent(to), Created("asset_2"), SameAs(3),
		LinkTo(Item{ID: 9, AssetID: "asset_9", AssetURL: "https://x/9"}, sum, Work{true, true}), Skip(Changed, "changed"), Fail(AttemptsUp, f), Later(at, f), Reopen(),
	}
}

func itemAt(p Phase, url bool) Item {
	it := Item{ID: 5, Rev: 2, Root: "inbox", Path: "a.png", Phase: p, Print: Fingerprint{Inode: 1, Size: 7}, AssetID: "asset_1"}
	if p == Queued {
		it.AssetID = ""
	}
	if url {
		it.Path, it.URL, it.IntentAt = "", "https://media/x.png?sig=secret", at
	}
	return it
}

// Invariant 2: every pair of phase and outcome either follows a line of the table or moves nothing.
func TestEveryPairFollowsTheTable(t *testing.T) {
	outcomes := everyOutcome()
	if len(outcomes) != int(kindEnd)-1 {
		t.Fatalf("%d outcomes for %d kinds", len(outcomes), kindEnd-1)
	}
	for phase := Queued; phase < phaseN; phase++ {
		for _, o := range outcomes {
			it := itemAt(phase, o.kind == KindCreated)
			if o.kind == KindIntent {
				it.URL = "https://media/x.png"
			}
			rule, listed := find[[2]uint8{uint8(phase), uint8(o.kind)}]
			next, err := Next(it, Change{ID: 5, Rev: 2, At: at, Outcome: o})
			switch {
			case !listed && !errors.Is(err, ErrNoTransition):
				t.Errorf("%v on %v: got %v, %v; want ErrNoTransition", phase, o.kind, next.Phase, err)
			case listed && err != nil:
				t.Errorf("%v on %v: %v", phase, o.kind, err)
			case listed && (next.Phase != rule.To || next.Halt != rule.Halt || next.Rev != 3):
				t.Errorf("%v on %v: got %v %v rev %d, want %v %v rev 3", phase, o.kind, next.Phase, next.Halt, next.Rev, rule.To, rule.Halt)
			}
		}
	}
}

// Invariant 4: a halted row answers to the operator alone, at its phase; a skipped one only to a new version.
func TestHaltedRowsStandStill(t *testing.T) {
	for _, halt := range []Halt{Failed, Skipped} {
		for _, o := range everyOutcome() {
			it := itemAt(Reserved, false)
			it.Halt = halt
			next, err := Next(it, Change{ID: 5, Rev: 2, Outcome: o})
			reopened := halt == Failed && o.kind == KindReopen
			if (err == nil) != reopened {
				t.Errorf("%v row on %v: got %v", halt, o.kind, err)
			}
			if reopened && (next.Phase != Reserved || next.Halt != None) {
				t.Errorf("reopened: got %v %v", next.Phase, next.Halt)
			}
		}
	}
}
