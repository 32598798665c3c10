package uploader

import (
	"sync/atomic"
	"time"
)

// serverClock keeps how far FLORA's clock is from this machine's, from the Date of its answers: ages of assets and the window of an idempotency key
// are in FLORA's time, whatever the local clock says.
type serverClock struct{ offset atomic.Int64 }

func (c *serverClock) note(date, received time.Time) {
	if !date.IsZero() && !received.IsZero() {
		c.offset.Store(int64(date.Sub(received.Round(0))))
	}
}

// ahead returns how far FLORA's clock is ahead of this machine's, as well as it is known.
func (c *serverClock) ahead() time.Duration { return time.Duration(c.offset.Load()) }

// now returns the time at FLORA, as well as it is known.
func (c *serverClock) now() time.Time {
	return time.Now().Round(0).Add(time.Duration(c.offset.Load()))
}
