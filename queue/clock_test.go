package queue

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/florasync/florasync/state"
)

var inboxLane = state.Lane{Root: "inbox", Size: state.Small}

// putOff has a row wait until due, after an attempt at now.
func putOff(t *testing.T, q *Queue, it state.Item, now, due time.Time) {
	t.Helper()
	f := &state.Fault{Class: state.Passing, Code: "x", At: now}
	if _, err := q.Apply(t.Context(), state.Change{ID: it.ID, Rev: it.Rev, At: now, Outcome: state.Later(due, f)}); err != nil {
		t.Fatal(err)
	}
}

func claims(t *testing.T, q *Queue, now time.Time) (n int, next time.Time) {
	t.Helper()
	items, next, err := q.Claim(t.Context(), now, inboxLane, 10)
	if err != nil {
		t.Fatal(err)
	}
	return len(items), next
}

// TestClockSetBack: a row that was put off before the clock was set back by days is worked on now, between two lives and within one, and one that was put
// off as rows are waits its time.
func TestClockSetBack(t *testing.T) {
	for name, restart := range map[string]bool{"BetweenLives": true, "WithinOne": false} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "queue.db")
			q := openInbox(t, path)
			defer func() { q.Close() }()
			if _, err := q.Sight(t.Context(), []Arrival{seen("a", 1), seen("b", 2), seen("c", 3)}); err != nil {
				t.Fatal(err)
			}
			ahead := testNow.Add(72 * time.Hour)
			items, _, err := q.Claim(t.Context(), ahead, inboxLane, 10)
			if err != nil || len(items) != 3 {
				t.Fatal(items, err)
			}
			putOff(t, q, items[0], ahead, ahead.Add(5*time.Minute))
			q.Release(items[0].ID, time.Time{})
			q.Release(items[1].ID, ahead.Add(time.Minute)) // memory only
			putOff(t, q, items[2], ahead, testNow.Add(5*time.Minute))
			q.Release(items[2].ID, time.Time{})
			if n, _ := claims(t, q, ahead); n != 1 { // c, whose time is long past
				t.Fatalf("before the clock is set back: %d rows", n)
			}
			q.Release(items[2].ID, time.Time{})
			if restart {
				if err := q.Close(); err != nil {
					t.Fatal(err)
				}
				q = openInbox(t, path)
			}
			if due, ok, err := q.NextDue(t.Context(), testNow); err != nil || !ok || due.After(testNow.Add(5*time.Minute)) {
				t.Errorf("next due %v, %v, %v", due, ok, err)
			}
			n, _ := claims(t, q, testNow)
			if n != 2 {
				t.Errorf("%d rows after the clock was set back, want 2", n)
			}
			n, next := claims(t, q, testNow)
			if n != 0 || !next.Equal(testNow.Add(5*time.Minute)) {
				t.Errorf("then %d rows, next at %v", n, next)
			}
			if n, _ := claims(t, q, testNow.Add(5*time.Minute)); n != 1 {
				t.Errorf("%d rows when the third is due", n)
			}
		})
	}
}

// TestClockSetForward: everything is due, at once and once.
func TestClockSetForward(t *testing.T) {
	q := openInbox(t, filepath.Join(t.TempDir(), "queue.db"))
	defer q.Close()
	if _, err := q.Sight(t.Context(), []Arrival{seen("a", 1)}); err != nil {
		t.Fatal(err)
	}
	items, _, err := q.Claim(t.Context(), testNow, inboxLane, 10)
	if err != nil || len(items) != 1 {
		t.Fatal(items, err)
	}
	putOff(t, q, items[0], testNow, testNow.Add(time.Minute))
	q.Release(items[0].ID, time.Time{})
	if n, _ := claims(t, q, testNow); n != 0 {
		t.Errorf("%d rows before their time", n)
	}
	if n, _ := claims(t, q, testNow.Add(240*time.Hour)); n != 1 {
		t.Errorf("%d rows ten days later", n)
	}
}

// TestReleasedForLong: a row that is released for longer than any is put off, since FLORA said so, is not due before; one that was released by a clock that
// was ahead is.
func TestReleasedForLong(t *testing.T) {
	for name, c := range map[string]struct{ away, back, want time.Duration }{
		"Minutes":   {away: 6 * time.Minute, want: 6 * time.Minute},
		"RetryLate": {away: 11 * time.Minute, want: 11 * time.Minute},
		"RetryADay": {away: 24 * time.Hour, want: 24 * time.Hour},
		"ClockBack": {away: time.Minute, back: time.Hour, want: -time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			q := openInbox(t, filepath.Join(t.TempDir(), "queue.db"))
			defer q.Close()
			if _, err := q.Sight(t.Context(), []Arrival{seen("a", 1)}); err != nil {
				t.Fatal(err)
			}
			items, _, err := q.Claim(t.Context(), testNow, inboxLane, 10)
			if err != nil || len(items) != 1 {
				t.Fatal(items, err)
			}
			q.Release(items[0].ID, testNow.Add(c.away))
			now, due := testNow.Add(-c.back), testNow.Add(c.want)
			got, ok, err := q.NextDue(t.Context(), now)
			if got.IsZero() {
				got = now // due already
			}
			if err != nil || !ok || !got.Equal(due) {
				t.Errorf("next due %v, %v, %v, want %v", got, ok, err, due)
			}
			if n, next := claims(t, q, now); n == 0 && !next.Equal(due) || n == 1 && !due.Equal(now) {
				t.Errorf("claims %d, next %v", n, next)
			}
		})
	}
}
