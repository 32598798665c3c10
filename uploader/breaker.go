package uploader

import (
	"sync"
	"time"

	"github.com/florasync/florasync/state"
)

// breaker stops work that cannot succeed. Open, it lets one try through when its delay is over; the delay doubles from first to cap with each try that
// fails. The zero delay fields mean one second and one minute.
type breaker struct {
	first, cap time.Duration

	mu      sync.Mutex
	open    bool
	trying  bool // somebody has the one try
	reason  state.Reason
	message string
	hint    string
	since   time.Time
	until   time.Time
	delay   time.Duration
}

// tryPoll is how long whoever waits for a breaker waits while the one try is under way, which may be a long upload.
const tryPoll = 5 * time.Second

// Blocked says what stops work, in the words of the contract.
type Blocked struct {
	Reason  state.Reason
	Message string
	Hint    string
	Since   time.Time
	Until   time.Time // when it is tried again; zero when that depends on somebody
}

// trip opens the breaker or, when a try has failed, doubles its delay. It reports whether it was closed.
func (b *breaker) trip(now time.Time, reason state.Reason, message, hint string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	opened := !b.open
	switch {
	case opened:
		b.open, b.since, b.delay = true, now, b.bounds(0)
	case b.trying || !now.Before(b.until):
		b.delay = b.bounds(2 * b.delay)
	default: // told again by a request that was on its way
		return false
	}
	b.trying = false
	b.reason, b.message, b.hint, b.until = reason, message, hint, now.Add(b.delay)
	return opened
}

// postpone doubles the delay of an open breaker: the try failed for a reason that is not the breaker's.
func (b *breaker) postpone(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trying = false
	if b.open {
		b.delay = b.bounds(2 * b.delay)
		b.until = now.Add(b.delay)
	}
}

// await puts the next try off until then: FLORA has said so. It is no try that failed.
func (b *breaker) await(until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.until = until
}

func (b *breaker) bounds(d time.Duration) time.Duration {
	first, limit := b.first, b.cap
	if first == 0 {
		first, limit = time.Second, time.Minute
	}
	return min(max(d, first), limit)
}

// reset closes the breaker and reports whether it was open.
func (b *breaker) reset() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	was := b.open
	b.open, b.trying = false, false
	return was
}

// try reports whether the caller may go ahead now: always when closed; when open, one at a time, each when the delay is over. took says that the
// caller has the one try: it ends with trip, reset or untried.
func (b *breaker) try(now time.Time) (ok, took bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.open {
		return true, false
	}
	if b.trying || now.Before(b.until) {
		return false, false
	}
	b.trying = true
	return true, true
}

// untried gives back a try that taught nothing.
func (b *breaker) untried() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trying = false
}

// next returns when whoever was not let through should ask again; false when there is nothing to wait for.
func (b *breaker) next(now time.Time) (time.Time, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case !b.open:
		return now, false
	case b.trying:
		return now.Add(tryPoll), true
	}
	return b.until, now.Before(b.until)
}

// hurry makes the next try due at once: what stood in the way may have changed.
func (b *breaker) hurry(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open {
		b.until, b.delay = now, b.bounds(0)
	}
}

// blocked reports the breaker's state: open, when it tries next, and the words for status.
func (b *breaker) blocked() (Blocked, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return Blocked{Reason: b.reason, Message: b.message, Hint: b.hint, Since: b.since, Until: b.until}, b.open
}
