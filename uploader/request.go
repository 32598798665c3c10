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

// api makes one request to FLORA's API: not inside a Retry-After window, not while the service is away, in one of the slots.
func (r *row) api(ctx context.Context, request func(context.Context) (flora.Meta, error)) error {
	defer r.leave()
	return r.apiHolding(ctx, request)
}

// apiHolding is api for a request that hands out a form: after a success the slot stays held for the bytes, since forms live short and others may
// hold all slots for long.
func (r *row) apiHolding(ctx context.Context, request func(context.Context) (flora.Meta, error)) error {
	if err := r.u.requests.Wait(ctx); err != nil {
		return err
	}
	if err := r.enter(ctx); err != nil {
		return err
	}
	// Asked with the slot in hand: a 429 may have come while this request waited for it.
	if err := r.clear(); err != nil {
		r.leave()
		return err
	}
	began := time.Now()
	meta, err := request(ctx)
	r.u.clock.note(meta.Date, meta.ReceivedAt)
	if err == nil {
		r.u.slots.grow(began)
		return nil
	}
	// The gate is shut before the slot is given to the next request.
	if now := time.Now(); ctx.Err() == nil {
		if v := classify(err, now); v.fault.Class == state.Throttled {
			r.throttled(now, v)
		}
	}
	r.leave()
	return err
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
		r.u.slots.halve(now)
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

// needsForm tells the row to wait while a form could not be used, or would not be given: a storage host that is down burns it, and until somebody has
// paid one reservation at a time asks.
func (r *row) needsForm(pass func(*breaker) error) error {
	if err := r.clear(); err != nil {
		return err
	}
	if err := pass(&r.root.Account.payment); err != nil {
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

// leave gives the slot back, if the row holds one.
func (r *row) leave() {
	if r.slot {
		r.slot = false
		r.u.slots.release()
	}
}
