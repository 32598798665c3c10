package telemetry

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/state"
)

// roots are counts that a test changes.
type roots struct {
	mu   sync.Mutex
	list []RootCounts
}

func (r *roots) set(list ...RootCounts) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = list
}

func (r *roots) get() []RootCounts {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.list
}

type told struct {
	Event  state.Event
	Root   string
	Count  int64
	Counts map[string]int64
}

func read(t *testing.T, out *writes) []told {
	t.Helper()
	var list []told
	for _, line := range out.take() {
		var l told
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		list = append(list, l)
	}
	return list
}

func follow(t *testing.T, test func(t *testing.T, tel *Telemetry, out *writes, counts *roots)) {
	synctest.Test(t, func(t *testing.T) {
		tel, out := open(t, Options{})
		counts := &roots{}
		counts.set(RootCounts{Root: "inbox", Ready: 10})
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { NewProgress(tel, counts.get).Run(ctx) })
		synctest.Wait()
		test(t, tel, out, counts)
		stop()
		wg.Wait()
	})
}

// pass lets time pass, and whatever it wakes settle.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestProgressIsSilentWhileIdle(t *testing.T) {
	follow(t, func(t *testing.T, _ *Telemetry, out *writes, _ *roots) {
		pass(time.Hour)
		if got := out.take(); len(got) != 0 {
			t.Errorf("got %q", got)
		}
	})
}

func TestProgressIsToldOnceAMinuteAndTheEndOnce(t *testing.T) {
	follow(t, func(t *testing.T, tel *Telemetry, out *writes, counts *roots) {
		counts.set(RootCounts{Root: "inbox", Ready: 10, Waiting: 500, Active: 4})
		pass(quietInterval)
		tel.sent.Add(120e6)
		counts.set(RootCounts{Root: "inbox", Ready: 210, Failed: 1, Waiting: 300, Active: 4})
		pass(ProgressInterval - time.Millisecond)
		if got := out.take(); len(got) != 0 {
			t.Errorf("too early: %q", got)
		}
		pass(quietInterval)
		got := read(t, out)
		if len(got) != 1 || got[0].Event != state.DaemonProgress || got[0].Count != 200 {
			t.Fatalf("got %+v", got)
		}
		c := got[0].Counts
		if c["bytes"] != 120e6 || c["bytes_per_second"] != 2e6 || c["waiting"] != 300 || c["failed"] != 1 || c["ready"] != 210 {
			t.Errorf("got %v", c)
		}
		counts.set(RootCounts{Root: "inbox", Ready: 514, Failed: 1})
		pass(time.Hour)
		if got := read(t, out); len(got) != 1 || got[0].Event != state.RootQuiet || got[0].Root != "inbox" || got[0].Count != 504 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestProgressIsSilentWhileWorkWaits(t *testing.T) {
	follow(t, func(t *testing.T, _ *Telemetry, out *writes, counts *roots) {
		counts.set(RootCounts{Root: "inbox", Ready: 10, Waiting: 500, Settling: 1}) // a pause, say, or FLORA is away
		pass(quietInterval)
		counts.set(RootCounts{Root: "inbox", Ready: 10, Waiting: 501})
		pass(24 * time.Hour)
		if got := read(t, out); len(got) != 1 { // of the file that came
			t.Errorf("%d lines in a day", len(got))
		}
		counts.set(RootCounts{Root: "inbox", Ready: 10, Waiting: 500, Active: 1})
		pass(3 * ProgressInterval)
		if got := read(t, out); len(got) != 3 {
			t.Errorf("got %+v of an upload that takes its time", got)
		}
	})
}

func TestQuietIsToldOfWorkBetweenTwoLooks(t *testing.T) {
	follow(t, func(t *testing.T, _ *Telemetry, out *writes, counts *roots) {
		counts.set(RootCounts{Root: "inbox", Ready: 13})
		pass(time.Hour)
		if got := read(t, out); len(got) != 1 || got[0].Event != state.RootQuiet || got[0].Count != 3 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestARootThatSettlesIsNotQuiet(t *testing.T) {
	follow(t, func(t *testing.T, _ *Telemetry, out *writes, counts *roots) {
		counts.set(RootCounts{Root: "inbox", Ready: 10, Settling: 1})
		pass(3 * quietInterval)
		counts.set(RootCounts{Root: "inbox", Ready: 10, Waiting: 1})
		pass(3 * quietInterval)
		if got := read(t, out); len(got) != 0 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestARootThatIsAwayIsNotQuiet(t *testing.T) {
	follow(t, func(t *testing.T, _ *Telemetry, out *writes, counts *roots) {
		counts.set(RootCounts{Root: "inbox", Ready: 10, Settling: 1})
		pass(3 * quietInterval)
		counts.set(RootCounts{Root: "inbox", Ready: 10, Away: true}) // unmounted: what was settling is not there
		pass(3 * quietInterval)
		if got := read(t, out); len(got) != 0 {
			t.Errorf("got %+v", got)
		}
		counts.set(RootCounts{Root: "inbox", Ready: 11})
		pass(3 * quietInterval)
		if got := read(t, out); len(got) != 1 || got[0].Event != state.RootQuiet || got[0].Count != 1 {
			t.Errorf("got %+v", got)
		}
	})
}
