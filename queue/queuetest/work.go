package queuetest

import (
	"errors"
	"time"

	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// work: changes of rows, on disk and in order, and what takes rows out.
var work = map[string]func(*bench){
	"SubmitsAndAppliesKeepTheirOrder":     inOrder,
	"StaleChangeIsRefusedAtOnce":          stale,
	"AcknowledgedOutlivesTheProcess":      durable,
	"FoldGivesTheOlderRowPathAndStamps":   fold,
	"FoldBehindANewerVersionKeepsTheTop":  foldBehind,
	"FoldNeedsARowThatCanTakeOver":        foldRefused,
	"ReopenPutsAFailedRowBack":            reopened,
	"ForgottenRowsAreGone":                forget,
	"ForgetLeavesATombstone":              tombstone,
	"ForgetWaitsForTheAttempt":            forgetClaimed,
	"HolderFindsAlsoWhatIsNotYetOnDisk":   holder,
	"ObserverHearsEveryTransitionInOrder": observed,
}

func inOrder(b *bench) {
	id := b.sight("a", version(1, 100, 10))
	it := b.claim(id)[0]
	var err error
	for _, o := range []state.Outcome{reserved("asset_1"), sent(10), state.IsCompleted()} {
		it, err = b.q.Submit(b.change(it, o))
		b.must(err)
	}
	it, err = b.q.Apply(b.Context(), b.change(it, ready()))
	b.must(err)
	if it.Phase != state.Done || it.Rev != 4 {
		b.Fatalf("got %v revision %d", it.Phase, it.Rev)
	}
	if got := b.get(id); got.Rev != 4 || got.AssetID != "asset_1" {
		b.Fatalf("got %+v", got)
	}
}

func stale(b *bench) {
	id := b.sight("a", version(1, 100, 10))
	it := b.get(id)
	b.must(second(b.q.Submit(b.change(it, reserved("asset_1")))))
	if _, err := b.q.Submit(b.change(it, reserved("asset_2"))); !errors.Is(err, state.ErrStale) {
		b.Fatalf("submit: %v", err)
	}
	if _, err := b.q.Apply(b.Context(), b.change(it, reserved("asset_2"))); !errors.Is(err, state.ErrStale) {
		b.Fatalf("apply: %v", err)
	}
	if _, err := b.q.Apply(b.Context(), b.change(b.get(id), state.IsCompleted())); !errors.Is(err, state.ErrNoTransition) {
		b.Fatalf("apply: %v", err)
	}
	if _, err := b.q.Submit(state.Change{ID: 999}); !errors.Is(err, queue.ErrNoRow) {
		b.Fatalf("nobody: %v", err)
	}
}

func durable(b *bench) {
	id := b.sight("a", version(1, 100, 10))
	due := b.now.Add(5*time.Minute + 3*time.Microsecond)
	it := b.claim(id)[0]
	it, err := b.q.Submit(b.change(it, reserved("asset_1")))
	b.must(err)
	want, err := b.q.Apply(b.Context(), b.change(it, state.Later(due, &state.Fault{Class: state.Passing, Code: "x", At: b.now})))
	b.must(err)
	b.reopen()
	got := b.get(id)
	if !got.Due.Equal(due) || got.AssetID != want.AssetID || got.Attempt != 1 || len(got.Tries) != 2 || got.Fault.Code != "x" || got.Print != want.Print {
		b.Fatalf("got %+v, want %+v", got, want)
	}
	b.claim()
	b.now = due
	b.claim(id)
}

func fold(b *bench) {
	old := b.sight("a", version(1, 100, 10))
	b.apply(old, reserved("asset_1"), sent(10), ready())
	p := version(2, 200, 10)
	id := b.sight("a", p)
	it := b.claim(id)[0]
	got, err := b.q.Apply(b.Context(), b.change(it, state.SameAs(old)))
	b.must(err)
	if got.ID != old || got.Print != p {
		b.Fatalf("got %+v", got)
	}
	b.q.Release(id, time.Time{})
	if _, err := b.q.Get(b.Context(), id); !errors.Is(err, queue.ErrNoRow) {
		b.Fatalf("the newer row: %v", err)
	}
	b.wantCounts(queue.Counts{Seen: 1, Ready: 1})
	if again := b.sight("a", p); again != old {
		b.Fatalf("the path stands at %v, want %v", again, old)
	}
	b.claim()
}

func foldBehind(b *bench) {
	old := b.sight("a", version(1, 100, 10))
	b.apply(old, reserved("asset_1"), sent(10), ready())
	id := b.sight("a", version(2, 200, 10))
	it := b.claim(id)[0]
	top := b.sight("a", version(2, 300, 11))
	b.must(second(b.q.Apply(b.Context(), b.change(it, state.SameAs(old)))))
	b.q.Release(id, time.Time{})
	if f, err := b.q.Find(b.Context(), "inbox", "a"); err != nil || f.Item.ID != top || f.Item.Prev != old {
		b.Fatalf("found %+v, %v", f, err)
	}
}

func foldRefused(b *bench) {
	away := b.sight("a", version(1, 100, 10))
	b.apply(away, reserved("asset_1"), sent(10), readyAway(), state.FiledAway(state.AwayMoved, "/x"))
	early := b.sight("b", version(2, 100, 10))
	it := b.get(b.sight("c", version(3, 100, 10)))
	for _, other := range []state.ID{away, early, it.ID, 999} {
		if _, err := b.q.Apply(b.Context(), b.change(it, state.SameAs(other))); !errors.Is(err, queue.ErrOther) {
			b.Fatalf("into %v: got %v", other, err)
		}
	}
	b.apply(it.ID, reserved("asset_2"))
}

func reopened(b *bench) {
	id := b.sight("a", version(1, 100, 10))
	b.apply(id, state.Fail("boom", &state.Fault{Class: state.Lasting}))
	b.claim()
	b.apply(id, state.Reopen())
	b.claim(id)
	b.wantCounts(queue.Counts{Seen: 1, Waiting: 1})
}

func forget(b *bench) {
	p := version(1, 100, 10)
	id := b.sight("a", p)
	b.must(b.q.Forget(b.Context(), id, false))
	b.wantCounts(queue.Counts{})
	if err := b.q.Forget(b.Context(), id, false); !errors.Is(err, queue.ErrNoRow) {
		b.Fatalf("again: %v", err)
	}
	if again := b.sight("a", p); again == 0 || again == id {
		b.Fatalf("seen again: %v", again)
	}
}

func tombstone(b *bench) {
	p := version(1, 100, 10)
	id := b.sight("a", p)
	b.must(b.q.Forget(b.Context(), id, true))
	if again := b.sight("a", p); again != 0 {
		b.Fatalf("the forgotten file is row %v", again)
	}
	if f, err := b.q.Find(b.Context(), "inbox", "a"); err != nil || !f.Known || !f.Mark {
		b.Fatalf("found %+v, %v", f, err)
	}
	if b.sight("a", version(1, 200, 10)) == 0 {
		b.Fatal("another version is not taken")
	}
}

func forgetClaimed(b *bench) {
	id := b.sight("a", version(1, 100, 10))
	b.claim(id)
	if err := b.q.Forget(b.Context(), id, true); !errors.Is(err, queue.ErrClaimed) {
		b.Fatalf("got %v", err)
	}
	b.q.Release(id, time.Time{})
	b.must(b.q.Forget(b.Context(), id, true))
	b.claim()
}

func holder(b *bench) {
	id := b.sight("a", version(1, 100, 10))
	it, err := b.q.Submit(b.change(b.get(id), reserved("asset_1")))
	b.must(err)
	for range 2 { // the second time it is on disk, and the asset is an earlier one
		got, err := b.q.Holder(b.Context(), "asset_1")
		if err != nil || got != id {
			b.Fatalf("got %v, %v", got, err)
		}
		if it.AssetID != "" {
			it = b.apply(id, state.GaveUp(&state.Fault{Class: state.Passing}))
		}
	}
	if got, err := b.q.Holder(b.Context(), "asset_2"); err != nil || got != 0 {
		b.Fatalf("nobody's asset: %v, %v", got, err)
	}
}

func observed(b *bench) {
	id := b.sight("a", version(1, 100, 10))
	b.apply(id, reserved("asset_1"), sent(10), ready())
	want := []state.Kind{0, state.KindReserved, state.KindSent, state.KindReady}
	if len(b.told) != len(want) {
		b.Fatalf("told %d", len(b.told))
	}
	for i, a := range b.told {
		if a.Change.Outcome.Kind() != want[i] || a.After.ID != id || i > 0 && a.Before.Rev != b.told[i-1].After.Rev {
			b.Fatalf("told %d: %+v", i, a)
		}
	}
}
