package daemon

import (
	"context"
	"sync"
	"time"

	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/state"
)

// unwritten passes on what the record tells, and remembers since when it cannot be written.
type unwritten struct {
	state.Observer

	mu    sync.Mutex
	since time.Time     // zero: it can be
	ended chan struct{} // closed when the record is damaged
	cause error         // then
}

func newUnwritten(o state.Observer) *unwritten {
	return &unwritten{Observer: o, ended: make(chan struct{})}
}

// Noticed passes a notice on.
func (u *unwritten) Noticed(n state.Notice) {
	u.mu.Lock()
	switch n.Event {
	case state.StateUnwritten:
		u.since = time.Now()
	case state.StateOpened:
		u.since = time.Time{}
	case state.StateDamaged:
		if u.cause == nil {
			u.cause = n.Err
			close(u.ended)
		}
	}
	u.mu.Unlock()
	u.Observer.Noticed(n)
}

// damage returns the damage that was met when ctx has not ended before.
func (u *unwritten) damage(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-u.ended:
		return u.cause
	}
}

// met returns the damage that was met; nil when none was.
func (u *unwritten) met() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.cause
}

// begun returns since when the record cannot be written; zero when it can.
func (u *unwritten) begun() time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.since
}

// lasts reports that waiting for the disk makes no sense for a run that is to end.
func (u *unwritten) lasts(now time.Time) bool {
	since := u.begun()
	return !since.IsZero() && now.Sub(since) > onceStill
}

// trouble is the reason why the record takes nothing now; false when it does.
func (d *Daemon) trouble() (control.Reason, bool) {
	n := d.queue.Trouble()
	if n.Reason == "" {
		return control.Reason{}, false
	}
	return control.Reason{Code: string(n.Reason), Message: n.Err.Error(), Hint: n.Hint, Since: control.Time{Time: d.unwritten.begun()}}, true
}
