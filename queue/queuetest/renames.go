package queuetest

import (
	"fmt"
	"slices"

	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// renames: a file that turns up at another path before anybody saw its old path without it.
var renames = map[string]func(*bench){
	"StandingIsAskedByIdentity":              standingElsewhere,
	"StandingKnowsVersionsAndNames":          standingNewest,
	"GoneOfAnotherFileIsNothing":             goneOther,
	"RenamedWhileClaimedAndItsPathRetaken":   renamedDriven,
	"TouchedInPlaceIsSuspectedOfTheLast":     touchedInPlace,
	"RenamedAndTouchedIsADoubt":              renamedTouched,
	"ADoubtIsKeptWhenTheFileIsRenamed":       renamedDoubt,
	"RenamedAndTouchedOntoAQueuedOneOfASize": renamedOnto,
	"FolderRenamedWithANewFileInIt":          renamedFolder,
	"FolderRenamedInPartsWithANewFileInIt":   renamedInParts,
}

func (b *bench) standing(path string, p state.Fingerprint) (paths []string) {
	b.Helper()
	places, err := b.q.Standing(b.Context(), "inbox", []state.Sighting{{Root: "inbox", Path: "other", Gone: true}, b.arrival(path, p).Sighting})
	b.must(err)
	for _, place := range places {
		if place.Of != 1 || place.Print.Inode != p.Inode {
			b.Fatalf("got %+v", place)
		}
		paths = append(paths, string(place.Path))
	}
	slices.Sort(paths)
	return paths
}

func (b *bench) wantStanding(path string, p state.Fingerprint, want ...string) {
	b.Helper()
	if got := b.standing(path, p); !slices.Equal(got, want) {
		b.Fatalf("%s may be %q, want %q", path, got, want)
	}
}

// goneFrom says that this very file does not stand there any more.
func (b *bench) goneFrom(path string, p state.Fingerprint) {
	b.Helper()
	a := b.arrival(path, p)
	a.Gone = true
	b.sightAll(a)
}

func standingElsewhere(b *bench) {
	p := version(1, 100, 10)
	id := b.sight("a", p)
	renamed := p
	renamed.CTime = 999
	b.wantStanding("b", renamed, "a")
	touched, grown, other := renamed, renamed, version(2, 100, 10)
	touched.MTime = 999
	grown.Size = 11
	b.wantStanding("b", touched, "a")
	b.wantStanding("b", grown)
	b.wantStanding("b", other)
	b.wantStanding("a", p) // known, and nothing to ask
	b.wantStanding("a", renamed)
	if places, err := b.q.Standing(b.Context(), "unknown", []state.Sighting{b.arrival("b", p).Sighting}); err != nil || len(places) != 0 {
		b.Fatalf("of an unknown root: %v, %v", places, err)
	}
	b.gone("a")
	b.wantStanding("b", renamed) // known to be gone: nobody needs to look
	if got := b.sight("b", renamed); got != id {
		b.Fatalf("got %v, want %v", got, id)
	}
	b.wantStanding("c", renamed, "b")
	b.apply(id, reserved("asset_1"), sent(10), readyAway(), state.FiledAway(state.AwayDeleted, ""))
	b.wantStanding("c", renamed) // what we took away stands nowhere
}

func standingNewest(b *bench) {
	first := version(1, 100, 10)
	b.apply(b.sight("a", first), reserved("asset_1"), sent(10), ready())
	second := version(1, 200, 10) // rewritten in place
	b.sight("a", second)
	b.sight("b", second) // and a second name
	b.wantStanding("c", second, "a", "b")
	b.reopen()
	b.wantStanding("c", second, "a", "b")
}

func goneOther(b *bench) {
	p := version(1, 100, 10)
	b.sight("a", p)
	b.goneFrom("a", version(2, 100, 10))
	if f, err := b.q.Find(b.Context(), "inbox", "a"); err != nil || f.Gone {
		b.Fatalf("got %+v, %v", f, err)
	}
	b.goneFrom("a", p)
	if f, err := b.q.Find(b.Context(), "inbox", "a"); err != nil || !f.Gone {
		b.Fatalf("got %+v, %v", f, err)
	}
}

func renamedDriven(b *bench) {
	p := version(1, 100, 10)
	id := b.sight("a", p)
	it := b.claim(id)[0]
	it, err := b.q.Submit(b.change(it, reserved("asset_1")))
	b.must(err)
	fresh := b.sight("a", version(2, 100, 20)) // mv a b; write a, while a is being sent
	p.CTime = 999
	if got := b.sight("b", p); got != id {
		b.Fatalf("got %v, want %v", got, id)
	}
	it, err = b.q.Apply(b.Context(), b.change(it, sent(10)))
	b.must(err)
	if it.Path != "b" || it.Phase != state.Uploaded {
		b.Fatalf("got %+v", it)
	}
	if f, err := b.q.Find(b.Context(), "inbox", "a"); err != nil || f.Item.ID != fresh {
		b.Fatalf("a stands at %v, %v, want %v", f.Item.ID, err, fresh)
	}
	b.q.Release(id, b.now)
}

func renamedTouched(b *bench) {
	p := version(1, 100, 10)
	id := b.done("a", p)
	b.goneFrom("a", p)
	p.MTime = 200
	doubt := b.sight("b", p)
	if it := b.get(doubt); doubt == id || it.Prev != id {
		b.Fatalf("got %v of %v, want another row, suspected of %v", doubt, it.Prev, id)
	}
	b.apply(doubt, state.SameAs(id))
	if it := b.get(id); it.Path != "b" || it.Print != p || it.Phase != state.Done {
		b.Fatalf("got %+v", it)
	}
}

func renamedDoubt(b *bench) {
	p := version(1, 100, 10)
	id := b.done("a", p)
	p.MTime = 200
	doubt := b.sight("a", p)                   // touched
	fresh := b.sight("a", version(2, 100, 20)) // renamed, and its path taken by another, which is seen first
	b.wantStands(doubt, state.Queued, state.Skipped, state.Changed)
	p.CTime = 300
	again := b.sight("b", p)
	if it := b.get(again); it.Prev != id || again == fresh {
		b.Fatalf("%v is suspected of %v, want %v", again, it.Prev, id)
	}
	b.apply(again, state.SameAs(id))
	if it := b.get(id); it.Path != "b" {
		b.Fatalf("got %+v", it)
	}
}

func renamedOnto(b *bench) {
	p := version(1, 100, 10)
	id := b.done("a", p)
	queued := b.sight("b", version(2, 100, 10))
	b.gone("a")
	p.MTime = 200
	if doubt := b.sight("b", p); doubt == queued || b.get(doubt).Prev != id {
		b.Fatalf("got %v of %v, want another row than %v, suspected of %v", doubt, b.get(doubt).Prev, queued, id)
	}
}

func touchedInPlace(b *bench) {
	first := version(1, 100, 10)
	b.apply(b.sight("a", first), reserved("asset_1"), sent(10), ready())
	second := version(1, 200, 10) // rewritten in place, and again before it was sent
	b.apply(b.sight("a", second), state.Skip(state.Changed, ""))
	third := version(1, 300, 10)
	id := b.sight("a", third)
	b.apply(id, reserved("asset_3"), sent(10), ready())
	third.MTime = 400
	if doubt := b.get(b.sight("a", third)); doubt.Prev != id {
		b.Fatalf("%v is suspected of %v, want %v", doubt.ID, doubt.Prev, id)
	}
}

// folder is more files than the indexes keep in one page, with even inodes.
const folder = 600

// folderOf sights a folder's files, and returns their rows.
func (b *bench) folderOf(name string) []state.ID {
	b.Helper()
	return b.sightAll(b.filesOf(name, 1, folder)...)
}

// filesOf are the files of a folder from one number to another.
func (b *bench) filesOf(name string, from, to uint64) (files []queue.Arrival) {
	for n := from; n <= to; n++ {
		files = append(files, b.arrival(fmt.Sprintf("%s/%03d", name, n), version(2*n, 100, 10)))
	}
	return files
}

func goneAll(files []queue.Arrival) []queue.Arrival {
	for i := range files {
		files[i].Gone, files[i].Print = true, state.Fingerprint{}
	}
	return files
}

func renamedFolder(b *bench) {
	want := b.folderOf("old")
	batch := append(goneAll(b.filesOf("old", 1, folder)), b.arrival("new/000", version(9999, 100, 10)))
	got := b.sightAll(append(batch, b.filesOf("new", 1, folder)...)...)
	if got := got[folder+1:]; !slices.Equal(got, want) {
		b.Fatalf("got %v, want %v", got, want)
	}
	if _, err := b.q.Get(b.Context(), got[folder]); err != nil {
		b.Fatalf("the new file: %v", err)
	}
}

// renamedInParts: what is new is looked for where the files before it have left their pages empty, and after all of them have.
func renamedInParts(b *bench) {
	want := b.folderOf("old")
	b.sightAll(goneAll(b.filesOf("old", 1, folder))...)
	batch := append(b.filesOf("new", 200, 400), b.arrival("new/between", version(801, 100, 10)))
	batch = append(append(batch, b.filesOf("new", 1, 199)...), b.filesOf("new", 401, folder)...)
	got := b.sightAll(append(batch, b.arrival("new/last", version(9999, 100, 10)))...)
	if slices.Contains(want, got[201]) || slices.Contains(want, got[folder+1]) {
		b.Fatalf("new files took rows: %v, %v", got[201], got[folder+1])
	}
	got = slices.Concat(got[202:401], got[:201], got[401:folder+1])
	if !slices.Equal(got, want) {
		b.Fatalf("got %v, want %v", got, want)
	}
}
