package queuetest

import (
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// away: what turns up where a file counts as deleted.
var away = map[string]func(*bench){
	"CountedAsDeletedAndBackIsNotNew": deletedAndBack,
	"PutWhereOneIsDeletedIsNew":       deletedAndReplaced,
}

// countsAsDeleted is a file that vanished before we could delete it, so that it counts as deleted.
func (b *bench) countsAsDeleted(path string, p state.Fingerprint) state.ID {
	b.Helper()
	id := b.sight(path, p)
	b.apply(id, reserved("asset_1"), sent(10), readyAway())
	b.gone(path)
	b.apply(id, state.FiledAway(state.AwayDeleted, ""))
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

// deletedAndReplaced: what differs in anything was put there, and so is what may be another file with the same stamps.
func deletedAndReplaced(b *bench) {
	for i, put := range []func(*state.Fingerprint){
		func(p *state.Fingerprint) { p.CTime++ },
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
	unsure := state.Fingerprint{MTime: 100, CTime: 100, Size: 10} // no inode that lasts
	id := b.countsAsDeleted("x", unsure)
	if it := b.get(b.sight("x", unsure)); it.ID == id || it.Prev != 0 {
		b.Fatalf("got %+v", it)
	}
}
