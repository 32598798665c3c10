package uploader

import (
	"sync"
	"time"

	"github.com/florasync/florasync/uploader/flora"
)

// lifetimeSlack is how far the lifetimes of two new forms may be apart: a Date has whole seconds.
const lifetimeSlack = 5 * time.Second

// lifetimes remembers how long a new form lives. One that lives as long cannot come from an answer that FLORA repeats, so that its asset need not be
// looked at.
type lifetimes struct {
	mu    sync.Mutex
	known time.Duration // 0: not yet
}

// lifetimeOf is how long a form lives from its answer on, in FLORA's time; false when it does not say.
func lifetimeOf(r flora.Reservation) (time.Duration, bool) {
	expires := r.Form.ExpiresAt()
	if expires.IsZero() || r.Meta.Date.IsZero() {
		return 0, false
	}
	return expires.Sub(r.Meta.Date), true
}

// whole reports whether a form has its whole life before it.
func (l *lifetimes) whole(left time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.known > 0 && left >= l.known-lifetimeSlack
}

// learn notes the lifetime of a new form.
func (l *lifetimes) learn(left time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.known = max(l.known, left)
}
