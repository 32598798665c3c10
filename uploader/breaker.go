package uploader

import (
	"sync"
	"time"

	"github.com/florasync/florasync/state"
)

// breaker stops work that cannot succeed. While it is open, one try is let through each time its delay is over; the delay doubles from first to cap.
// The zero delay fields mean one second and one minute.
type breaker struct {
	first, cap time.Duration

	mu      sync.Mutex
	open    bool
	reason  state.Reason
	message string
	hint    string
	since   time.Time
	until   time.Time
	delay   time.Duration
}

// Blocked says what stops work, in the words of the contract.
type Blocked struct {
	Reason  state.Reason
	Message string
	Hint    string
	Since   time.Time
	Until   time.Time // when it is tried again; zero when that depends on somebody
}

// trip opens the breaker or, when it is open, doubles its delay. It reports whether it was closed.
func (b *breaker) trip(now time.Time, reason state.Reason, message, hint string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	first, limit := b.first, b.cap
	if first == 0 {
		first, limit = time.Second, time.Minute
	}
	opened := !b.open
	switch {
	case opened:
		b.open, b.since, b.delay = true, now, first
	case now.Before(b.until): // told again by a request that was on its way
		return false
	default:
		b.delay = min(2*b.delay, limit)
	}
	b.reason, b.message, b.hint, b.until = reason, message, hint, now.Add(b.delay)
	return opened
}

// reset closes the breaker and reports whether it was open.
func (b *breaker) reset() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	was := b.open
	b.open = false
	return was
}

// try reports whether one try may go ahead now: always when closed; when open once each time the delay is over.
func (b *breaker) try(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.open {
		return true
	}
	if now.Before(b.until) {
		return false
	}
	b.until = now.Add(b.delay)
	return true
}

// hurry makes the next try due at once: what stood in the way may have changed.
func (b *breaker) hurry(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open {
		b.until, b.delay = now, b.first
	}
}

// blocked reports the breaker's state: open, when it tries next, and the words for status.
func (b *breaker) blocked() (Blocked, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return Blocked{Reason: b.reason, Message: b.message, Hint: b.hint, Since: b.since, Until: b.until}, b.open
}
