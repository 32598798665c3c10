package uploader

import (
	"context"
	"slices"
	"time"

	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

// workspace is where the row's asset is, or goes.
func (r *row) workspace() string {
	if r.it.To.Workspace != "" && (r.it.Frozen || r.it.Root == "") {
		return r.it.To.Workspace
	}
	return r.root.Route.Workspace
}

// call makes one request, which may tell when FLORA answered.
type call func(context.Context) (flora.Meta, error)

// api makes one request to FLORA's API: not inside a Retry-After window, not while the service is away, in one of the slots.
func (r *row) api(ctx context.Context, request call) error {
	defer r.leave()
	return r.ask(ctx, r.enter, r.clear, request)
}

// apiPaid is api for a request that makes an asset.
func (r *row) apiPaid(ctx context.Context, request call) error {
	defer r.leave()
	return r.ask(ctx, r.enter, func() error { return r.needsPayment(r.admit) }, request)
}

// apiHolding is api for a request that hands out a form: after a success the slot stays held for the bytes, since forms live short and others may
// hold all slots for long.
func (r *row) apiHolding(ctx context.Context, request call) error {
	return r.ask(ctx, r.enterToSend, func() error { return r.needsForm(r.admit) }, request)
}

// ask makes a request in one of the slots, which stays held after a success. may is asked with the slot in hand: what another request was told may have
// come while this one waited for it.
func (r *row) ask(ctx context.Context, enter func(context.Context) error, may func() error, request call) error {
	if err := r.u.requests.Wait(ctx); err != nil {
		return err
	}
	if err := enter(ctx); err != nil {
		return err
	}
	if err := may(); err != nil {
		r.leave()
		return err
	}
	bound := r.u.slots.bound()
	meta, err := request(ctx)
	r.u.clock.note(meta.Date, meta.ReceivedAt)
	if err == nil {
		r.u.slots.grow(bound)
		return nil
	}
	if ctx.Err() == nil {
		r.heed(err)
	}
	r.leave()
	return err
}

// heed draws the conclusions of a refusal that hold for other rows too, before the slot is given to the next request.
func (r *row) heed(err error) {
	now := time.Now()
	v := classify(err, now)
	switch {
	case v.fault.Class == state.Throttled:
		r.throttled(now, v)
	case v.fault.Class == state.LockedOut && v.reason == state.PaymentRequired:
		r.u.suspend(r.root.Account, v.reason, err)
	}
}

// clear tells the row to wait while no request of its can be sent.
func (r *row) clear() error {
	now := time.Now()
	for _, g := range []*gate{r.u.gates.of(r.workspace()), &r.root.Account.gate} {
		if until, shut := g.shut(now); shut {
			return waitUntil(until)
		}
	}
	if _, open := r.u.service.blocked(); open {
		return waitUntil(time.Time{}) // nothing is claimed until the probe closes it
	}
	if _, open := r.root.Account.key.blocked(); open {
		return waitUntil(time.Time{})
	}
	return nil
}

// throttled shuts the workspace's gate and halves the requests in flight, once for all of those that are told to wait together.
func (r *row) throttled(now time.Time, v verdict) {
	workspace, until := r.workspace(), now.Add(v.wait)
	if r.u.gates.of(workspace).close(r.root.Account, now, until) {
		r.u.slots.halve()
		r.u.opt.Observer.Noticed(state.Notice{Event: state.APIThrottled, Reason: state.IsThrottled, Err: &v.fault, Resuming: until, Took: v.wait})
	}
}

// admit lets the row through an open breaker when it is its turn: one row at a time tries.
func (r *row) admit(b *breaker) error {
	now := time.Now()
	if slices.Contains(r.tries, b) {
		return nil
	}
	ok, took := b.try(now)
	if took {
		r.tries = append(r.tries, b)
	}
	if ok {
		return nil
	}
	until, _ := b.next(now)
	return waitUntil(until)
}

// asleep tells the row to wait while an open breaker has no try for it; it takes none.
func (r *row) asleep(b *breaker) error {
	if slices.Contains(r.tries, b) {
		return nil
	}
	if until, wait := b.next(time.Now()); wait {
		return waitUntil(until)
	}
	return nil
}

// needsPayment tells the row to wait while an asset would not be given: until somebody has paid, one row at a time asks.
func (r *row) needsPayment(pass func(*breaker) error) error {
	if err := r.clear(); err != nil {
		return err
	}
	return pass(&r.root.Account.payment)
}

// needsForm tells the row to wait while a form would not be given, or could not be used: a storage host that is down burns it.
func (r *row) needsForm(pass func(*breaker) error) error {
	if err := r.needsPayment(pass); err != nil {
		return err
	}
	if h := r.u.hosts.expected(r.workspace()); h != nil {
		return pass(&h.breaker)
	}
	return nil
}

// enter takes a slot, unless the row holds one.
func (r *row) enter(ctx context.Context) error {
	if r.slot {
		return nil
	}
	if err := r.u.slots.acquire(ctx); err != nil {
		return err
	}
	r.slot = true
	return nil
}

// enterToSend takes a slot for the bytes. Those of large files have a bound of their own, so that some slots are always left to small ones.
func (r *row) enterToSend(ctx context.Context) error {
	if !r.film && state.PriorityOf(r.it.Print.Size) == state.Large {
		if err := r.u.films.acquire(ctx); err != nil {
			return err
		}
		r.film = true
	}
	if err := r.enter(ctx); err != nil {
		r.leave()
		return err
	}
	return nil
}

// leave gives back the slots that the row holds.
func (r *row) leave() {
	if r.slot {
		r.slot = false
		r.u.slots.release()
	}
	if r.film {
		r.film = false
		r.u.films.release()
	}
}
