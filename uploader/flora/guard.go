package flora

import (
	"context"
	"sync"
	"time"
)

// mover is a transfer that the guard watches.
type mover interface {
	// progress gives the bytes moved so far, and the time spent waiting for the caller instead of the network.
	progress() (moved int64, waited time.Duration)
}

// guard ends a transfer that does not get on: a connection that is not made, bytes that do not move, an answer that does not come.
// A transfer that moves is never ended, however long it takes.
type guard struct {
	connect time.Duration
	window  time.Duration
	rate    int64
	answer  time.Duration
	moves   Phase // in which bytes are expected to move: write for an upload, answer for a download
	what    mover
}

// stallSlices is how often within a window the guard looks; a stall is noticed at most one slice late.
const stallSlices = 6

func (c *Client) newGuard(moves Phase, what mover) guard {
	return guard{
		// Two dials (addresses, or a proxy) and two handshakes (the proxy's and the host's); a proxy's own CONNECT counts in.
		connect: 2 * (c.opt.ConnectTimeout + c.opt.TLSTimeout),
		window:  c.opt.StallWindow, rate: c.opt.StallRate, answer: c.opt.AnswerTimeout,
		moves: moves, what: what,
	}
}

// guarded derives the context of a transfer that a guard watches. stop ends the guard and waits for it.
func (c *Client) guarded(ctx context.Context, moves Phase, what mover) (guarded context.Context, trace *tracker, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	trace = newTracker()
	trace.entered = make(chan Phase, 16)
	g := c.newGuard(moves, what)
	var watching sync.WaitGroup
	watching.Go(func() { g.watch(ctx, trace.entered, cancel) })
	return ctx, trace, func() {
		cancel(nil)
		watching.Wait()
	}
}

type sample struct {
	moved  int64
	waited time.Duration
}

// watch runs until ctx is done. It ends the transfer through cancel.
func (g guard) watch(ctx context.Context, entered <-chan Phase, cancel context.CancelCauseFunc) {
	timer := time.NewTimer(g.connect)
	defer timer.Stop()
	var samples []sample
	phase := PhaseDial
	for {
		select {
		case <-ctx.Done():
			return
		case next := <-entered:
			if connecting(next) && connecting(phase) {
				continue // one time for all of connecting
			}
			if next == phase {
				continue
			}
			phase = next
			samples = samples[:0]
			timer.Reset(g.delay(phase))
			if phase == g.moves {
				samples = append(samples, g.sample())
			}
		case <-timer.C:
			if phase != g.moves {
				cancel(timeoutOf(phase))
				return
			}
			samples = append(samples, g.sample())
			if g.stalled(samples) {
				cancel(ErrStalled)
				return
			}
			if len(samples) > stallSlices {
				samples = samples[1:]
			}
			timer.Reset(g.delay(phase))
		}
	}
}

func connecting(p Phase) bool { return p == PhaseDNS || p == PhaseDial || p == PhaseTLS }

func timeoutOf(p Phase) error {
	if connecting(p) {
		return errConnectTimeout
	}
	return errAnswerTimeout
}

func (g guard) delay(p Phase) time.Duration {
	switch {
	case p == g.moves:
		return g.window / stallSlices
	case connecting(p):
		return g.connect
	}
	return g.answer
}

func (g guard) sample() sample {
	moved, waited := g.what.progress()
	return sample{moved, waited}
}

// stalled compares the ends of a full window. Time that the caller took (a bandwidth limit, a slow disk) is not the network's: it is
// taken off, and a window that was mostly the caller's proves nothing.
func (g guard) stalled(samples []sample) bool {
	if len(samples) <= stallSlices {
		return false
	}
	first, last := samples[0], samples[len(samples)-1]
	network := g.window - (last.waited - first.waited)
	if network < g.window/2 {
		return false
	}
	return float64(last.moved-first.moved) < float64(g.rate)*network.Seconds()
}

// callerTime adds up the time spent in the caller's reader or writer, with the call under way.
type callerTime struct {
	mu    sync.Mutex // never held across a call
	total time.Duration
	since time.Time // zero: no call is under way
}

func (c *callerTime) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since = time.Now()
}

func (c *callerTime) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total += time.Since(c.since)
	c.since = time.Time{}
}

func (c *callerTime) spent() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.since.IsZero() {
		return c.total
	}
	return c.total + time.Since(c.since)
}
