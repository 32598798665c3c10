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
	opt       Options
	limits    atomic.Pointer[Limits]
	slots     *slots
	films     *slots // besides, of the bytes of large files
	service   breaker
	gates     gates
	hosts     hosts
	offline   marks
	earlier   searches
	requests  *rate.Limiter
	bytes     *rate.Limiter
	narrow    *rate.Limiter // rows a second while some of them will only be told to wait
	clock     serverClock
	forms     formCache
	posts     posts
	lifetime  lifetimes
	busy      delays       // of rows whose file somebody writes to
	linking   delays       // of rows that wait for an equal one
	canvases  canvases     // assets that somebody attaches
	missed    misses       // of rows whose bytes FLORA says it misses
	repeats   repeats      // of completions that may not have been true
	contents  contents     // of linked roots
	absent    delays       // of rows whose file is not at its path
	local     delays       // of rows with a fault of this machine: a file that may not be read, moved or deleted
	unreached delays       // of rows whose request found no way to the API, while others do
	released  released     // rows of which something may be remembered, and that nobody works on
	moved     atomic.Int64 // bytes of files handed to the network

	relimited chan struct{} // the bandwidth may be another one
	freed     chan struct{} // a row under way ended
	asked     chan struct{} // whether the claiming loop comes round; without a buffer
	probes    probes

	mu     sync.Mutex
	active map[state.ID]*row
	turn   int
	born   bool
	bornAt time.Time // when this process gave the record its birth; zero when it had one
}

// New returns an Uploader that does nothing until Run.
func New(o Options) (*Uploader, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	o.Limits = o.Limits.filled()
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	u := &Uploader{opt: o, slots: newSlots(o.Concurrency), films: newSlots(filmsN(o.Concurrency)), freed: make(chan struct{}, 1),
		relimited: make(chan struct{}, 1), asked: make(chan struct{}), probes: newProbes(), active: make(map[state.ID]*row),
		requests: rate.NewLimiter(rate.Inf, 1), bytes: rate.NewLimiter(rate.Inf, burst),
		busy: delays{first: busyFirst, cap: busyCap}, linking: delays{first: linkFirst, cap: linkCap}, absent: delays{first: missingFirst, cap: missingCap},
		local:     delays{first: localDelay, cap: localCap},
		unreached: delays{first: backoffBase, cap: time.Minute}}
	u.narrow = rate.NewLimiter(narrowRate, rowsN(o.Concurrency))
	u.SetLimits(o.Limits)
	return u, nil
}

// Run claims rows until claim ends, then waits for the rows under way; work ends those, too. It returns nil when it was stopped, and an error only
// when Options.Fatal says that the record will not come back.
func (u *Uploader) Run(claim, work context.Context) error {
	var rows, prober sync.WaitGroup
	probing, stop := context.WithCancel(work)
	prober.Go(func() { u.probeLoop(probing) })
	prober.Go(func() { u.turnLoop(probing) })
	prober.Go(func() { u.tidyLoop(probing) })
	defer prober.Wait()
	defer stop()
	defer rows.Wait()
	for claim.Err() == nil {
		u.round()
		n, next, err := u.claim(claim, work, &rows)
		switch {
		case claim.Err() != nil:
			return nil
		case err != nil && u.opt.Fatal != nil && u.opt.Fatal(err):
			return err
		case err != nil:
			u.idle(claim, time.Now().Add(recordDelay))
		case n == 0:
			u.idle(claim, next)
		}
	}
	return nil
}

// recordDelay is how long to wait before the record is asked again after it refused: a full disk ends by itself, and says so through Wake.
const recordDelay = time.Second

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
	case <-u.asked:
	case <-timer:
	}
}

// start works on a claimed row in a goroutine of its own. A commit of unknown fate makes the queue let go of a claim while its row is worked on: when
// such a row comes again, the work of before is ended first, and only the last claim is given back.
func (u *Uploader) start(work context.Context, r *row, rows *sync.WaitGroup) {
	ctx, cancel := context.WithCancelCause(work)
	r.cancel, r.ended = cancel, make(chan struct{})
	r.phase.Store(uint32(r.it.Phase))
	id := r.it.ID
	u.mu.Lock()
	before := u.active[id]
	u.active[id] = r
	u.mu.Unlock()
	u.released.drop(id)
	if before != nil {
		before.cancel(errSuperseded)
	}
	rows.Go(func() {
		if before != nil {
			<-before.ended
		}
		until := r.run(ctx)
		if errors.Is(context.Cause(ctx), ErrForgotten) {
			until = time.Now().Add(forgetting)
		}
		cancel(nil)
		close(r.ended)
		u.mu.Lock()
		last := u.active[id] == r
		if last {
			delete(u.active, id)
		}
		u.mu.Unlock()
		if last {
			if !over(r.it) {
				u.released.put(id)
			}
			u.opt.Queue.Release(id, until)
		}
		u.wake()
	})
}

// errSuperseded ends the work on a row whose claim the queue let go of.
var errSuperseded = errors.New("the row was claimed anew")

func (u *Uploader) free() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return rowsN(u.limits.Load().Concurrency) - len(u.active)
}

// filmsFree returns how many rows more may be under way of large files that are still to be sent.
func (u *Uploader) filmsFree() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	n := filmRowsN(u.limits.Load().Concurrency)
	for _, r := range u.active {
		if state.PriorityOf(r.size) == state.Large && state.Phase(r.phase.Load()) < state.Uploaded {
			n--
		}
	}
	return n
}

// ErrForgotten is the cause with which Cancel ends a row's attempt.
var ErrForgotten = errors.New("the item was forgotten")

// forgetting is how long a row whose attempt Cancel ended is left alone: whoever asked for that takes it away meanwhile, or it goes on.
const forgetting = 5 * time.Second

// Cancel ends the attempt under way for a row, if there is one. It does not wait: the row's claim is released when the attempt has ended, and the row is not
// claimed again for five seconds, in which the caller takes it out of the record.
func (u *Uploader) Cancel(id state.ID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.forms.drop(id)
	if r := u.active[id]; r != nil {
		r.cancel(ErrForgotten)
	}
}

// Wake makes the uploader look for work again: what Roots says has changed, which the record knows nothing of. It never blocks.
func (u *Uploader) Wake() { u.wake() }

// wake makes the claim loop look again.
func (u *Uploader) wake() {
	select {
	case u.freed <- struct{}{}:
	default:
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
