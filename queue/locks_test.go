package queue

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

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
