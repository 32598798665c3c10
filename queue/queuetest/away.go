package queuetest

import (
	"errors"
	"time"

	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// away: what turns up where a file counts as deleted.
var away = map[string]func(*bench){
	"CountedAsDeletedAndBackIsNotNew":   deletedAndBack,
	"PutWhereOneIsDeletedIsNew":         deletedAndReplaced,
	"CountedAsDeletedTurnsUpElsewhere":  deletedAndElsewhere,
	"ANameMovedToWhereAnotherWasTaken":  nameTakesThePlace,
	"ToldAsGoneBeforeItsDeletion":       goneBeforeDeletion,
	"TakenAwayTakesNothingOver":         takenTakesNothingOver,
	"NamesComeBackToTheirRows":          namesComeBack,
	"CountsAsDeletedAndIsBackMeanwhile": backMeanwhile,
}

// countsAsDeleted is a file that vanished before we could delete it, so that it counts as deleted.
func (b *bench) countsAsDeleted(path string, p state.Fingerprint) state.ID {
	b.Helper()
	id := b.sight(path, p)
	b.apply(id, reserved("asset_1"), sent(10), readyAway())
	b.gone(path)
	b.apply(id, state.CountsAsDeleted())
	if f, err := b.q.Find(b.Context(), "inbox", state.Path(path)); err != nil || !f.Gone {
		b.Fatalf("got %+v, %v", f, err)
	}
	return id
}

// deletedAndBack: the very file is there again, as when its folder was moved out and back, or unmounted below a watched one.
func deletedAndBack(b *bench) {
	p := version(1, 100, 10)
	id := b.countsAsDeleted("a", p)
	b.reopen()
	if got := b.sight("a", p); got != id {
		b.Fatalf("got %v, want %v", got, id)
	}
	f, err := b.q.Find(b.Context(), "inbox", "a")
	if err != nil || f.Gone || f.Item.Away != state.AwayKept || f.Item.Phase != state.Done {
		b.Fatalf("got %+v, %v", f, err)
	}
	b.wantCounts(queue.Counts{Seen: 1, Ready: 1})
	b.check()
	moved := p
	moved.CTime++
	b.gone("a")
	it := b.get(b.sight("b", moved)) // it is known again as any other that was kept
	if it.Prev != id {
		b.Fatalf("suspects %v, want %v", it.Prev, id)
	}
}

// deletedAndElsewhere: the very file turns up at another place, or touched. With the stamps it had it is known at once, as when a folder above it was renamed; else
// a digest decides.
func deletedAndElsewhere(b *bench) {
	p := version(1, 100, 10)
	id := b.countsAsDeleted("a", p)
	if got := b.sight("b", p); got != id {
		b.Fatalf("got %v, want %v", got, id)
	}
	b.at("b", id)
	for i, place := range []struct{ root, path string }{{"inbox", "d"}, {"inbox", "c"}, {"other", "c"}} {
		p := version(uint64(i+2), 100, 10)
		id := b.countsAsDeleted("c", p)
		p.CTime = 999
		a := b.arrival(place.path, p)
		a.Root = place.root
		doubt := b.sightAll(a)[0]
		if it := b.get(doubt); doubt == id || it.Prev != id {
			b.Fatalf("%v: %v is suspected of %v, want %v", place, doubt, it.Prev, id)
		}
		if items, err := b.q.Originals(b.Context(), doubt); err != nil || len(items) != 1 || items[0].ID != id {
			b.Fatalf("%v may be %+v, %v; want %v", place, items, err, id)
		}
		b.apply(doubt, state.SameAs(id))
		if it := b.get(id); it.Root != place.root || it.Path != state.Path(place.path) || it.Away != state.AwayKept {
			b.Fatalf("%v: got %+v", place, it)
		}
		a.Gone, a.Print = true, state.Fingerprint{}
		b.sightAll(a)
	}
	b.check()
}

// deletedAndReplaced: another file was put there, and so was what may be another one with the same stamps.
func deletedAndReplaced(b *bench) {
	for i, put := range []func(*state.Fingerprint){
		func(p *state.Fingerprint) { p.Inode += 100 },
		func(p *state.Fingerprint) { p.Born++ },
	} {
		path, p := string(rune('a'+i)), version(uint64(i+1), 100, 10)
		id := b.countsAsDeleted(path, p)
		put(&p)
		if it := b.get(b.sight(path, p)); it.ID == id || it.Prev != 0 {
			b.Fatalf("%s: got %+v", path, it)
		}
	}
	for path, unsure := range map[string]state.Fingerprint{
		"x": {MTime: 100, CTime: 100, Size: 10},           // no inode that lasts
		"y": {Inode: 9, MTime: 100, CTime: 100, Size: 10}, // it may have been given away again
	} {
		id := b.countsAsDeleted(path, unsure)
		if it := b.get(b.sight(path, unsure)); it.ID == id || it.Prev != 0 {
			b.Fatalf("%s: got %+v", path, it)
		}
	}
}

// nameTakesThePlace: of a file with two names one was deleted by us, and the other is renamed to it.
func nameTakesThePlace(b *bench) {
	p := version(1, 100, 10)
	deleted, kept := b.sight("a", p), b.named(p, "b")[0]
	b.apply(deleted, reserved("asset_1"), sent(10), readyAway(), state.FiledAway(state.AwayDeleted, ""))
	b.gone("b")
	p.CTime = 999
	doubt := b.sight("a", p)
	if it := b.get(doubt); it.Prev != kept {
		b.Fatalf("%v at a is suspected of %v, want %v", doubt, it.Prev, kept)
	}
	b.apply(doubt, state.SameAs(kept))
	b.at("a", kept)
	b.check()
}

// goneBeforeDeletion: the watcher saw our own deletion, and told of it before we could. What has the stamps of that file is another name of it.
func goneBeforeDeletion(b *bench) {
	p := version(1, 100, 10)
	id := b.sight("a", p)
	b.apply(id, reserved("asset_1"), sent(10), readyAway())
	b.gone("a")
	b.apply(id, state.FiledAway(state.AwayDeleted, ""))
	if it := b.get(b.sight("b", p)); it.ID == id || it.Prev != 0 {
		b.Fatalf("got %+v", it)
	}
	p.CTime = 999
	if it := b.get(b.sight("a", p)); it.ID == id || it.Prev != 0 {
		b.Fatalf("got %+v", it)
	}
	b.check()
}

// takenTakesNothingOver: its status was changed before we deleted it, and whatever stands there by the time a digest is made came after that.
func takenTakesNothingOver(b *bench) {
	p := version(1, 100, 10)
	id := b.sight("a", p)
	b.apply(id, reserved("asset_1"), sent(10), readyAway())
	p.CTime = 999
	doubt := b.get(b.sight("a", p))
	if doubt.Prev != id {
		b.Fatalf("suspects %v, want %v: this tests nothing", doubt.Prev, id)
	}
	b.apply(id, state.FiledAway(state.AwayDeleted, ""))
	if items, err := b.q.Originals(b.Context(), doubt.ID); err != nil || len(items) != 0 {
		b.Fatalf("it may be %+v, %v", items, err)
	}
	if _, err := b.q.Apply(b.Context(), b.change(doubt, state.SameAs(id))); !errors.Is(err, queue.ErrOther) {
		b.Fatalf("got %v, want %v", err, queue.ErrOther)
	}
}

// backMeanwhile: a file is found again between the question whether it vanished and the answer that it counts as deleted.
func backMeanwhile(b *bench) {
	p := version(1, 100, 10)
	id := b.sight("a", p)
	b.apply(id, reserved("asset_1"), sent(10), readyAway())
	b.gone("a")
	b.now = b.now.Add(time.Minute)
	_, err := b.q.ScanDone(b.Context(), "inbox", b.now)
	b.must(err)
	if gone, err := b.q.Vanished(b.Context(), id); !gone || err != nil {
		b.Fatalf("vanished %v, %v: this tests nothing", gone, err)
	}
	counts := b.change(b.get(id), state.CountsAsDeleted())
	b.sight("b", p)
	if _, err := b.q.Apply(b.Context(), counts); !errors.Is(err, state.ErrStale) {
		b.Fatalf("got %v, want %v", err, state.ErrStale)
	}
	if got := b.sight("b", p); got != id {
		b.Fatalf("got %v, want %v", got, id)
	}
	b.wantStands(id, state.Attached, state.None, "")
	b.check()
}

// namesComeBack: two names of a file vanished with their folders, and one of them counts as deleted. What is back is the name that is waited for.
func namesComeBack(b *bench) {
	for i, places := range [][]string{{"b", "a"}, {"a", "b"}, {"c", "a"}, {"c", "d"}} {
		p := version(uint64(i+1), 100, 10)
		a, early := b.sight("a", p), b.sight("b", p)
		b.apply(a, reserved("asset_1"), sent(10), readyAway())
		b.gone("a", "b")
		b.apply(a, state.CountsAsDeleted())
		for _, place := range places {
			want := early
			if place == "a" || place == "d" {
				want = a
			}
			if got := b.sight(place, p); got != want {
				b.Fatalf("%v: %v is at %s, want %v", places, got, place, want)
			}
		}
		b.wantStands(early, state.Queued, state.None, "")
		if it := b.get(a); it.Away != state.AwayKept {
			b.Fatalf("%v: got %+v", places, it)
		}
		b.gone(places...)
		b.apply(early, state.Skip(state.Rule, ""))
	}
	b.check()
}
