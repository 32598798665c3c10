package uploader

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/florasync/florasync/state"
	"golang.org/x/time/rate"
)

// Uploader claims rows that are due and works on them. Make one with [New] and call Run once.
type Uploader struct {
	opt      Options
	slots    *slots
	service  breaker
	gates    gates
	hosts    hosts
	earlier  searches
	requests *rate.Limiter
	bytes    *rate.Limiter
	clock    serverClock
	forms    formCache
	busy     delays
	moved    atomic.Int64 // bytes of files handed to the network

	freed  chan struct{} // a row under way ended
	probes chan probe

	mu     sync.Mutex
	active map[state.ID]*row
	turn   int
	born   bool
}

// New returns an Uploader that does nothing until Run.
func New(o Options) (*Uploader, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Concurrency <= 0 {
		o.Concurrency = DefaultConcurrency
	}
	if o.MaxAttempts <= 0 {
		o.MaxAttempts = DefaultMaxAttempts
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	u := &Uploader{opt: o, slots: newSlots(o.Concurrency), freed: make(chan struct{}, 1), probes: make(chan probe, 64), active: make(map[state.ID]*row),
		requests: rate.NewLimiter(rate.Inf, 1), bytes: rate.NewLimiter(rate.Inf, burst)}
	if o.RequestsPerMinute > 0 {
		u.requests.SetLimit(rate.Limit(float64(o.RequestsPerMinute) / 60))
	}
	if o.Bandwidth > 0 {
		u.bytes.SetLimit(rate.Limit(o.Bandwidth))
	}
	return u, nil
}

// rowsN is how many rows are under way at once: more than requests in flight, because a row that waits for its commit holds no slot.
func (u *Uploader) rowsN() int { return 4*u.opt.Concurrency + 4 }

// Run claims rows until claim ends, then waits for the rows under way; work ends those, too. It returns nil when it was stopped, and an error only
// when the record cannot be read.
func (u *Uploader) Run(claim, work context.Context) error {
	var rows, prober sync.WaitGroup
	probing, stop := context.WithCancel(work)
	prober.Go(func() { u.probeLoop(probing) })
	defer prober.Wait()
	defer stop()
	defer rows.Wait()
	for claim.Err() == nil {
		n, next, err := u.claim(claim, work, &rows)
		switch {
		case claim.Err() != nil:
			return nil
		case err != nil:
			return err
		case n == 0:
			u.idle(claim, next)
		}
	}
	return nil
}

// idle waits until something may have become due.
func (u *Uploader) idle(ctx context.Context, next time.Time) {
	var timer <-chan time.Time
	if !next.IsZero() {
		t := time.NewTimer(time.Until(next))
		defer t.Stop()
		timer = t.C
	}
	select {
	case <-ctx.Done():
	case <-u.opt.Queue.Wake():
	case <-u.freed:
	case <-timer:
	}
}

// claim takes what is due and free, lane by lane in turn, and starts it. next is when to look again.
func (u *Uploader) claim(claim, work context.Context, rows *sync.WaitGroup) (started int, next time.Time, err error) {
	now := time.Now()
	if ok, until := u.ask(claim, now); !ok {
		return 0, until, nil
	}
	lanes := u.opt.Queue.Lanes()
	u.turn++
	for i := range lanes {
		lane := lanes[(i+u.turn)%len(lanes)]
		free := u.free()
		if free <= 0 {
			return started, time.Time{}, nil
		}
		root, n, trying, again := u.allowance(lane, free, now)
		if n == 0 {
			next = earlier(next, again)
			continue
		}
		n = min(n, max(1, free/max(1, len(lanes)-i)))
		items, due, err := u.opt.Queue.Claim(claim, now, lane, n)
		if err != nil {
			return started, next, err
		}
		next = earlier(next, due)
		for _, it := range items {
			u.start(work, &row{u: u, it: it, root: root, trying: trying, lane: lane, size: it.Print.Size, started: now}, rows)
			started++
		}
	}
	return started, next, nil
}

// ask makes sure that the record has a birth before anything is reserved: without one, an asset of our own could be taken for an earlier record's.
func (u *Uploader) ask(ctx context.Context, now time.Time) (bool, time.Time) {
	if blocked, open := u.service.blocked(); open {
		return false, blocked.Until
	}
	if u.born || !u.opt.Queue.Birth().IsZero() {
		u.born = true
		return true, time.Time{}
	}
	lanes := u.opt.Queue.Lanes()
	if len(lanes) == 0 {
		return true, time.Time{}
	}
	root, ok := u.opt.Roots.Root(lanes[0].Root)
	if !ok || root.Account == nil {
		return true, time.Time{}
	}
	meta, err := u.sendProbe(ctx, root.Account)
	switch {
	case ctx.Err() != nil:
		return false, time.Time{}
	case meta.Date.IsZero() && err != nil:
		until := now.Add(time.Second)
		v := classify(err, now)
		if u.service.trip(now, state.APIDown, v.fault.Message, hintDown) {
			u.notice(state.APIDownSeen, state.APIDown, err, hintDown)
		}
		u.later(probe{account: root.Account, what: &u.service})
		return false, until
	}
	birth := meta.Date
	if birth.IsZero() { // a server without a Date: the local clock is all there is
		birth = now
	}
	if err := u.opt.Queue.SetBirth(ctx, birth); err != nil {
		return false, now.Add(time.Second)
	}
	u.born = true
	return true, time.Time{}
}

// allowance says how many rows of a lane may be started: none of a root that is not configured, of a key that is locked out, of a workspace that is
// throttled; one where a breaker lets one try through.
func (u *Uploader) allowance(lane state.Lane, free int, now time.Time) (root Root, n int, trying bool, again time.Time) {
	root, ok := u.opt.Roots.Root(lane.Root)
	if !ok || root.Account == nil {
		return root, 0, false, time.Time{}
	}
	if until, shut := u.gates.of(root.Route.Workspace).shut(now); shut {
		return root, 0, false, until
	}
	if b, open := root.Account.key.blocked(); open {
		return root, 0, false, b.Until
	}
	n = free
	tries := []*breaker{&root.Account.payment}
	u.hosts.each(func(h *host) { tries = append(tries, &h.breaker) })
	for _, b := range tries {
		blocked, open := b.blocked()
		if !open {
			continue
		}
		if !b.try(now) {
			return root, 0, false, blocked.Until
		}
		n, trying = 1, true
	}
	return root, n, trying, time.Time{}
}

func (u *Uploader) start(work context.Context, r *row, rows *sync.WaitGroup) {
	ctx, cancel := context.WithCancelCause(work)
	r.cancel = cancel
	id := r.it.ID
	u.mu.Lock()
	u.active[id] = r
	u.mu.Unlock()
	rows.Go(func() {
		until := r.run(ctx)
		r.close()
		cancel(nil)
		u.mu.Lock()
		delete(u.active, id)
		u.mu.Unlock()
		u.opt.Queue.Release(id, until)
		select {
		case u.freed <- struct{}{}:
		default:
		}
	})
}

func (u *Uploader) free() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.rowsN() - len(u.active)
}

// ErrForgotten is the cause with which Cancel ends a row's attempt.
var ErrForgotten = errors.New("the item was forgotten")

// Cancel ends the attempt under way for a row, if there is one. It does not wait: the row's claim is released when the attempt has ended.
func (u *Uploader) Cancel(id state.ID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if r := u.active[id]; r != nil {
		r.cancel(ErrForgotten)
	}
}

func (u *Uploader) notice(event state.Event, reason state.Reason, err error, hint string) {
	u.opt.Observer.Noticed(state.Notice{Event: event, Reason: reason, Err: err, Hint: hint})
}

// earlier returns the earlier of two times, of which a zero one says nothing.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}
