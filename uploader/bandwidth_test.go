package uploader_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader"
)

func TestBandwidthTurnsThroughTheWeek(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	const day = 24 * time.Hour
	week := uploader.Bandwidth{{From: day + 8*time.Hour, PerSecond: 2}, {From: 5*day + 19*time.Hour, PerSecond: 0}}
	for at, want := range map[string]struct {
		perSecond int64
		until     string
	}{
		"2026-03-01 12:00": {0, "2026-03-02 08:00"}, // Sunday: Friday's turn holds
		"2026-03-02 07:59": {0, "2026-03-02 08:00"},
		"2026-03-02 08:00": {2, "2026-03-06 19:00"},
		"2026-03-06 19:00": {0, "2026-03-09 08:00"},
		"2026-03-28 12:00": {0, "2026-03-30 08:00"}, // clocks are put forward in between
		"2026-12-30 12:00": {2, "2027-01-01 19:00"},
	} {
		now, err := time.ParseInLocation("2006-01-02 15:04", at, berlin)
		if err != nil {
			t.Fatal(err)
		}
		perSecond, until := week.At(now)
		if got := until.Format("2006-01-02 15:04"); perSecond != want.perSecond || got != want.until {
			t.Errorf("%s: %d until %s, want %d until %s", at, perSecond, got, want.perSecond, want.until)
		}
	}
	if n, until := uploader.Steady(7).At(time.Now()); n != 7 || !until.IsZero() {
		t.Errorf("a steady limit: %d until %v", n, until)
	}
	if n, until := (uploader.Bandwidth)(nil).At(time.Now()); n != 0 || !until.IsZero() {
		t.Errorf("no limit: %d until %v", n, until)
	}
}

// TestBandwidthFollowsItsTimetable: the same files before and after a turn, and after the limits were changed. Fake time begins at midnight, UTC.
func TestBandwidthFollowsItsTimetable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{})
		defer b.stop()
		b.options.Concurrency = 1
		now := time.Now()
		from := time.Duration(now.Weekday())*24*time.Hour + time.Duration(now.Hour())*time.Hour + time.Duration(now.Minute())*time.Minute
		week := 7 * 24 * time.Hour
		b.options.Bandwidth = uploader.Bandwidth{{From: (from + 10*time.Minute) % week, PerSecond: 100_000}, {From: (from + 20*time.Minute) % week}}
		if b.options.Bandwidth[0].From > b.options.Bandwidth[1].From {
			b.options.Bandwidth[0], b.options.Bandwidth[1] = b.options.Bandwidth[1], b.options.Bandwidth[0]
		}
		const size = 4_000_000 // 40 s at the limit, less what the bucket holds
		took := func(name string) time.Duration {
			began := time.Now()
			id := b.write(name, png, size)
			for b.item(id).Phase != state.Done {
				time.Sleep(100 * time.Millisecond)
			}
			return time.Since(began)
		}
		b.life(func(claim, _ context.CancelFunc) {
			defer claim()
			time.Sleep(time.Minute)
			if d := took("before.png"); d > 5*time.Second {
				t.Errorf("before the limit: %v", d)
			}
			time.Sleep(10 * time.Minute)
			if d := took("limited.png"); d < 30*time.Second || d > 50*time.Second {
				t.Errorf("4 MB at 100 kB/s: %v", d)
			}
			time.Sleep(10 * time.Minute)
			if d := took("after.png"); d > 5*time.Second {
				t.Errorf("after the limit: %v", d)
			}
			limits := b.options.Limits
			limits.Bandwidth = uploader.Steady(50_000)
			b.live.Load().SetLimits(limits)
			if d := took("changed.png"); d < 60*time.Second || d > 100*time.Second {
				t.Errorf("4 MB at 50 kB/s: %v", d)
			}
		})
		b.promises()
	})
}
