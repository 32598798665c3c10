package watcher

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

const pic = state.Path("a.jpg")

// written is the fingerprint of a file with these bytes, written a moment ago.
func written(size int64) state.Fingerprint {
	return state.Fingerprint{Inode: 7, Born: 1, MTime: size, CTime: size, Size: size}
}

// drive gives the settler a look whenever it asks for one, until the file is ready or the time is over, and returns when it was ready.
func drive(s *settler, look func(since time.Duration) sight, limit time.Duration) (ready time.Duration, ok bool) {
	for began := time.Now(); time.Since(began) < limit; {
		time.Sleep(max(0, time.Until(s.agenda.next())))
		p, due := s.due(time.Now())
		if !due {
			return 0, false
		}
		if s.looked(p, look(time.Since(began)), time.Now()) {
			return time.Since(began), true
		}
	}
	return 0, false
}

func TestQuietTimes(t *testing.T) {
	renamed := state.Fingerprint{Inode: 7, MTime: 1, CTime: int64(time.Hour), Size: 3}
	for _, c := range []struct {
		name    string
		floor   time.Duration
		network bool
		print   state.Fingerprint
		writers source.Writers
		want    time.Duration
	}{
		{"WithProbe", 0, false, written(3), source.NoWriter, 300 * time.Millisecond},
		{"RenamedIn", 0, false, renamed, source.NoWriter, 100 * time.Millisecond},
		{"WithoutProbe", 0, false, written(3), source.Unknown, 10 * time.Second},
		{"RenamedInWithoutProbe", 0, false, renamed, source.Unknown, 10 * time.Second},
		{"Network", 0, true, written(3), source.Unknown, 15 * time.Second},
		{"FloorAboveAll", time.Minute, true, renamed, source.NoWriter, time.Minute},
		{"FloorBelowNoProbe", time.Second, false, written(3), source.Unknown, 10 * time.Second},
		{"FloorAboveProbe", time.Second, false, renamed, source.NoWriter, time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSettler(quietFor(c.floor, c.network), time.Hour)
				s.see(pic, c.print, time.Now())
				got, ok := drive(s, func(time.Duration) sight { return sight{print: c.print, writers: c.writers} }, time.Hour)
				if !ok || got != c.want {
					t.Errorf("ready after %v (%v), want %v", got, ok, c.want)
				}
				if len(s.files) != 0 || len(s.agenda.heap) != 0 {
					t.Error("a file that is ready must be forgotten")
				}
			})
		})
	}
}

func TestWriterIsNeverReady(t *testing.T) { // invariant 4
	synctest.Test(t, func(t *testing.T) {
		s := newSettler(quietFor(0, false), time.Hour)
		s.see(pic, written(3), time.Now())
		looks := 0
		if got, ok := drive(s, func(time.Duration) sight { looks++; return sight{print: written(3), writers: source.Some} }, 48*time.Hour); ok {
			t.Fatalf("ready after %v although somebody has it open", got)
		}
		if settling, growing := s.counts(time.Now()); settling != 0 || growing != 1 {
			t.Errorf("settling %d growing %d, want 0 and 1", settling, growing)
		}
		if most := int(time.Hour/busyCap + 47*time.Hour/busyGrowing + 10); looks > most {
			t.Errorf("%d looks in two days, want at most %d", looks, most)
		}
	})
}

func TestWriterClosesWithoutWriting(t *testing.T) {
	for _, after := range []time.Duration{0, time.Millisecond, time.Second, 59 * time.Minute} {
		t.Run(fmt.Sprint(after), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSettler(quietFor(0, false), time.Hour)
				s.see(pic, written(3), time.Now())
				got, ok := drive(s, func(since time.Duration) sight {
					if since < after {
						return sight{print: written(3), writers: source.Some}
					}
					return sight{print: written(3), writers: source.NoWriter}
				}, 2*time.Hour)
				if limit := max(after, quietProbe) + busyCap; !ok || got > limit {
					t.Errorf("ready after %v (%v), want at most %v", got, ok, limit)
				}
			})
		})
	}
}

func TestProbeBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSettler(quietFor(0, false), time.Hour)
		s.see(pic, written(3), time.Now())
		var at []time.Duration
		drive(s, func(since time.Duration) sight {
			at = append(at, since)
			return sight{print: written(3), writers: source.Some}
		}, 1500*time.Millisecond)
		want := []time.Duration{300, 310, 330, 370, 450, 610, 810, 1010, 1210, 1410}
		for i, ms := range want {
			if i >= len(at) || at[i] != ms*time.Millisecond {
				t.Fatalf("looked at %v, want %v ms", at, want)
			}
		}
	})
}

func TestChangeBeginsAnew(t *testing.T) { // invariant 3
	synctest.Test(t, func(t *testing.T) {
		s := newSettler(quietFor(0, false), time.Hour)
		began := time.Now()
		s.see(pic, written(1), began)
		// A writer that opens, appends and closes every 250 ms, twenty times: events tell of each.
		for size := range int64(20) {
			time.Sleep(250 * time.Millisecond)
			s.see(pic, written(size+2), time.Now())
			if p, due := s.due(time.Now()); due {
				t.Fatalf("%s due after %v although it changed", p, time.Since(began))
			}
		}
		got, ok := drive(s, func(time.Duration) sight { return sight{print: written(21), writers: source.NoWriter} }, time.Hour)
		if !ok || got != quietProbe {
			t.Errorf("ready %v after the last change (%v), want %v", got, ok, quietProbe)
		}
	})
}

func TestLookThatFindsAnotherVersionBeginsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSettler(quietFor(0, false), time.Hour)
		s.see(pic, written(1), time.Now())
		got, ok := drive(s, func(since time.Duration) sight {
			return sight{print: written(1 + int64(min(since, time.Second)/quietProbe)), writers: source.NoWriter}
		}, time.Hour)
		if !ok || got < time.Second {
			t.Errorf("ready after %v (%v), although it changed until 900 ms and was quiet for 300 ms only then", got, ok)
		}
	})
}

func TestHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSettler(quietFor(0, false), time.Hour)
		s.see(pic, written(1), time.Now())
		look := sight{print: written(1), writers: source.NoWriter, held: "a.jpg.part"}
		if _, ok := drive(s, func(time.Duration) sight { return look }, time.Minute); ok {
			t.Fatal("ready although a hold file stands beside it")
		}
		if c := s.files[pic]; c.waits != WaitsHeld || c.by != "a.jpg.part" {
			t.Errorf("waits %q by %q", c.waits, c.by)
		}
		look.held = ""
		s.see(pic, written(1), time.Now()) // the hold file's event
		if got, ok := drive(s, func(time.Duration) sight { return look }, time.Minute); !ok || got != 0 {
			t.Errorf("ready %v after the hold file went (%v), want at once", got, ok)
		}
	})
}

func TestSettlerIsBounded(t *testing.T) { // invariant 9
	s := newSettler(quietFor(0, false), time.Hour)
	now := time.Now()
	for i := range settlingMax {
		if !s.see(state.Path(fmt.Sprint(i)), written(1), now) {
			t.Fatalf("no room for number %d", i)
		}
	}
	if s.see("one more", written(1), now) {
		t.Error("room beyond the bound")
	}
	if !s.see("7", written(2), now) {
		t.Error("one that is there already must be taken")
	}
	s.forget("7")
	if !s.see("one more", written(1), now) {
		t.Error("no room although one was forgotten")
	}
}

func TestOldStamps(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	for name, c := range map[string]struct {
		mtime, ctime int64
		want         bool
	}{
		"BothOld":     {999_000, 999_000, true},
		"YoungCTime":  {999_000, 999_995, false},
		"YoungMTime":  {999_995, 999_000, false},
		"FutureMTime": {2_000_000, 999_000, false},
		"FutureCTime": {999_000, 2_000_000, false},
		"Epoch":       {0, 999_000, true},
		"JustOld":     {999_990, 999_990, true},
	} {
		t.Run(name, func(t *testing.T) {
			p := state.Fingerprint{MTime: c.mtime * 1e9, CTime: c.ctime * 1e9}
			if got := isOld(p, now, 10*time.Second); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
