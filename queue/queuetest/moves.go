package queuetest

import (
	"fmt"
	"time"

	"github.com/florasync/florasync/state"
)

// moves: a file whose path vanished, and that stands elsewhere.
var moves = map[string]func(*bench){
	"MovedFileKeepsItsRowInAnyPhase":   movedRow,
	"MovedWhileClaimedKeepsTheNewPath": movedClaimed,
	"MovedOverAnother":                 movedOver,
	"MovedAwayBehindANewFile":          movedBehind,
	"MovedToAnotherRoot":               movedRoot,
	"MovedToAnotherRootWhileClaimed":   movedRootClaimed,
	"MoveInOneBatchInAnyOrder":         movedBatch,
	"MovedAndNotReadHasNotVanished":    movedUnread,
	"TakenBehindARowAtFLORA":           takenBehind,
	"MovedBehindARowAtFLORA":           movedBehindSent,
}

// standings are outcomes that bring a row of 10 bytes somewhere.
var standings = map[string][]state.Outcome{
	"queued":   nil,
	"reserved": {reserved("asset_1")},
	"uploaded": {reserved("asset_1"), sent(10)},
	"ready":    {reserved("asset_1"), sent(10), readyAway()},
	"done":     {reserved("asset_1"), sent(10), ready()},
	"failed":   {state.Fail("boom", &state.Fault{Class: state.Lasting})},
}

// comes sees the file of a row at a path, where its bytes are read when they are in doubt, and wants the row to stand there.
func (b *bench) comes(path string, p state.Fingerprint, id state.ID, doubted bool) {
	b.Helper()
	got := b.sight(path, p)
	if doubted != (got != id) {
		b.Fatalf("%s: got %v, want %v: %v", path, got, id, !doubted)
	}
	if doubted {
		if it := b.get(got); it.Prev != id {
			b.Fatalf("%s is suspected of %v, want %v", path, it.Prev, id)
		}
		b.apply(got, state.SameAs(id))
	}
	b.at(path, id)
}

func movedRow(b *bench) {
	inode := uint64(0)
	for name, outcomes := range standings {
		for _, ctime := range []int64{100, 999} { // a rename changes it, that of a folder above does not
			inode++
			from, to := fmt.Sprint(name, ctime), fmt.Sprint("moved/", name, ctime)
			p := version(inode, 100, 10)
			p.CTime = 100
			id := b.sight(from, p)
			was := b.apply(id, outcomes...)
			b.gone(from)
			p.CTime = ctime
			b.comes(to, p, id, ctime != 100 && was.HasDigest())
			it := b.get(id)
			if it.Path != state.Path(to) || it.Print != p || it.Rev < was.Rev || it.Phase != was.Phase {
				b.Fatalf("%s: got %+v", to, it)
			}
			if f, err := b.q.Find(b.Context(), "inbox", state.Path(from)); err != nil || f.Known {
				b.Fatalf("%s: the old path is still known: %+v, %v", from, f, err)
			}
		}
	}
	items, _, err := b.q.Claim(b.Context(), b.now, lane, 99)
	b.must(err)
	if len(items) != 8 { // queued, reserved, uploaded, ready
		b.Fatalf("claimed %d", len(items))
	}
}

func movedClaimed(b *bench) {
	p := version(1, 100, 10)
	id := b.sight("a", p)
	it := b.claim(id)[0]
	it, err := b.q.Submit(b.change(it, reserved("asset_1")))
	b.must(err)
	b.gone("a")
	b.sight("b", p)
	it, err = b.q.Apply(b.Context(), b.change(it, sent(10)))
	b.must(err)
	if it.Path != "b" || it.Phase != state.Uploaded {
		b.Fatalf("got %+v", it)
	}
	b.reopen()
	if it := b.get(id); it.Path != "b" || it.AssetID != "asset_1" {
		b.Fatalf("got %+v", it)
	}
}

func movedOver(b *bench) {
	p := version(1, 100, 10)
	id := b.done("a", p)
	old := b.sight("b", version(2, 100, 20))
	b.gone("a")
	if got := b.sight("b", p); got != id {
		b.Fatalf("got %v, want %v", got, id)
	}
	b.wantStands(old, state.Queued, state.Skipped, state.Changed)
	b.claim()
}

func movedBehind(b *bench) {
	p := version(1, 100, 10)
	id := b.done("a", p)
	fresh := b.sight("a", version(2, 100, 20)) // mv a b; create a: nobody saw a missing
	if got := b.sight("b", p); got != id {
		b.Fatalf("got %v, want %v", got, id)
	}
	if f, err := b.q.Find(b.Context(), "inbox", "a"); err != nil || f.Item.ID != fresh {
		b.Fatalf("a stands at %v, %v, want %v", f.Item.ID, err, fresh)
	}
}

func movedRoot(b *bench) {
	p := version(1, 100, 10)
	id := b.sight("a", p)
	b.claim(id)
	b.gone("a")
	a := b.arrival("x/a", p)
	a.Root, a.To.Workspace = "other", "ws_other"
	if got := b.sightAll(a)[0]; got != id {
		b.Fatalf("got %v, want %v", got, id)
	}
	if it := b.get(id); it.Root != "other" || it.To.Workspace != "ws_other" {
		b.Fatalf("got %+v", it)
	}
	if active := b.q.Active(); active["other"] != 1 || active["inbox"] != 0 {
		b.Fatalf("active %v", active)
	}
	b.q.Release(id, time.Time{})
	b.claim()
	items, _, err := b.q.Claim(b.Context(), b.now, state.Lane{Root: "other"}, 2)
	b.must(err)
	if len(items) != 1 {
		b.Fatalf("claimed %v", items)
	}
}

// movedRootClaimed: while a row is worked on, a digest tells that its file was moved to another root: there it waits once it is released, and nobody asks for a
// lane of the root where nothing is left.
func movedRootClaimed(b *bench) {
	p := version(1, 100, 10)
	id := b.sight("a", p)
	b.claim(id)
	b.apply(id, reserved("asset_1"), sent(10))
	b.gone("a")
	p.CTime++ // of the rename
	a := b.arrival("a", p)
	a.Root = "other"
	newer := b.sightAll(a)[0]
	there := state.Lane{Root: "other"}
	items, _, err := b.q.Claim(b.Context(), b.now, there, 9)
	b.must(err)
	if len(items) != 1 || items[0].ID != newer || items[0].Prev != id {
		b.Fatalf("%v holds %v, want %v, suspected of %v", there, items, newer, id)
	}
	b.apply(newer, state.SameAs(id))
	b.q.Release(newer, time.Time{})
	b.q.Release(id, time.Time{})
	if lanes := b.q.Lanes(); len(lanes) != 1 || lanes[0] != there {
		b.Fatalf("lanes %v", lanes)
	}
	if _, moves, err := b.q.NextDue(b.Context(), b.now); err != nil || !moves {
		b.Fatalf("moves %v, %v", moves, err)
	}
	items, _, err = b.q.Claim(b.Context(), b.now, there, 9)
	b.must(err)
	if len(items) != 1 || items[0].ID != id || items[0].Root != "other" {
		b.Fatalf("%v holds %v, want %v", there, items, id)
	}
}

func movedBatch(b *bench) {
	p := version(1, 100, 10)
	id := b.sight("z", p)
	missing := b.arrival("z", state.Fingerprint{})
	missing.Gone = true
	if got := b.sightAll(b.arrival("a", p), missing)[0]; got != id {
		b.Fatalf("got %v, want %v", got, id)
	}
}

// What may have moved has not vanished until a digest has told: whoever is to file it away would take it for gone.
func movedUnread(b *bench) {
	p := version(1, 100, 10)
	p.CTime = 100
	id := b.sight("a", p)
	b.apply(id, reserved("asset_1"), sent(10), readyAway())
	b.gone("a")
	p.CTime = 999
	doubt := b.sight("b", p)
	b.now = b.now.Add(time.Minute)
	_, err := b.q.ScanDone(b.Context(), "inbox", b.now)
	b.must(err)
	vanished := func(want bool) {
		b.Helper()
		got, err := b.q.Vanished(b.Context(), id)
		b.must(err)
		if got != want {
			b.Fatalf("vanished: %v, want %v", got, want)
		}
	}
	vanished(false)
	b.gone("b") // on its way to c
	vanished(false)
	if got := b.sight("c", p); got != doubt {
		b.Fatalf("got %v, want %v", got, doubt)
	}
	vanished(false)
	b.apply(doubt, reserved("asset_2"), sent(10)) // other bytes
	vanished(true)
}

// A version that took the path while the older one was at FLORA has what stands there to itself, also when FLORA fails the older one.
func takenBehind(b *bench) {
	p := version(1, 100, 10)
	older := b.sight("a", p)
	b.apply(older, reserved("asset_1"), sent(10))
	p.CTime = 999 // rewritten, with its modification time put back
	newer := b.sight("a", p)
	superseded := func(id state.ID, want bool) {
		b.Helper()
		if got, err := b.q.Superseded(b.Context(), id); err != nil || got != want {
			b.Fatalf("%v is superseded: %v, %v, want %v", id, got, err, want)
		}
	}
	superseded(older, false) // its bytes are at FLORA
	b.apply(older, state.Reverted(&state.Fault{Class: state.Passing, Code: "asset_failed", At: b.now}))
	superseded(older, true)
	superseded(newer, false)
	// Nor is it the older one's when it is renamed before anybody looked.
	b.apply(newer, reserved("asset_2"), sent(10))
	b.gone("a")
	p.CTime = 1001
	moved := b.sight("b", p)
	if moved == older || moved == newer {
		b.Fatalf("got %v, unread", moved)
	}
	if it := b.get(moved); it.Prev != newer {
		b.Fatalf("it is suspected of %v, want %v", it.Prev, newer)
	}
	b.apply(moved, state.SameAs(newer))
	b.at("b", newer)
	superseded(older, true)
}

// The same, where the later version was seen elsewhere, and is renamed, whichever of its places is told first.
func movedBehindSent(b *bench) {
	for inode, told := range map[uint64]bool{1: true, 2: false} {
		p := version(inode, 100, 10)
		at := func(name string) string { return fmt.Sprint(name, inode) }
		older := b.sight(at("a"), p)
		b.apply(older, reserved("asset_1"), sent(10))
		b.gone(at("a"))
		p.CTime = 999 // rewritten and renamed
		newer := b.sight(at("b"), p)
		b.apply(newer, reserved("asset_2"), sent(10))
		b.apply(older, state.Reverted(&state.Fault{Class: state.Passing, Code: "asset_failed", At: b.now}))
		if told {
			b.gone(at("b"))
		}
		p.CTime = 1001
		moved := b.sight(at("c"), p)
		if moved == older || moved == newer {
			b.Fatalf("got %v, unread", moved)
		}
		if it := b.get(moved); told && it.Prev != newer {
			b.Fatalf("it is suspected of %v, want %v", it.Prev, newer)
		}
	}
}
