package daemon

import (
	"sync/atomic"
	"time"

	"github.com/florasync/florasync/state"
)

// pace counts what moves, and remembers when a row was last set aside for a fault of this machine: a file that cannot be read, or not be moved, is tried again
// and again, which is no movement. It passes on what the record tells.
type pace struct {
	state.Observer

	moves atomic.Int64
	held  atomic.Pointer[time.Time] // nil: never
}

// Applied passes a transition on.
func (p *pace) Applied(a state.Applied) {
	p.Observer.Applied(a)
	if f := a.Change.Outcome.Fault(); f != nil && f.Class == state.Local {
		now := time.Now()
		p.held.Store(&now)
		return
	}
	p.moves.Add(1)
}

// holds reports that a row was set aside within that time.
func (p *pace) holds(within time.Duration) bool {
	at := p.held.Load()
	return at != nil && time.Since(*at) < within
}

// stillness is since when nothing moves: no row, and no byte of a file. Whatever waits for less than onceFar moves within that.
type stillness struct {
	moves, bytes int64
	since        time.Time
}

// lasts returns how long it has lasted.
func (s *stillness) lasts(d *Daemon, now time.Time) time.Duration {
	moves, bytes := d.pace.moves.Load(), d.uploader.Status().Moved
	if moves != s.moves || bytes != s.bytes || s.since.IsZero() {
		*s = stillness{moves, bytes, now}
	}
	return now.Sub(s.since)
}
