package queuetest

import (
	"time"

	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// vanishing: a file whose path vanished, and that is found nowhere else.
var vanishing = map[string]func(*bench){
	"GoneWaitsForAScanThatBeganLater": goneScan,
	"GoneAndBackAtTheSamePath":        goneBack,
	"GoneAfterUploadIsFine":           goneUploaded,
	"GoneWhileClaimedIsLeft":          goneClaimed,
	"SkippedGoneIsJudgedAnew":         goneAnew,
	"GoneAndNamedByHandIsDue":         goneByHand,
}

func goneScan(b *bench) {
	id := b.sight("a", version(1, 100, 10))
	b.gone("a")
	b.claim()
	if _, ok, err := b.q.NextDue(b.Context(), b.now); ok || err != nil {
		b.Fatalf("due %v, %v", ok, err)
	}
	scan := func(began time.Time, want int) {
		b.Helper()
		if n, err := b.q.ScanDone(b.Context(), "inbox", began); err != nil || n != want {
			b.Fatalf("skipped %d, %v, want %d", n, err, want)
		}
	}
	vanished := func(want bool) {
		b.Helper()
		if got, err := b.q.Vanished(b.Context(), id); err != nil || got != want {
			b.Fatalf("vanished %v, %v, want %v", got, err, want)
		}
	}
	lost := func(want int) {
		b.Helper()
		if got, err := b.q.Lost(b.Context(), "inbox"); err != nil || got != want {
			b.Fatalf("%d are lost, %v, want %d", got, err, want)
		}
	}
	scan(b.now, 0)
	vanished(false)
	b.wantStands(id, state.Queued, state.None, "")
	later := b.now.Add(time.Second)
	moved := version(1, 999, 20) // it was found, and settles
	if n, err := b.q.ScanDone(b.Context(), "inbox", later, version(9, 1, 1), moved); n != 0 || err != nil {
		b.Fatalf("skipped %d, %v, though it was found", n, err)
	}
	vanished(false)
	lost(1)
	scan(later, 1)
	vanished(true)
	lost(0)
	b.wantStands(id, state.Queued, state.Skipped, state.Gone)
	scan(b.now.Add(time.Minute), 0)
	if list, _, err := b.q.List(b.Context(), queue.Query{}, "", 9); err != nil || len(list) != 1 {
		b.Fatalf("the old path is no longer listed: %v, %v", list, err)
	}
}

func goneBack(b *bench) {
	for _, p := range []state.Fingerprint{version(1, 100, 10), {MTime: 5, Size: 9}} { // also without an inode
		id := b.sight("a", p)
		b.gone("a")
		b.claim()
		if got := b.sight("a", p); got != id {
			b.Fatalf("got %v, want %v", got, id)
		}
		b.claim(id)
		b.must(second(b.q.Apply(b.Context(), b.change(b.get(id), state.Skip(state.Rule, "")))))
		b.q.Release(id, time.Time{})
	}
}

func goneUploaded(b *bench) {
	id := b.sight("a", version(1, 100, 10))
	b.apply(id, reserved("asset_1"), sent(10))
	b.gone("a")
	b.claim(id)
	b.q.Release(id, time.Time{})
	if n, err := b.q.ScanDone(b.Context(), "inbox", b.now.Add(time.Hour)); n != 0 || err != nil {
		b.Fatalf("skipped %d, %v", n, err)
	}
	b.apply(id, ready())
}

func goneClaimed(b *bench) {
	id := b.sight("a", version(1, 100, 10))
	it := b.claim(id)[0]
	b.gone("a")
	if n, err := b.q.ScanDone(b.Context(), "inbox", b.now.Add(time.Hour)); n != 0 || err != nil {
		b.Fatalf("skipped %d, %v", n, err)
	}
	b.must(second(b.q.Apply(b.Context(), b.change(it, reserved("asset_1")))))
	b.q.Release(id, time.Time{})
	b.claim() // not due until the file is found or a scan is over
	if n, err := b.q.ScanDone(b.Context(), "inbox", b.now.Add(time.Hour)); n != 1 || err != nil {
		b.Fatalf("skipped %d, %v", n, err)
	}
	b.wantStands(id, state.Reserved, state.Skipped, state.Gone)
}

func goneAnew(b *bench) {
	p := version(1, 100, 10)
	old := b.sight("a", p)
	b.gone("a")
	b.must(second(b.q.ScanDone(b.Context(), "inbox", b.now.Add(time.Hour))))
	id := b.sight("a", p)
	if id == old {
		b.Fatal("a skipped row took the file back")
	}
	b.claim(id)
}

// goneByHand: no scan looks for what was named by hand, so that it does not wait for one: whoever claims it finds out.
func goneByHand(b *bench) {
	a := b.arrival("srv/a", version(1, 100, 10))
	a.Root, a.Named = "", true
	id := b.sightAll(a)[0]
	a.Gone = true
	b.sightAll(a)
	hand := state.Lane{}
	if items, _, err := b.q.Claim(b.Context(), b.now, hand, 9); err != nil || len(items) != 1 || items[0].ID != id {
		b.Fatalf("claimed %v, %v", items, err)
	}
}
