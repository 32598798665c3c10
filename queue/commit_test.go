package queue

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/state"
	bolt "go.etcd.io/bbolt"
)

// TestFailedCommitIsUnknown: whoever waits is told, memory forgets what it foresaw, and the record comes back by itself. The two cases are the two
// things that an error of a commit may mean.
func TestFailedCommitIsUnknown(t *testing.T) {
	for name, landed := range map[string]bool{"NotOnDisk": false, "OnDisk": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := openInbox(t, filepath.Join(t.TempDir(), "queue.db"))
				defer q.Close()
				ids, err := q.Sight(t.Context(), []Arrival{seen("a", 1)})
				if err != nil {
					t.Fatal(err)
				}
				items, _, err := q.Claim(t.Context(), testNow, state.Lane{Root: "inbox"}, 1)
				if err != nil || len(items) != 1 {
					t.Fatal(items, err)
				}
				synctest.Wait()
				fails := 3 // the change, then two tries to write again
				q.commit = func(tx *bolt.Tx) error {
					if fails--; fails < 0 {
						return tx.Commit()
					}
					if landed && fails == 2 {
						if err := tx.Commit(); err != nil {
							return err
						}
					}
					return &os.PathError{Op: "write", Path: "queue.db", Err: syscall.ENOSPC}
				}
				c := state.Change{ID: ids[0], At: testNow, Outcome: state.IsReserved("asset_1", state.Destination{})}
				_, err = q.Apply(t.Context(), c)
				if !errors.Is(err, ErrUnknown) || !errors.Is(err, syscall.ENOSPC) {
					t.Fatalf("got %v", err)
				}
				if q.Claimed(ids[0]) {
					t.Error("the claim outlived the unknown commit")
				}
				synctest.Wait()
				if _, err := q.Submit(c); !errors.Is(err, ErrUnwritable) || !errors.Is(err, syscall.ENOSPC) {
					t.Fatalf("while it cannot be written: got %v", err)
				}
				drain(q)
				time.Sleep(5 * restoreInterval) // fake time
				synctest.Wait()
				select {
				case <-q.Wake():
				default:
					t.Error("nobody was woken")
				}
				items, _, err = q.Claim(t.Context(), testNow, state.Lane{Root: "inbox"}, 1)
				if err != nil || len(items) != 1 {
					t.Fatal(items, err)
				}
				if want := map[bool]uint32{true: 1, false: 0}[landed]; items[0].Rev != want {
					t.Errorf("read revision %d, want %d", items[0].Rev, want)
				}
				if r, err := q.Check(t.Context()); err != nil || !r.OK() {
					t.Errorf("check: %+v, %v", r, err)
				}
			})
		})
	}
}

// TestCommitsTogetherWhatQueuedUp holds the first commit and counts those that follow.
func TestCommitsTogetherWhatQueuedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := openInbox(t, filepath.Join(t.TempDir(), "queue.db"))
		defer q.Close()
		synctest.Wait()
		hold := make(chan struct{})
		q.commit = func(tx *bolt.Tx) error { <-hold; return tx.Commit() }
		before := q.Commits()
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				if _, err := q.Sight(t.Context(), []Arrival{seen(fmt.Sprintf("f%d", i), uint64(i+1))}); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		close(hold)
		wg.Wait()
		if n := q.Commits() - before; n > 2 {
			t.Errorf("%d commits, want at most 2", n)
		}
	})
}

// TestCancelledWaitDoesNotCancelTheChange: the end of a context ends the waiting.
func TestCancelledWaitDoesNotCancelTheChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := openInbox(t, filepath.Join(t.TempDir(), "queue.db"))
		defer q.Close()
		ids, err := q.Sight(t.Context(), []Arrival{seen("a", 1)})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		hold := make(chan struct{})
		q.commit = func(tx *bolt.Tx) error { <-hold; return tx.Commit() }
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err = q.Apply(ctx, state.Change{ID: ids[0], Outcome: state.IsReserved("asset_1", state.Destination{})})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
		close(hold)
		synctest.Wait()
		if it, err := q.Get(t.Context(), ids[0]); err != nil || it.Phase != state.Reserved {
			t.Fatalf("got %v, %v", it.Phase, err)
		}
	})
}

// TestCopyAtAnyCommitIsSound is a crash at every commit: the file as it is on disk then must open, hold what was acknowledged, and pass the check.
func TestCopyAtAnyCommitIsSound(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "queue.db")
	q := openInbox(t, path)
	defer q.Close()
	var copies int
	var want map[state.ID]uint32
	look := func() {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		copies++
		crashed := filepath.Join(dir, fmt.Sprintf("crash%d.db", copies))
		put(t, crashed, b)
		c, err := Open(t.Context(), Options{Path: crashed, NoSync: true})
		if err != nil {
			t.Fatalf("copy %d: %v", copies, err)
		}
		defer c.Close()
		if r, err := c.Check(t.Context()); err != nil || !r.OK() {
			t.Fatalf("copy %d: %+v, %v", copies, r, err)
		}
		for id, rev := range want {
			if it, err := c.Get(t.Context(), id); err != nil || it.Rev < rev {
				t.Fatalf("copy %d: %v at revision %d, %v, acknowledged %d", copies, id, it.Rev, err, rev)
			}
		}
	}
	want = make(map[state.ID]uint32)
	for i := range 15 {
		ids, err := q.Sight(t.Context(), []Arrival{seen(fmt.Sprintf("d/%d", i), uint64(i+1)), seen("same", uint64(1000+i))})
		if err != nil {
			t.Fatal(err)
		}
		look()
		it, err := q.Apply(t.Context(), state.Change{ID: ids[0], Outcome: state.IsReserved("asset_1", state.Destination{})})
		if err != nil {
			t.Fatal(err)
		}
		want[it.ID] = it.Rev
		look()
	}
}

// TestManyAtOnce has workers, intake and readers at the same rows; the race detector and the check are the judges.
func TestManyAtOnce(t *testing.T) {
	q := openInbox(t, filepath.Join(t.TempDir(), "queue.db"))
	defer q.Close()
	const files = 200
	var left atomic.Int64
	left.Store(files)
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for left.Load() > 0 {
				items, _, err := q.Claim(t.Context(), testNow, state.Lane{Root: "inbox"}, 3)
				if err != nil {
					t.Error(err)
					return
				}
				if len(items) == 0 {
					select {
					case <-q.Wake():
					case <-done:
					}
					continue
				}
				for _, it := range items {
					if finish(t, q, it) && left.Add(-1) == 0 {
						close(done)
					}
				}
			}
		})
	}
	wg.Go(func() {
		for i := range files {
			a := seen(fmt.Sprintf("d%d/f%d", i%7, i), uint64(i+1))
			if _, err := q.Sight(t.Context(), []Arrival{a}); err != nil {
				t.Error(err)
			}
			a.Print.CTime = 9
			if _, err := q.Sight(t.Context(), []Arrival{a}); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			if _, _, err := q.List(t.Context(), Query{}, "", 50); err != nil {
				t.Error(err)
			}
			if _, err := q.Counts(t.Context()); err != nil {
				t.Error(err)
			}
			q.Lanes()
		}
	})
	wg.Wait()
	if r, err := q.Check(t.Context()); err != nil || !r.OK() {
		t.Fatalf("check: %+v, %v", r, err)
	}
}

// finish takes a row to done, or finds out that a new version replaces it.
func finish(t *testing.T, q *Queue, it state.Item) bool {
	defer q.Release(it.ID, time.Time{})
	first := it.Prev == 0
	for _, o := range []state.Outcome{state.IsReserved("asset_1", state.Destination{}), state.Sent([32]byte{1}, it.Print.Size),
		state.IsReady("https://x/", testNow, true, state.Work{})} {
		var err error
		if it, err = q.Submit(state.Change{ID: it.ID, Rev: it.Rev, At: testNow, Outcome: o}); err != nil {
			t.Error(err)
			return false
		}
	}
	return first
}
