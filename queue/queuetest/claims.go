package queuetest

import (
	"fmt"
	"time"

	"github.com/florasync/florasync/state"
)

// claims: what is handed out, when, and to whom not.
var claims = map[string]func(*bench){
	"ClaimedRowsAreNotHandedOutTwice":    claimOnce,
	"DueOrderAndNext":                    dueOrder,
	"ReleasedUntilComesBackThen":         releasedUntil,
	"ReleasedAfterASubmitIsAsSubmitted":  releasedSubmitted,
	"ClockSetBackLosesNothing":           clockBack,
	"NewRowsBehindTheCursorAreFound":     behindCursor,
	"PausedRootsAreNotClaimed":           paused,
	"LanesAreRootsAndSizes":              lanes,
	"SentFilesWaitAmongSmallOnes":        laneOfSent,
	"WakeFiresForNewWork":                wake,
	"NextDueTellsWhenSomethingCanHappen": nextDue,
}

func claimOnce(b *bench) {
	ids := make([]state.ID, 50)
	for i := range ids {
		ids[i] = b.sight(fmt.Sprintf("f%02d", i), version(uint64(i+1), 100, 10))
	}
	seen := map[state.ID]bool{}
	for range 25 {
		items, _, err := b.q.Claim(b.Context(), b.now, lane, 2)
		b.must(err)
		for _, it := range items {
			if seen[it.ID] || !b.q.Claimed(it.ID) {
				b.Fatalf("%v twice, or not claimed", it.ID)
			}
			seen[it.ID] = true
		}
	}
	b.claim()
	if len(seen) != 50 || b.q.Active()["inbox"] != 50 {
		b.Fatalf("claimed %d, active %v", len(seen), b.q.Active())
	}
	b.reopen() // claims die with the process
	b.claim(ids...)
}

func dueOrder(b *bench) {
	late, soon := b.sight("late", version(1, 1, 1)), b.sight("soon", version(2, 1, 1))
	b.apply(late, state.Later(b.now.Add(2*time.Minute), nil))
	b.apply(soon, state.Later(b.now.Add(time.Minute), nil))
	items, next, err := b.q.Claim(b.Context(), b.now, lane, 9)
	b.must(err)
	if len(items) != 0 || !next.Equal(b.now.Add(time.Minute)) {
		b.Fatalf("got %v, next %v", items, next)
	}
	b.now = b.now.Add(time.Hour)
	b.claim(soon, late)
}

func releasedUntil(b *bench) {
	id := b.sight("a", version(1, 100, 10))
	b.claim(id)
	until := b.now.Add(time.Minute)
	before := b.q.Commits()
	b.q.Release(id, until)
	_, next, err := b.q.Claim(b.Context(), b.now, lane, 9)
	b.must(err)
	if !next.Equal(until) || b.q.Commits() != before {
		b.Fatalf("next %v, want %v; %d commits", next, until, b.q.Commits()-before)
	}
	b.now = until
	b.claim(id)
	b.q.Release(id, time.Time{})
	b.q.Release(id, until.Add(time.Hour)) // not claimed any more: changes nothing
	b.claim(id)
}

func releasedSubmitted(b *bench) {
	id := b.sight("a", version(1, 100, 10))
	it := b.claim(id)[0]
	it, err := b.q.Submit(b.change(it, reserved("asset_1")))
	b.must(err)
	b.q.Release(id, time.Time{})
	if again := b.claim(id)[0]; again.Rev != it.Rev || again.Phase != state.Reserved {
		b.Fatalf("got %+v", again)
	}
	b.must(second(b.q.Submit(b.change(it, state.Later(b.now.Add(5*time.Minute), nil)))))
	b.q.Release(id, time.Time{})
	b.claim()
	b.now = b.now.Add(5 * time.Minute)
	b.claim(id)
}

func clockBack(b *bench) {
	id := b.sight("a", version(1, 100, 10))
	b.apply(id, state.Later(b.now.Add(5*time.Minute), nil))
	b.now = b.now.Add(3 * time.Hour)
	b.claim(id)
	b.now = start
	b.q.Release(id, time.Time{})
	b.claim()
	b.now = start.Add(5 * time.Minute)
	b.claim(id)
}

func behindCursor(b *bench) {
	first := b.sight("a", version(1, 100, 10))
	backed := b.sight("b", version(2, 100, 10))
	b.apply(backed, state.Later(b.now.Add(time.Minute), nil))
	b.now = b.now.Add(time.Hour)
	b.claim(first, backed) // the cursor stands behind a due time
	id := b.sight("c", version(3, 100, 10))
	b.claim(id)
}

func paused(b *bench) {
	id := b.sight("a", version(1, 100, 10))
	b.must(b.q.Pause(b.Context(), "inbox", time.Time{}))
	b.claim()
	b.reopen()
	b.claim()
	if lanes := b.q.Lanes(); len(lanes) != 0 {
		b.Fatalf("lanes %v", lanes)
	}
	b.must(b.q.Resume(b.Context(), "inbox"))
	until := b.now.Add(time.Minute)
	b.must(b.q.Pause(b.Context(), "", until))
	items, next, err := b.q.Claim(b.Context(), b.now, lane, 1)
	if err != nil || len(items) != 0 || !next.Equal(until) {
		b.Fatalf("got %v, %v, %v", items, next, err)
	}
	b.now = until
	b.claim(id)
	b.must(b.q.Pause(b.Context(), "other", time.Time{}))
	b.must(b.q.Resume(b.Context(), ""))
}

func lanes(b *bench) {
	b.sight("small", version(1, 100, 10))
	b.sight("large", version(2, 100, state.LargeSize))
	a := b.arrival("x", version(3, 100, 10))
	a.Root = "other"
	b.sightAll(a)
	got := b.q.Lanes()
	want := []state.Lane{{Root: "inbox"}, {Root: "inbox", Size: state.Large}, {Root: "other"}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		b.Fatalf("got %v, want %v", got, want)
	}
	items, _, err := b.q.Claim(b.Context(), b.now, want[1], 9)
	if err != nil || len(items) != 1 || items[0].Path != "large" {
		b.Fatalf("got %v, %v", items, err)
	}
}

// laneOfSent: a large file waits among the small ones once it was sent, whoever holds it meanwhile and whatever it waits for, and goes back when FLORA
// misses its bytes.
func laneOfSent(b *bench) {
	large := state.Lane{Root: "inbox", Size: state.Large}
	in := func(l state.Lane, want ...state.ID) []state.Item {
		b.Helper()
		items, _, err := b.q.Claim(b.Context(), b.now, l, 9)
		b.must(err)
		if len(items) != len(want) || len(want) > 0 && items[0].ID != want[0] {
			b.Fatalf("%v holds %v, want %v", l, items, want)
		}
		return items
	}
	id := b.sight("large", version(1, 100, state.LargeSize))
	it := in(large, id)[0]
	for _, o := range []state.Outcome{reserved("asset_1"), sent(state.LargeSize)} {
		var err error
		it, err = b.q.Apply(b.Context(), b.change(it, o))
		b.must(err)
	}
	b.q.Release(id, b.now.Add(time.Second))
	b.now = b.now.Add(time.Second)
	in(large)
	it = in(lane, id)[0]
	b.q.Release(id, time.Time{})
	b.reopen()
	in(large)
	in(lane, id)
	_, err := b.q.Apply(b.Context(), b.change(it, state.Reverted(&state.Fault{Class: state.FormStale, Code: "missing", At: b.now})))
	b.must(err)
	b.q.Release(id, time.Time{})
	in(lane)
	in(large, id)
	b.reopen()
	in(lane)
	in(large, id)
}

func wake(b *bench) {
	for range 2 { // empty it: one signal at most is kept
		select {
		case <-b.q.Wake():
		default:
		}
	}
	id := b.sight("a", version(1, 100, 10))
	<-b.q.Wake()
	b.claim(id)
	b.q.Release(id, time.Time{})
	<-b.q.Wake()
}

func nextDue(b *bench) {
	want := func(at time.Time, ok bool) {
		b.Helper()
		got, has, err := b.q.NextDue(b.Context(), b.now)
		if err != nil || has != ok || !got.Equal(at) {
			b.Fatalf("got %v %t %v, want %v %t", got, has, err, at, ok)
		}
	}
	want(time.Time{}, false)
	id := b.sight("a", version(1, 100, 10))
	want(time.Time{}, true)
	b.claim(id)
	want(time.Time{}, true)
	b.q.Release(id, b.now.Add(time.Minute))
	want(b.now.Add(time.Minute), true)
	b.reopen()
	b.apply(id, state.Later(b.now.Add(5*time.Minute), nil))
	want(b.now.Add(5*time.Minute), true)
	b.must(b.q.Pause(b.Context(), "inbox", b.now.Add(time.Hour)))
	want(b.now.Add(time.Hour), true)
	b.must(b.q.Pause(b.Context(), "", time.Time{}))
	if due, moves, err := b.q.NextDue(b.Context(), b.now); err != nil || !moves || due.Before(b.now.AddDate(50, 0, 0)) {
		b.Fatalf("paused without an end: %v %t %v", due, moves, err)
	}
	b.must(b.q.Resume(b.Context(), ""))
	want(b.now.Add(5*time.Minute), true)
	b.apply(id, state.Skip(state.Rule, ""))
	want(time.Time{}, false)
}
