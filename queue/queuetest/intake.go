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
