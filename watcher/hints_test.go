package watcher

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/state"
)

// bentHints are the kernel's hints, bent by a test.
type bentHints struct {
	Hints
	bend func(Dirt) Dirt
	add  func(dir string) error // nil: as it is
}

func (b *bentHints) Take() Dirt { return b.bend(b.Hints.Take()) }

func (b *bentHints) Add(dir string) error {
	if b.add != nil {
		if err := b.add(dir); err != nil {
			return err
		}
	}
	return b.Hints.Add(dir)
}

func asIs(d Dirt) Dirt { return d }

func (h *house) bend(bend func(Dirt) Dirt, add func(string) error) *house {
	h.newHints = func() (Hints, error) {
		hints, err := NewFSHints()
		return &bentHints{hints, bend, add}, err
	}
	return h
}

func TestOverflowLooksEverywhere(t *testing.T) {
	h := newHouse(t)
	var deaf atomic.Bool
	h.bend(func(d Dirt) Dirt {
		if deaf.Load() && len(d.Paths) > 0 {
			return Dirt{Overflow: true}
		}
		return d
	}, nil)
	h.mkdir("d/sub")
	h.write("d/sub/1.jpg", "1")
	h.scanned()
	h.hasExactly("d/sub/1.jpg")
	deaf.Store(true)
	h.rename("d", "e")
	h.write("e/sub/2.jpg", "2")
	h.hasExactly("e/sub/1.jpg", "e/sub/2.jpg")
	h.until("it to be told", func() bool { return len(h.observer.of(state.WatchOverflow)) == 1 })
	if n := h.status().Overflows; n == 0 {
		t.Error("overflows are not counted")
	}
	deaf.Store(false)
	h.write("e/sub/3.jpg", "3")
	h.hasExactly("e/sub/1.jpg", "e/sub/2.jpg", "e/sub/3.jpg")
}

func TestDirtySetOverflowsInsteadOfGrowing(t *testing.T) { // invariant 9
	d := newDirtySet()
	for i := range dirtyMax + 10 {
		d.put(fmt.Sprint(i), Wrote)
	}
	if got := d.take(); !got.Overflow || len(got.Paths) != 0 {
		t.Errorf("got overflow %v and %d paths", got.Overflow, len(got.Paths))
	}
	d.put("a", Came)
	d.put("a", Left)
	if got := d.take(); got.Overflow || got.Paths["a"] != Came|Left {
		t.Errorf("got %+v", got)
	}
}

func TestRescanFindsWhatEventsMissed(t *testing.T) {
	h := newHouse(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	var mu sync.Mutex
	dice := rand.New(rand.NewPCG(seed, 0))
	h.bend(func(d Dirt) Dirt {
		mu.Lock()
		defer mu.Unlock()
		for p := range d.Paths {
			if dice.IntN(2) == 0 {
				delete(d.Paths, p)
			}
		}
		return d
	}, nil)
	h.scanned()
	var want []string
	for i := range 50 {
		p := fmt.Sprintf("d%d/%d.jpg", i%7, i)
		h.mkdir(fmt.Sprintf("d%d", i%7))
		h.write(p, "x")
		want = append(want, p)
	}
	h.w.Rescan("inbox")
	h.until("the rescan", func() bool { _, scans := h.record.count(); return scans > 1 })
	h.hasExactly(want...)
}

func TestSweepFindsWhatEventsMissed(t *testing.T) {
	h := newHouse(t)
	// However long a listing takes: on a machine that is busy a thousandfold of that is a minute.
	h.pace = pace{check: time.Second, sweep: 20 * time.Millisecond}
	h.bend(func(Dirt) Dirt { return Dirt{} }, nil) // no event ever arrives
	h.mkdir("d")
	h.write("d/known.jpg", "0")
	h.scanned()
	h.hasExactly("d/known.jpg")
	h.write("d/missed.jpg", "1")
	h.hasExactly("d/known.jpg", "d/missed.jpg")
	h.remove("d/known.jpg")
	h.hasExactly("d/missed.jpg")
	h.until("it to be told", func() bool { return len(h.observer.of(state.WatchMissed)) == 1 })
	if n := h.status().MissedByEvents; n != 1 {
		t.Errorf("%d files counted as missed by events, want 1", n)
	}
}

func TestWatchLimitPollsTheRest(t *testing.T) {
	h := newHouse(t)
	h.cfg.Poll = 50 * time.Millisecond
	var raised atomic.Bool
	h.bend(asIs, func(dir string) error {
		if dir != h.dir && !raised.Load() {
			return syscall.ENOSPC
		}
		return nil
	})
	h.mkdir("d")
	h.mkdir("e")
	h.scanned()
	h.write("d/1.jpg", "1")
	h.write("e/2.jpg", "2")
	h.write("0.jpg", "0")
	h.hasExactly("0.jpg", "d/1.jpg", "e/2.jpg")
	if s := h.status(); s.State != Degraded || s.Reason != state.WatchLimited || s.Hint == "" {
		t.Errorf("status %+v", s)
	}
	limited := slices.DeleteFunc(h.observer.of(state.RootWatching), func(n state.Notice) bool { return n.Reason != state.WatchLimited })
	if len(limited) != 1 {
		t.Errorf("the limit was said %d times, want once", len(limited))
	}
	raised.Store(true)
	h.w.Rescan("inbox")
	h.until("live again", func() bool { return h.status().State == Live })
}

func TestInstanceLimitPolls(t *testing.T) {
	h := newHouse(t)
	h.cfg.Poll = 50 * time.Millisecond
	h.newHints = func() (Hints, error) { return nil, syscall.EMFILE }
	h.scanned()
	h.write("1.jpg", "1")
	h.hasExactly("1.jpg")
	if s := h.status(); s.State != Polling || s.Reason != state.WatchLimited {
		t.Errorf("status %+v", s)
	}
}

func TestErrorsNeverStall(t *testing.T) {
	hints, err := NewFSHints()
	if err != nil {
		t.Fatal(err)
	}
	defer hints.Close()
	fs := hints.(*FSHints)
	for range 100 {
		fs.watcher.Errors <- syscall.EIO
	}
	<-hints.Dirty()
	if !hints.Take().Overflow {
		t.Error("after an error nobody knows what was lost")
	}
}

// With hints off everything is driven by timers, so that hours pass in a moment.
func TestPollingInFakeTime(t *testing.T) {
	h := newHouse(t)
	h.newHints = nil
	h.write("before.jpg", "b")
	synctest.Test(t, func(t *testing.T) {
		h.T = t
		h.record.news = make(chan struct{}, 1)
		h.start()
		time.Sleep(time.Minute)
		if got := h.record.here(); !slices.Equal(got, []string{"before.jpg"}) {
			t.Fatalf("here %q", got)
		}
		h.mkdir("d")
		h.write("d/1.jpg", "1")
		time.Sleep(time.Minute)
		if got := h.record.here(); !slices.Equal(got, []string{"before.jpg", "d/1.jpg"}) {
			t.Fatalf("here %q", got)
		}
		h.rename("d", "e")
		h.remove("before.jpg")
		time.Sleep(time.Minute)
		if got := h.record.here(); !slices.Equal(got, []string{"e/1.jpg"}) {
			t.Fatalf("here %q", got)
		}
		writes, scans := h.record.count()
		time.Sleep(2 * time.Hour)
		after, more := h.record.count()
		if after != writes || more < scans+600 {
			t.Errorf("two hours of polling wrote %d times in %d scans, want none in hundreds", after-writes, more-scans)
		}
		if s := h.status(); s.State != Polling || s.Settling != 0 {
			t.Errorf("status %+v", s)
		}
		h.stop()
	})
}
