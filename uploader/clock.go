package uploader

import (
	"sync/atomic"
	"time"
)

// clockJump is how far this machine's clock may go apart from the time that passes before it was set, or the machine slept. A guess: slewing a clock by
// 500 ppm takes a day and more for it.
const clockJump = time.Minute

// serverClock keeps how far FLORA's clock is from this machine's, from the Date of its answers: ages of assets and the window of an idempotency key
// are in FLORA's time, whatever the local clock says.
type serverClock struct{ last atomic.Pointer[reading] }

// reading is the Date of an answer, and when it came.
type reading struct{ date, received time.Time }

func (c *serverClock) note(date, received time.Time) {
	if !date.IsZero() && !received.IsZero() {
		c.last.Store(&reading{date, received})
	}
}

// known reports that an answer of this life has told the time, and that the local clock was not set since.
func (c *serverClock) known() bool {
	last := c.last.Load()
	if last == nil {
		return false
	}
	now := time.Now()
	return !jumped(now.Round(0).Sub(last.received.Round(0)), now.Sub(last.received))
}

// jumped reports that the local clock says that another time has passed than did.
func jumped(wall, passed time.Duration) bool { return (wall - passed).Abs() > clockJump }

// ahead returns how far FLORA's clock is ahead of this machine's, as well as it is known.
func (c *serverClock) ahead() time.Duration {
	last := c.last.Load()
	if last == nil {
		return 0
	}
	return last.date.Sub(last.received.Round(0))
}

// now returns the time at FLORA, as well as it is known.
func (c *serverClock) now() time.Time { return time.Now().Round(0).Add(c.ahead()) }
