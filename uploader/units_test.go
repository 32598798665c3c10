package uploader

import (
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

func TestBackoffBounds(t *testing.T) {
	for attempt, bound := range map[int]time.Duration{-1: time.Second, 0: time.Second, 1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second,
		9: 256 * time.Second, 10: 5 * time.Minute, 12: 5 * time.Minute, 64: 5 * time.Minute, 1 << 30: 5 * time.Minute} {
		if got := backoff(attempt, 0); got != 0 {
			t.Errorf("attempt %d without jitter: %v", attempt, got)
		}
		if got := backoff(attempt, 0.5); got != bound/2 {
			t.Errorf("attempt %d: got %v, want %v", attempt, got, bound/2)
		}
		if got := backoff(attempt, 0.9999999); got >= bound {
			t.Errorf("attempt %d: %v is over %v", attempt, got, bound)
		}
	}
}

// TestAClockThatWasSet: what this machine's clock says passed, beside what did.
func TestAClockThatWasSet(t *testing.T) {
	for name, c := range map[string]struct {
		wall, passed time.Duration
		want         bool
	}{
		"Slewed":  {24*time.Hour + 43*time.Second, 24 * time.Hour, false},
		"Back":    {-3 * time.Hour, 10 * time.Minute, true},
		"Forward": {3 * time.Hour, 10 * time.Minute, true},
		"Asleep":  {8 * time.Hour, time.Second, true}, // the monotonic clock stands still
	} {
		if got := jumped(c.wall, c.passed); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	var c serverClock
	if c.known() || c.ahead() != 0 {
		t.Error("nobody has told the time, and it is known")
	}
	if c.note(time.Now().Add(time.Hour), time.Now()); !c.known() || c.ahead().Round(time.Minute) != time.Hour {
		t.Errorf("known %t, ahead %v", c.known(), c.ahead())
	}
	c.note(time.Time{}, time.Now())
	if c.ahead().Round(time.Minute) != time.Hour {
		t.Error("an answer without a Date changed the time")
	}
}

// TestACompletionIsWaitedForByAClockThatWasSet: what the record says of an earlier life may lie ahead, and what this life was told is counted by what passed.
func TestACompletionIsWaitedForByAClockThatWasSet(t *testing.T) {
	now := time.Now()
	missed := func(at time.Time) *row {
		return &row{u: &Uploader{}, it: state.Item{ID: 1, Tries: []state.Try{{At: at, Step: state.KindReverted.String(), Code: "missing"}}}}
	}
	r := missed(now.Add(24 * time.Hour).Round(0))
	for passed, want := range []time.Duration{5 * time.Minute, 4 * time.Minute, 3 * time.Minute, 2 * time.Minute, time.Minute, 0, 0} {
		if got := r.untilCompleted(now.Add(time.Duration(passed) * time.Minute)); got != want {
			t.Errorf("set back by a day, after %d minutes: %v, want %v", passed, got, want)
		}
	}
	r = missed(now.Add(-24 * time.Hour).Round(0))
	if got := r.untilCompleted(now); got != 0 {
		t.Errorf("a day ago: %v", got)
	}
	if r.u.missed.note(1, now.Add(-time.Minute)); r.untilCompleted(now) != 4*time.Minute {
		t.Errorf("set forward by a day a minute after it: %v", r.untilCompleted(now))
	}
}

func TestPollDelay(t *testing.T) {
	for processing, want := range map[time.Duration]time.Duration{-time.Hour: time.Second, 0: time.Second, 4 * time.Second: time.Second,
		40 * time.Second: 10 * time.Second, 20 * time.Minute: 5 * time.Minute, 24 * time.Hour: 5 * time.Minute} {
		if got := pollDelay(processing); got != want {
			t.Errorf("%v: got %v, want %v", processing, got, want)
		}
	}
}

// TestTheCureIsThatOfTheErrno: what keeps a source from being moved or deleted is not always a matter of rights.
func TestTheCureIsThatOfTheErrno(t *testing.T) {
	src, err := source.New("inbox", "/srv/inbox")
	if err != nil {
		t.Fatal(err)
	}
	r := &row{root: Root{Source: src, After: Delete}}
	for errno, want := range map[syscall.Errno]string{syscall.EIO: "look at its disk", syscall.ENOSPC: "make room", syscall.EDQUOT: "make room", syscall.EACCES: "let florasync's user write to /srv/inbox",
		syscall.EROFS: "ReadWritePaths=", syscall.ENOENT: "mount what belongs there"} {
		if got := r.allow(&fs.PathError{Op: "remove", Path: "a.png", Err: errno}); !strings.Contains(got, want) {
			t.Errorf("%v: %q does not say %q", errno, got, want)
		}
	}
}
