package queue

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// TestReadersNeverStopTheQueue has everything that reads done beside claims and commits, again and again: a lock that is taken in the wrong order stops
// all of it sooner or later.
func TestReadersNeverStopTheQueue(t *testing.T) {
	now := time.Unix(1_700_000_000, 0).UTC()
	q, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "queue.db"), Create: true, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	if err := q.AddRoot(t.Context(), "a", "/srv/a"); err != nil {
		t.Fatal(err)
	}
	link(t, q, "a", true)
	first := upload(t, q, "a", "a.png", 1, twinTo, isReady())
	gone := state.Sighting{Root: "a", Path: "a.png", Gone: true, At: now}
	if _, err := q.Sight(t.Context(), []Arrival{{Sighting: gone}}); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	lane := state.Lane{Root: "a"}
	fresh := state.Sighting{Root: "a", Path: "x.png", Print: first.Print, At: now}
	calls := map[string]func(i int) error{
		"Sight": func(i int) error {
			print := state.Fingerprint{Inode: uint64(1000 + i), Born: 1, MTime: 2, CTime: 3, Size: 10}
			_, err := q.Sight(ctx, []Arrival{{Sighting: state.Sighting{Root: "a", Path: state.Path(fmt.Sprint(i, ".png")), Print: print, At: now}}})
			return err
		},
		"Claim": func(int) error {
			items, _, err := q.Claim(ctx, now, lane, 1)
			for _, it := range items {
				q.Release(it.ID, time.Time{})
			}
			return err
		},
		"ScanDone": func(int) error { _, err := q.ScanDone(ctx, "a", now); return err },
		"Vanished": func(int) error { _, err := q.Vanished(ctx, first.ID); return err },
		"Standing": func(int) error { _, err := q.Standing(ctx, "a", []state.Sighting{fresh}); return err },
		"Twin":     func(int) error { _, _, err := q.Twin(ctx, 0, 10, [32]byte{1}, "ws_1", "in"); return err },
		"Sharers":  func(int) error { _, err := q.Sharers(ctx, 0, 10, [32]byte{1}, "asset_a.png"); return err },
		"Position": func(int) error { _, _, err := q.Position(ctx, first.ID); return err },
		"Count":    func(int) error { _, err := q.CountStanding(ctx, "a"); return err },
		"Known":    func(int) error { _, err := q.Known(ctx, "a", "", "", 10); return err },
		"Find":     func(int) error { _, err := q.Find(ctx, "a", "a.png"); return err },
		"Get":      func(int) error { _, err := q.Get(ctx, first.ID); return err },
		"Intended": func(int) error { _, err := q.Intended(ctx, 0, "ws_a", "a.png"); return err },
		"Holder":   func(int) error { _, err := q.Holder(ctx, "asset_a.png"); return err },
		"List":     func(int) error { _, _, err := q.List(ctx, Query{All: true}, "", 10); return err },
		"NextDue":  func(int) error { _, _, err := q.NextDue(ctx, now); return err },
		"Counts":   func(int) error { _, err := q.Counts(ctx); return err },
		"The small": func(int) error {
			q.Lanes()
			q.Active()
			q.Trouble()
			q.Roots()
			q.Pauses()
			q.Size()
			return nil
		},
	}
	var all sync.WaitGroup
	end := time.Now().Add(2 * time.Second)
	for name, call := range calls {
		all.Go(func() {
			for i := 0; time.Now().Before(end); i++ {
				if err := call(i); err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
			}
		})
	}
	stuck := time.AfterFunc(30*time.Second, func() { panic("the queue stands still: see who holds which lock") })
	defer stuck.Stop()
	all.Wait()
}

// TestACopyHoldsNobodyUp: a backup reads for as long as the record is large, and what it holds meanwhile keeps neither commits nor readers waiting.
func TestACopyHoldsNobodyUp(t *testing.T) {
	q := openInbox(t, filepath.Join(t.TempDir(), "queue.db"))
	defer q.Close()
	roomy(t, q)
	held, release, copied := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() { // ends with release
		copied <- q.view(t.Context(), func(*bolt.Tx, head) error { // as copyTo does
			close(held)
			<-release
			return nil
		})
	}()
	<-held
	beside := make(chan error, 1)
	go func() { beside <- q.besideACopy(t.Context()) }() // ends with release at the latest
	select {
	case err := <-beside:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("the queue stands still while it is copied")
	}
	close(release)
	if err := <-copied; err != nil {
		t.Error(err)
	}
}

// besideACopy commits, also what every reader is to know, and reads it.
func (q *Queue) besideACopy(ctx context.Context) error {
	if err := q.AddRoot(ctx, "other", "/srv/other"); err != nil {
		return err
	}
	if _, err := q.Sight(ctx, []Arrival{seen("a", 1)}); err != nil {
		return err
	}
	counts, err := q.Counts(ctx)
	if _, known := counts["other"]; err == nil && !known {
		err = fmt.Errorf("the root that was added is not read: %v", counts)
	}
	return err
}

// roomy grows the record until the file has just been mapped anew, with room for as much again: a commit that does that waits for the copy.
func roomy(t *testing.T, q *Queue) {
	t.Helper()
	for n := 0; q.Size() < 1<<20; n++ {
		arrivals := make([]Arrival, 100)
		for i := range arrivals {
			arrivals[i] = seen(fmt.Sprintf("%d/%d", n, i), uint64(1000+100*n+i))
		}
		if _, err := q.Sight(t.Context(), arrivals); err != nil {
			t.Fatal(err)
		}
	}
}
