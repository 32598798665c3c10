package queuetest

import (
	"errors"
	"slices"
	"time"

	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// links: a file with several names. Each name is a file of its own, and its row goes elsewhere only when its place was seen without the file.
var links = map[string]func(*bench){
	"NamesThatChangePlacesKeepTheirRows":     linksSwapped,
	"RenamedAndTouchedBesideAnotherName":     linksTouched,
	"ARowIsNotTakenFromWhereItsFileStands":   linksFolded,
	"MovedOverByAnotherIsFoundAgain":         movedOverReady,
	"ADoubtIsComparedWithARowThatMayTakeIt":  linksOriginal,
	"ANameThatWasNeverUploadedHidesNoOther":  linksHidden,
	"ANameThatWaitsMayBeTheOneThatIsGone":    linksWaiting,
	"ASecondNameIsNotTheFirstOneThatIsGone":  linksGone,
	"ASecondNameOfAQueuedFileIsARowOfItsOwn": linksQueued,
}

// named uploads a file of one version under each of the names.
func (b *bench) named(p state.Fingerprint, names ...string) (ids []state.ID) {
	b.Helper()
	for _, name := range names {
		id := b.sight(name, p)
		b.apply(id, reserved("asset_"+name), sent(p.Size), ready())
		ids = append(ids, id)
	}
	return ids
}

// at wants a row to be the newest of a path.
func (b *bench) at(path string, want state.ID) {
	b.Helper()
	if f, err := b.q.Find(b.Context(), "inbox", state.Path(path)); err != nil || f.Item.ID != want || f.Gone {
		b.Fatalf("%s stands at %v (gone %v), %v, want %v", path, f.Item.ID, f.Gone, err, want)
	}
}

// mayBe wants the rows that one is compared with.
func (b *bench) mayBe(of state.ID, ids ...state.ID) {
	b.Helper()
	items, err := b.q.Originals(b.Context(), of)
	b.must(err)
	if !slices.EqualFunc(items, ids, func(it state.Item, id state.ID) bool { return it.ID == id }) {
		b.Fatalf("%v may be %+v, want %v", of, items, ids)
	}
}

func linksSwapped(b *bench) {
	p := version(1, 100, 10)
	ids := b.named(p, "a", "b")
	p.CTime = 999 // mv a c; mv b a
	missing := b.arrival("b", state.Fingerprint{})
	missing.Gone = true
	got := b.sightAll(b.arrival("a", p), b.arrival("c", p), missing)
	if it := b.get(got[1]); it.Prev != ids[1] {
		b.Fatalf("c is suspected of %v, want %v, which stood at b", it.Prev, ids[1])
	}
	b.apply(got[0], state.SameAs(ids[0]))
	b.apply(got[1], state.SameAs(ids[1]))
	b.at("a", ids[0])
	b.at("c", ids[1])
}

func linksTouched(b *bench) {
	p := version(1, 100, 10)
	ids := b.named(p, "a", "b")
	b.gone("a") // touch a; mv a c; b is looked at later
	p.MTime, p.CTime = 200, 999
	doubt := b.sight("c", p)
	if it := b.get(doubt); it.Prev != ids[0] {
		b.Fatalf("c is suspected of %v, want %v", it.Prev, ids[0])
	}
	b.apply(doubt, state.SameAs(ids[0]))
	b.at("c", ids[0])
	b.at("b", ids[1])
}

func linksFolded(b *bench) {
	p := version(1, 100, 10)
	id := b.named(p, "a")[0]
	b.gone("a") // touch a; mv a b; ln b c
	p.MTime, p.CTime = 200, 999
	first, second := b.sight("b", p), b.sight("c", p)
	b.apply(first, state.SameAs(id))
	it := b.get(second)
	if it.Prev != id {
		b.Fatalf("c is suspected of %v, want %v", it.Prev, id)
	}
	if _, err := b.q.Apply(b.Context(), b.change(it, state.SameAs(id))); !errors.Is(err, queue.ErrOther) {
		b.Fatalf("got %v, want %v", err, queue.ErrOther)
	}
	b.at("b", id)
	b.at("c", second)
}

func linksOriginal(b *bench) {
	p, want := version(1, 100, 10), b.mayBe
	id := b.named(p, "a")[0]
	want(id)
	p.MTime = 200
	touched := b.sight("a", p)
	want(touched, id)
	b.apply(touched, state.SameAs(id))
	b.gone("a")
	p.MTime = 300
	moved := b.sight("b", p)
	want(moved, id)
	other := b.sight("c", p)
	want(other, id)
	b.apply(moved, state.SameAs(id))
	want(other) // its file stands at b
	b.gone("b")
	want(other, id)
}

func linksGone(b *bench) {
	p := version(1, 100, 10)
	ids := b.named(p, "a", "b")
	b.gone("b")
	p.CTime = 999
	b.apply(b.sight("a", p), state.SameAs(ids[0]))
	b.at("a", ids[0])
	b.comes("c", p, ids[1], true) // ln a c: the row that lost its name has one again
}

func linksHidden(b *bench) {
	p := version(1, 100, 10)
	id := b.named(p, "a")[0]
	p.CTime = 150
	second := b.sight("b", p) // ln a b; rm b: nothing of it was uploaded
	b.gone("b")
	_, err := b.q.ScanDone(b.Context(), "inbox", b.now.Add(time.Hour))
	b.must(err)
	b.wantStands(second, state.Queued, state.Skipped, state.Gone)
	b.gone("a") // mv a c
	p.CTime = 999
	doubt := b.sight("c", p)
	if it := b.get(doubt); it.Prev != id {
		b.Fatalf("c is suspected of %v, want %v", it.Prev, id)
	}
	b.apply(doubt, state.SameAs(id))
	b.at("c", id)
}

// linksWaiting: rm a; mv b d; touch d looks like rm b; mv a d; touch d.
func linksWaiting(b *bench) {
	p := version(1, 100, 10)
	id := b.named(p, "a")[0]
	p.CTime = 150
	waits := b.sight("b", p)
	b.gone("a", "b")
	p.MTime, p.CTime = 200, 999
	doubt := b.sight("d", p)
	if doubt == waits {
		b.Fatal("what was touched since is the version before")
	}
	b.mayBe(doubt, id)
	p.MTime, p.CTime = 300, 1999
	if again := b.sight("d", p); again != doubt {
		b.Fatalf("touched again it is %v, want %v", again, doubt)
	}
	b.mayBe(doubt, id)
	b.apply(doubt, state.SameAs(id))
	b.at("d", id)
}

func linksQueued(b *bench) {
	p := version(1, 100, 10)
	first := b.sight("a", p)
	p.CTime = 999
	second := b.sight("b", p)
	if first == second {
		b.Fatal("two names have one row")
	}
	if got := b.sight("a", p); got != first {
		b.Fatalf("a is %v, want %v", got, first)
	}
	b.claim(first, second)
}

func movedOverReady(b *bench) {
	first, second := version(1, 100, 10), version(2, 100, 10)
	ids := append(b.named(first, "a"), b.named(second, "b")...)
	b.gone("b") // mv a c; mv b a: a is looked at before c
	first.CTime, second.CTime = 999, 999
	b.comes("a", second, ids[1], true)
	b.comes("c", first, ids[0], true)
	b.at("a", ids[1])
}
