package uploader

import (
	"context"
	"time"
)

// Bandwidth is the limit of bytes a second over all uploads: none when it is empty, else one that turns through the week, in the order of its turns. A
// single turn holds always.
type Bandwidth []Turn

// Turn begins a limit.
type Turn struct {
	From      time.Duration // since Sunday 0:00, local time, under seven days
	PerSecond int64         // bytes; 0: no limit
}

// Steady is one limit for always, in bytes a second; 0: none.
func Steady(perSecond int64) Bandwidth {
	if perSecond == 0 {
		return nil
	}
	return Bandwidth{{PerSecond: perSecond}}
}

// At returns the limit at a time, and until when it holds; the zero time: for ever. A turn begins when a clock on the wall shows its time, so that the day on
// which clocks are changed has an hour more or less of one.
func (b Bandwidth) At(now time.Time) (perSecond int64, until time.Time) {
	switch len(b) {
	case 0:
		return 0, time.Time{}
	case 1:
		return b[0].PerSecond, time.Time{}
	}
	year, month, day := now.Date()
	sunday := day - int(now.Weekday())
	begins := func(from time.Duration) time.Time {
		days, rest := int(from/(24*time.Hour)), from%(24*time.Hour)
		return time.Date(year, month, sunday+days, int(rest/time.Hour), int(rest%time.Hour/time.Minute), int(rest%time.Minute/time.Second), 0, now.Location())
	}
	perSecond = b[len(b)-1].PerSecond // of last week
	for _, t := range b {
		if at := begins(t.From); at.After(now) {
			return perSecond, at
		}
		perSecond = t.PerSecond
	}
	return perSecond, begins(b[0].From + 7*24*time.Hour)
}

// clockLook is how often the clock on the wall is looked at while a timetable is in force: it may be set.
const clockLook = time.Minute

// turnLoop keeps the bandwidth to its timetable. Uploader.Run starts it and waits for it.
func (u *Uploader) turnLoop(ctx context.Context) {
	for ctx.Err() == nil {
		u.untilTurn(ctx, u.takeTurn())
	}
}

// takeTurn puts the limit of this moment in force, and returns until when it holds.
func (u *Uploader) takeTurn() time.Time {
	perSecond, until := u.limits.Load().Bandwidth.At(time.Now())
	u.bytes.SetLimit(limit(float64(perSecond)))
	return until
}

func (u *Uploader) untilTurn(ctx context.Context, until time.Time) {
	var due <-chan time.Time
	if !until.IsZero() {
		timer := time.NewTimer(min(clockLook, time.Until(until)))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-ctx.Done():
	case <-u.relimited:
	case <-due:
	}
}
