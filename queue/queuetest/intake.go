package queuetest

import (
	"errors"
	"slices"
	"time"

	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// intake: what a sighting does at its own path.
var intake = map[string]func(*bench){
	"UnchangedFileMakesNoCommit":          unchanged,
	"UnknownRootIsRefusedWhole":           unknownRoot,
	"NewVersionSkipsTheOlder":             newVersion,
	"NewVersionLeavesAClaimedOne":         newVersionClaimed,
	"ChangedAndBackIsTakenAgain":          changedAndBack,
	"NewVersionLeavesASubmittedOne":       newVersionSubmitted,
	"CtimeOnlyRestampsInPlace":            ctimeOnly,
	"DoubtRestampsAQueuedRow":             doubtQueued,
	"NewStampsEndALocalWait":              stampsEndLocalWait,
	"NewVersionAfterUploadSuspectsSame":   afterUpload,
	"NewVersionOfAFailedOneUnfailsIt":     afterFailed,
	"VersionBeforeTheSkippedIsSuspected":  chainOfPrev,
	"AfterFilingAwayWhateverAppearsIsNew": afterAway,
	"BornSkippedWithReason":               bornSkipped,
	"IgnoreChangeKeepsTheReadyOne":        ignoreChange,
	"MarkIsKnownWithoutARow":              mark,
	"MarkIsKnownOnAnotherDisk":            markOnAnotherDisk,
	"NamedOverrulesMarkAndRule":           named,
	"URLHasNoPath":                        url,
	"BytesThatAreNotUTF8ComeBack":         notUTF8,
	"RootsKeepTheirHistory":               roots,
	"BirthIsSetOnce":                      birth,
}

func unchanged(b *bench) {
	p := version(1, 100, 10)
	id := b.sight("d/a", p)
	before := b.q.Commits()
	if again := b.sight("d/a", p); again != id {
		b.Fatalf("got %v, want %v", again, id)
	}
	if b.q.Commits() != before {
		b.Fatal("an unchanged file made a commit")
	}
	if len(b.told) != 1 || b.told[0].Before.ID != 0 || b.told[0].After.ID != id {
		b.Fatalf("told %+v, want one birth", b.told)
	}
}

func unknownRoot(b *bench) {
	bad := b.arrival("b", version(2, 1, 1))
	bad.Root = "nobody"
	if _, err := b.q.Sight(b.Context(), []queue.Arrival{b.arrival("a", version(1, 1, 1)), bad}); !errors.Is(err, queue.ErrRootUnknown) {
		b.Fatalf("got %v", err)
	}
	b.wantCounts(queue.Counts{})
}

func newVersion(b *bench) {
	old := b.sight("a", version(1, 100, 10))
	id := b.sight("a", version(1, 200, 11))
	if id == old {
		b.Fatal("the same row")
	}
	b.wantStands(old, state.Queued, state.Skipped, state.Changed)
	b.wantCounts(queue.Counts{Seen: 2, Waiting: 1, Skipped: 1})
	b.claim(id)
}

func newVersionClaimed(b *bench) {
	old := b.sight("a", version(1, 100, 10))
	it := b.claim(old)[0]
	id := b.sight("a", version(1, 200, 11))
	b.wantStands(old, state.Queued, state.None, "")
	b.must(second(b.q.Apply(b.Context(), b.change(it, state.Skip(state.Changed, "")))))
	b.q.Release(old, time.Time{})
	b.claim(id)
	if f, err := b.q.Find(b.Context(), "inbox", "a"); err != nil || f.Item.ID != id {
		b.Fatalf("the path stands at %v, %v, want %v", f.Item.ID, err, id)
	}
}

// changedAndBack: whoever opened the file found another one, and nobody else saw that: two folders changed places, and back, which moves no stamp of the file.
func changedAndBack(b *bench) {
	was := b.sight("d/a", version(1, 100, 10))
	b.apply(b.claim(was)[0].ID, state.Skip(state.Changed, ""))
	b.q.Release(was, time.Time{})
	known, err := b.q.Known(b.Context(), "inbox", "d", "", 10)
	b.must(err)
	if len(known) != 1 || known[0].Gone || known[0].Sum == version(1, 100, 10).Sum() {
		b.Errorf("known %+v: no scan would look at it", known)
	}
	id := b.sight("d/a", version(1, 100, 10))
	if id == was {
		b.Fatal("the same row, which nobody uploads")
	}
	b.wantCounts(queue.Counts{Seen: 2, Waiting: 1, Skipped: 1})
	b.claim(id)
	if again := b.sight("d/a", version(1, 100, 10)); again != id {
		b.Errorf("seen once more it is %v, want %v", again, id)
	}
}

func newVersionSubmitted(b *bench) {
	old := b.sight("a", version(1, 100, 10))
	it := b.claim(old)[0]
	_, err := b.q.Submit(b.change(it, reserved("asset_1")))
	b.must(err)
	b.sight("a", version(1, 200, 11))
	b.apply(old, sent(10), ready())
	b.q.Release(old, time.Time{})
	b.wantStands(old, state.Done, state.None, "")
}

func ctimeOnly(b *bench) {
	p := version(1, 100, 10)
	id := b.sight("a", p)
	b.claim(id)
	rev := b.get(id).Rev
	p.CTime++
	if again := b.sight("a", p); again != id {
		b.Fatalf("got %v, want %v", again, id)
	}
	if it := b.get(id); it.Print != p || it.Rev != rev {
		b.Fatalf("got %+v", it)
	}
	b.apply(id, reserved("asset_1"))
}

// stampsEndLocalWait: what this machine could not do with a file is tried again when its stamps change; what waits for FLORA waits on.
func stampsEndLocalWait(b *bench) {
	p, q := version(1, 100, 10), version(2, 100, 10)
	local, passing := b.sight("a", p), b.sight("b", q)
	b.apply(local, state.Later(b.now.Add(time.Minute), &state.Fault{Class: state.Local, Code: "EACCES", At: b.now}))
	b.apply(passing, state.Later(b.now.Add(time.Minute), &state.Fault{Class: state.Passing, Code: "x", At: b.now}))
	b.claim()
	p.CTime++
	q.CTime++
	b.sight("a", p)
	b.sight("b", q)
	b.claim(local)
	b.reopen()
	b.claim(local)
	b.now = b.now.Add(time.Minute)
	b.claim(passing)
}

func doubtQueued(b *bench) {
	id := b.sight("a", version(1, 100, 10))
	p := version(2, 200, 10)
	if again := b.sight("a", p); again != id || b.get(id).Print != p {
		b.Fatalf("got %v %+v", again, b.get(id).Print)
	}
	b.wantCounts(queue.Counts{Seen: 1, Waiting: 1})
	b.apply(id, reserved("asset_1"))
	next := b.sight("a", version(3, 300, 10))
	b.wantStands(id, state.Reserved, state.Skipped, state.Changed)
	b.claim(next)
}

func afterUpload(b *bench) {
	old := b.sight("a", version(1, 100, 10))
	b.apply(old, reserved("asset_1"), sent(10), ready())
	it := b.get(b.sight("a", version(2, 200, 10)))
	if it.Prev != old || !slices.Equal(it.Previous, []string{"asset_1"}) {
		b.Fatalf("got %+v", it)
	}
	b.wantStands(old, state.Done, state.None, "")
}

func afterFailed(b *bench) {
	old := b.sight("a", version(1, 100, 10))
	b.apply(old, state.Fail("boom", &state.Fault{Class: state.Lasting}))
	b.wantCounts(queue.Counts{Seen: 1, Failed: 1})
	id := b.sight("a", version(1, 200, 10))
	b.wantStands(old, state.Queued, state.Skipped, state.Changed)
	b.wantCounts(queue.Counts{Seen: 2, Waiting: 1, Skipped: 1})
	b.claim(id)
}

func chainOfPrev(b *bench) {
	first := b.sight("a", version(1, 100, 10))
	b.apply(first, reserved("asset_1"), sent(10), ready())
	b.sight("a", version(1, 200, 99))
	if it := b.get(b.sight("a", version(1, 300, 10))); it.Prev != first {
		b.Fatalf("suspects %v, want %v", it.Prev, first)
	}
}

func afterAway(b *bench) {
	p := version(1, 100, 10)
	old := b.sight("a", p)
	b.apply(old, reserved("asset_1"), sent(10), readyAway(), state.FiledAway(state.AwayDeleted, ""))
	b.gone("a")
	it := b.get(b.sight("a", p))
	if it.ID == old || it.Prev != 0 || !slices.Equal(it.Previous, []string{"asset_1"}) {
		b.Fatalf("got %+v", it)
	}
	other := b.get(b.sight("b", p))
	if other.ID == old {
		b.Fatal("a file that we deleted was found as a moved one")
	}
}

func bornSkipped(b *bench) {
	a := b.arrival("a", version(1, 100, 0))
	a.Skip, a.Message = state.Size, "it is empty"
	id := b.sightAll(a)[0]
	b.wantStands(id, state.Queued, state.Skipped, state.Size)
	if f := b.get(id).Fault; f == nil || f.Message != "it is empty" {
		b.Fatalf("fault %+v", f)
	}
	b.claim()
	filled := b.sight("a", version(1, 200, 10))
	b.wantCounts(queue.Counts{Seen: 2, Waiting: 1, Skipped: 1})
	b.claim(filled)
}

func ignoreChange(b *bench) {
	again := func(stamp int64) state.ID {
		a := b.arrival("a", version(1, stamp, 10))
		a.IgnoreChange = true
		return b.sightAll(a)[0]
	}
	first := again(100)
	b.apply(first, reserved("asset_1"), sent(10), ready())
	for stamp := int64(200); stamp < 205; stamp++ {
		b.wantStands(again(stamp), state.Queued, state.Skipped, state.Rule)
	}
	b.claim()
}

func mark(b *bench) {
	p := version(1, 100, 10)
	a := b.arrival("a", p)
	a.Mark = true
	if id := b.sightAll(a)[0]; id != 0 {
		b.Fatalf("a mark has row %v", id)
	}
	if f, err := b.q.Find(b.Context(), "inbox", "a"); err != nil || !f.Known || !f.Mark || f.Gone {
		b.Fatalf("found %+v, %v", f, err)
	}
	if id := b.sight("a", p); id != 0 {
		b.Fatal("an unchanged mark was taken")
	}
	p.CTime++
	if id := b.sight("a", p); id != 0 {
		b.Fatal("a chmod made a marked file wanted")
	}
	b.gone("a")
	p.CTime++
	if id := b.sight("moved", p); id != 0 {
		b.Fatal("a rename made a marked file wanted")
	}
	if id := b.sight("moved", version(1, 200, 11)); id == 0 {
		b.Fatal("a marked file that was written anew is not taken")
	}
}

// markOnAnotherDisk: a folder of ignored files is copied with its times, or mounted with other inodes; what was written to since is another matter.
func markOnAnotherDisk(b *bench) {
	for _, path := range []string{"copied", "written"} {
		a := b.arrival(path, version(1, 100, 10))
		a.Mark = true
		b.sightAll(a)
	}
	b.gone("copied")
	copied := version(7, 100, 10)
	copied.CTime = 900
	if id := b.sight("copied", copied); id != 0 {
		b.Errorf("the copy of an ignored file has row %v", id)
	}
	if f, err := b.q.Find(b.Context(), "inbox", "copied"); err != nil || !f.Mark || f.Gone {
		b.Errorf("found %+v, %v", f, err)
	}
	if id := b.sight("written", version(8, 200, 10)); id == 0 {
		b.Error("another file at the path of an ignored one is ignored, too")
	}
	b.wantCounts(queue.Counts{Seen: 1, Waiting: 1})
}

func named(b *bench) {
	p := version(1, 100, 10)
	a := b.arrival("a", p)
	a.Mark = true
	b.sightAll(a)
	byHand := func(path string, p state.Fingerprint) state.ID {
		a := b.arrival(path, p)
		a.Named = true
		return b.sightAll(a)[0]
	}
	if byHand("a", p) == 0 {
		b.Fatal("a marked file named by hand is not taken")
	}
	rule := b.arrival("b", version(2, 100, 10))
	rule.Skip = state.Rule
	skipped := b.sightAll(rule)[0]
	id := byHand("b", version(2, 100, 10))
	if id == skipped || !b.get(id).Named {
		b.Fatalf("got %v %+v", id, b.get(id))
	}
	if again := byHand("b", version(2, 100, 10)); again != id {
		b.Fatalf("named twice: got %v, want %v", again, id)
	}
}

func url(b *bench) {
	a := queue.Arrival{Sighting: state.Sighting{At: b.now}, URL: "https://u:p@x/y.png?sig=1", To: bodyTo}
	id := b.sightAll(a)[0]
	items, _, err := b.q.Claim(b.Context(), b.now, state.Lane{}, 2)
	b.must(err)
	if len(items) != 1 || items[0].ID != id || items[0].URL != a.URL {
		b.Fatalf("claimed %+v", items)
	}
	it := b.apply(id, state.Intent(bodyTo), state.Created("asset_1"))
	if it.URL != "https://x/y.png" {
		b.Fatalf("still holds %s", it.URL)
	}
	if list, _, err := b.q.List(b.Context(), queue.Query{}, "", 9); err != nil || len(list) != 1 || list[0].ID != id {
		b.Fatalf("listed %+v, %v", list, err)
	}
}

func notUTF8(b *bench) {
	names := []string{"d\xff/\xfe\n\"\\", "d\xff/z", "plain", "ä/ö", "d\xff/\x01"}
	for i, name := range names {
		b.sight(name, version(uint64(i+1), 1, 1))
	}
	b.reopen()
	for _, name := range names {
		f, err := b.q.Find(b.Context(), "inbox", state.Path(name))
		if err != nil || string(f.Item.Path) != name {
			b.Fatalf("%q came back as %q, %v", name, f.Item.Path, err)
		}
	}
	known, err := b.q.Known(b.Context(), "inbox", "d\xff", "", 9)
	b.must(err)
	got := make([]string, len(known))
	for i, k := range known {
		got[i] = k.Name
	}
	if !slices.Equal(got, []string{"\x01", "z", "\xfe\n\"\\"}) {
		b.Fatalf("known %q", got)
	}
}

func roots(b *bench) {
	id := b.sight("a", version(1, 1, 1))
	if err := b.q.AddRoot(b.Context(), "new", "/srv/inbox"); !errors.Is(err, queue.ErrRootRenamed) {
		b.Fatalf("got %v", err)
	}
	b.must(b.q.AddRoot(b.Context(), "inbox", "/mnt/inbox"))
	b.must(b.q.RenameRoot(b.Context(), "inbox", "new"))
	b.reopen()
	b.must(b.q.AddRoot(b.Context(), "new", "/mnt/inbox"))
	if it := b.get(id); it.Root != "new" {
		b.Fatalf("the row is of root %q", it.Root)
	}
	if err := b.q.RenameRoot(b.Context(), "new", "other"); !errors.Is(err, queue.ErrRootExists) {
		b.Fatalf("got %v", err)
	}
}

func birth(b *bench) {
	b.must(b.q.SetBirth(b.Context(), start))
	b.must(b.q.SetBirth(b.Context(), start.Add(time.Hour)))
	b.reopen()
	if !b.q.Birth().Equal(start) {
		b.Fatalf("got %v", b.q.Birth())
	}
}

func second[T any](_ T, err error) error { return err }
