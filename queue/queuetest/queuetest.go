package queuetest

import (
	"context"
	"testing"
	"time"

	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// Queue is what the consumers need of a record.
type Queue interface {
	Close() error
	Commits() int64
	Check(ctx context.Context) (queue.Report, error)

	AddRoot(ctx context.Context, name, path string) error
	RenameRoot(ctx context.Context, from, to string) error
	Birth() time.Time
	SetBirth(ctx context.Context, t time.Time) error

	Sight(ctx context.Context, arrivals []queue.Arrival) ([]state.ID, error)
	Known(ctx context.Context, root, dir, after string, n int) ([]queue.Known, error)
	Dirs(ctx context.Context, root, after string, n int) ([]string, error)
	Standing(ctx context.Context, root string, sightings []state.Sighting) ([]queue.Place, error)
	ScanDone(ctx context.Context, root string, began time.Time, settling ...state.Fingerprint) (int, error)
	Lost(ctx context.Context, root string) (int, error)
	Vanished(ctx context.Context, id state.ID) (bool, error)
	Superseded(ctx context.Context, id state.ID) (bool, error)
	Originals(ctx context.Context, id state.ID) ([]state.Item, error)
	RootHasWork(ctx context.Context, root string) (bool, error)

	Claim(ctx context.Context, now time.Time, lane state.Lane, n int) ([]state.Item, time.Time, error)
	Apply(ctx context.Context, c state.Change) (state.Item, error)
	Submit(c state.Change) (state.Item, error)
	Release(id state.ID, until time.Time)
	Holder(ctx context.Context, assetID string) (state.ID, error)
	Lanes() []state.Lane
	Wake() <-chan struct{}
	Claimed(id state.ID) bool
	Active() map[string]int

	Get(ctx context.Context, id state.ID) (state.Item, error)
	Find(ctx context.Context, root string, path state.Path) (queue.Found, error)
	List(ctx context.Context, query queue.Query, after string, n int) ([]state.Item, string, error)
	Counts(ctx context.Context) (map[string]queue.Counts, error)
	NextDue(ctx context.Context, now time.Time) (time.Time, bool, error)
	Forget(ctx context.Context, id state.ID, tombstone bool) error
	Pause(ctx context.Context, root string, until time.Time) error
	Resume(ctx context.Context, root string) error
}

var _ Queue = (*queue.Queue)(nil)

// Opener opens the record that lives in dir, or makes one. Opening a directory again after Close must find everything that was acknowledged.
type Opener func(t testing.TB, dir string, observer state.Observer) Queue

// Run runs the suite.
func Run(t *testing.T, open Opener) {
	for _, group := range []map[string]func(*bench){intake, wanting, away, moves, vanishing, renames, links, names, work, claims, views, random} {
		for name, test := range group {
			t.Run(name, func(t *testing.T) {
				b := newBench(t, open)
				test(b)
				b.check()
			})
		}
	}
}

// start is when every test begins. Nothing here reads a clock.
var start = time.Date(2026, 3, 1, 12, 0, 0, 1_000, time.UTC) // times are kept to the microsecond

// lane is the lane of small files of the root every test has.
var lane = state.Lane{Root: "inbox"}

// bench is one test with its queue.
type bench struct {
	*testing.T
	open Opener
	dir  string
	q    Queue
	now  time.Time
	told []state.Applied
}

func newBench(t *testing.T, open Opener) *bench {
	b := &bench{T: t, open: open, dir: t.TempDir(), now: start}
	b.q = open(t, b.dir, b)
	t.Cleanup(func() {
		if err := b.q.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	b.must(b.q.AddRoot(b.Context(), "inbox", "/srv/inbox"))
	b.must(b.q.AddRoot(b.Context(), "other", "/srv/other"))
	return b
}

// Applied collects; the waiter of a commit is woken after it, so reading told afterwards is no race.
func (b *bench) Applied(a state.Applied) { b.told = append(b.told, a) }

// Noticed is not looked at.
func (b *bench) Noticed(state.Notice) {}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// reopen is a restart: claims are gone, the rest is not.
func (b *bench) reopen() {
	b.Helper()
	b.must(b.q.Close())
	b.q = b.open(b.T, b.dir, b)
}

func (b *bench) check() {
	b.Helper()
	r, err := b.q.Check(b.Context())
	if err != nil {
		b.Errorf("check: %v", err)
	}
	for _, p := range r.Problems {
		b.Errorf("check: %s", p)
	}
	counts, err := b.q.Counts(b.Context())
	b.must(err)
	for root, c := range counts {
		if c.Seen != c.Waiting+c.Ready+c.Failed+c.Skipped {
			b.Errorf("root %q: seen %d is not the sum of %+v", root, c.Seen, c)
		}
	}
}

// version is a file's fingerprint: the same inode with another stamp is another version.
func version(inode uint64, stamp, size int64) state.Fingerprint {
	return state.Fingerprint{Inode: inode, Born: int64(inode) * 10, MTime: stamp, CTime: stamp, Size: size}
}

func (b *bench) arrival(path string, print state.Fingerprint) queue.Arrival {
	return queue.Arrival{Sighting: state.Sighting{Root: "inbox", Path: state.Path(path), Print: print, At: b.now},
		To: state.Destination{Workspace: "ws_a", Folder: "in"}}
}

func (b *bench) sightAll(arrivals ...queue.Arrival) []state.ID {
	b.Helper()
	ids, err := b.q.Sight(b.Context(), arrivals)
	b.must(err)
	if len(ids) != len(arrivals) {
		b.Fatalf("%d ids for %d arrivals", len(ids), len(arrivals))
	}
	return ids
}

func (b *bench) sight(path string, print state.Fingerprint) state.ID {
	b.Helper()
	return b.sightAll(b.arrival(path, print))[0]
}

func (b *bench) gone(paths ...string) {
	b.Helper()
	for _, path := range paths {
		a := b.arrival(path, state.Fingerprint{})
		a.Gone = true
		b.sightAll(a)
	}
}

func (b *bench) get(id state.ID) state.Item {
	b.Helper()
	it, err := b.q.Get(b.Context(), id)
	b.must(err)
	return it
}

// apply moves a row by outcomes, each on disk before the next.
func (b *bench) apply(id state.ID, outcomes ...state.Outcome) state.Item {
	b.Helper()
	it := b.get(id)
	for _, o := range outcomes {
		var err error
		it, err = b.q.Apply(b.Context(), b.change(it, o))
		b.must(err)
	}
	return it
}

func (b *bench) change(it state.Item, o state.Outcome) state.Change {
	return state.Change{ID: it.ID, Rev: it.Rev, At: b.now, Outcome: o}
}

// done sights a file and takes it to done, as asset_1.
func (b *bench) done(path string, print state.Fingerprint) state.ID {
	b.Helper()
	id := b.sight(path, print)
	b.apply(id, reserved("asset_1"), sent(10), ready())
	return id
}

// claim expects exactly these rows.
func (b *bench) claim(want ...state.ID) []state.Item {
	b.Helper()
	items, _, err := b.q.Claim(b.Context(), b.now, lane, len(want)+1)
	b.must(err)
	got := make([]state.ID, len(items))
	for i, it := range items {
		got[i] = it.ID
	}
	if len(got) != len(want) {
		b.Fatalf("claimed %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			b.Fatalf("claimed %v, want %v", got, want)
		}
	}
	return items
}

var (
	digest = [32]byte{1, 2, 3}
	bodyTo = state.Destination{Workspace: "ws_a", Folder: "in", Name: "a.png", Type: "image/png"}
)

func reserved(asset string) state.Outcome { return state.IsReserved(asset, bodyTo) }
func sent(size int64) state.Outcome       { return state.Sent(digest, size) }
func ready() state.Outcome                { return state.IsReady("https://x/y", start, true, state.Work{}) }
func readyAway() state.Outcome {
	return state.IsReady("https://x/y", start, true, state.Work{Away: true})
}

func (b *bench) wantStands(id state.ID, phase state.Phase, halt state.Halt, reason state.Reason) {
	b.Helper()
	if it := b.get(id); it.Phase != phase || it.Halt != halt || it.Reason != reason {
		b.Fatalf("%v stands at %v %v (%s), want %v %v (%s)", id, it.Phase, it.Halt, it.Reason, phase, halt, reason)
	}
}

func (b *bench) wantCounts(want queue.Counts) {
	b.Helper()
	counts, err := b.q.Counts(b.Context())
	b.must(err)
	got := counts["inbox"]
	got.LastSeenAt, got.LastReadyAt, got.OldestWaitingAt = time.Time{}, time.Time{}, time.Time{}
	if got != want {
		b.Fatalf("counts %+v, want %+v", got, want)
	}
}
