package uploader

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

// row is one claimed row being worked on, by one goroutine, which Uploader.start owns. What it knows beyond the item is memory and dies with it;
// forms outlive it in Uploader.forms, so that a row that had to wait does not need a new one.
type row struct {
	u       *Uploader
	it      state.Item
	root    Root
	cancel  context.CancelCauseFunc
	started time.Time
	lane    state.Lane // as claimed
	size    int64
	trying  bool // the one try that an open breaker lets through

	file     *source.File // open while the row is examined and sent
	digest   *[32]byte    // of the open file, once read
	renewing bool         // a renewal is on disk, retry has not been asked yet
	renewed  int          // renewals in this claim
	gaveUp   int          // reservations left behind in this claim
	mayPost  bool         // an attach request may be sent: looked, or within the key's window

	doing atomic.Value // string: for status and explain
	phase atomic.Uint32
	sent  atomic.Int64 // bytes of the file handed to the network
}

// pause ends the work on a row for now, without a mark on the row: a gate, a busy file, an asset still processing.
type pause struct{ until time.Time }

func (p *pause) Error() string { return "wait until " + p.until.Format(time.RFC3339) }

func waitFor(d time.Duration) error     { return &pause{until: time.Now().Add(d)} }
func waitUntil(t time.Time) error       { return &pause{until: t} }
func is(o state.Outcome) *state.Outcome { return &o }

// run takes step after step until the row is settled, has to wait, or the work is cut. It returns until when the row must not be handed out.
func (r *row) run(ctx context.Context) (until time.Time) {
	for !r.it.Settled() {
		began := time.Now()
		o, err := r.step(ctx)
		if err != nil {
			var p *pause
			if errors.As(err, &p) {
				return p.until
			}
			if ctx.Err() != nil { // being interrupted is not an attempt
				return time.Time{}
			}
			o, err = r.judge(ctx, err)
			if errors.As(err, &p) {
				return p.until
			}
		}
		if o == nil {
			continue
		}
		later, err := r.apply(ctx, *o, began)
		if err != nil || later {
			return time.Time{}
		}
	}
	return time.Time{}
}

// step does one remote effect and returns what it taught; nil without an error means that something was learned that only this claim needs.
func (r *row) step(ctx context.Context) (*state.Outcome, error) {
	r.doing.Store(r.it.Phase.String())
	r.phase.Store(uint32(r.it.Phase))
	switch r.it.Phase {
	case state.Queued:
		if r.fromURL() {
			return r.create(ctx)
		}
		return r.reserve(ctx)
	case state.Reserved:
		return r.send(ctx)
	case state.Uploaded:
		return r.complete(ctx)
	case state.Completed:
		return r.poll(ctx)
	case state.Ready:
		return r.attach(ctx)
	case state.Attached:
		return r.fileAway(ctx)
	}
	return nil, fmt.Errorf("%v is %v: nothing to do", r.it.ID, r.it.Phase)
}

// apply records an outcome. Reserved and Renewed are submitted and not awaited: commits keep their order, so that uploaded implies them. It reports
// whether the row has to wait now.
func (r *row) apply(ctx context.Context, o state.Outcome, began time.Time) (later bool, err error) {
	now := time.Now()
	if o.Took() == 0 {
		o = o.By(o.RequestID(), now.Sub(began))
	}
	c := state.Change{ID: r.it.ID, Rev: r.it.Rev, At: now, Outcome: o}
	var it state.Item
	switch o.Kind() {
	case state.KindReserved, state.KindRenewed:
		it, err = r.u.opt.Queue.Submit(c)
	default:
		it, err = r.u.opt.Queue.Apply(ctx, c)
	}
	switch {
	case errors.Is(err, state.ErrStale), err != nil:
		return true, err // the row moved on, or the record cannot be written: the next claim reads it anew
	case o.Kind() == state.KindSame:
		return true, nil // this row is gone: the older one took over
	}
	r.it = it
	if o.Kind() == state.KindGaveUp {
		r.renewing, r.renewed = false, 0
		r.gaveUp++
	}
	if it.Phase >= state.Uploaded || it.Settled() || it.Phase == state.Queued {
		r.u.forms.drop(it.ID)
	}
	return o.Kind() == state.KindLater, nil
}

// judge turns a fault into an outcome for the row, or into a wait that costs it nothing (invariant 8).
func (r *row) judge(ctx context.Context, cause error) (*state.Outcome, error) {
	now := time.Now()
	v := classify(cause, now)
	account := r.root.Account
	if v.probe {
		switch health, err := r.u.ping(ctx, account, now); {
		case ctx.Err() != nil:
			return nil, waitUntil(time.Time{})
		case health == serviceAway:
			r.u.down(account, err)
			return nil, r.waitOn(&r.u.service)
		case health == keyRefused:
			r.u.suspend(account, keyReason(err), err)
			return nil, r.waitOn(&account.key)
		}
		// The probe is well, so the fault is the row's own.
		if v.fault.Class == state.ServiceDown || v.fault.Class == state.LockedOut {
			v.fault.Class = state.Passing
		}
	}
	switch v.fault.Class {
	case state.Throttled:
		return nil, r.throttle(now, v)
	case state.LockedOut:
		r.u.suspend(account, v.reason, cause)
		if v.reason == state.PaymentRequired {
			return nil, r.waitOn(&account.payment)
		}
		return nil, r.waitOn(&account.key)
	case state.Lasting:
		return is(state.Fail(state.Reason(v.fault.Code), &v.fault)), nil
	case state.Local:
		return is(state.Later(now.Add(localDelay), &v.fault)), nil
	}
	return r.passing(now, v.fault), nil
}

// localDelay is how long a row is set aside for a fault of this machine: long enough not to spin, short enough to be noticed as self-healing.
const localDelay = 15 * time.Second

// passing backs the row off, or fails it when it has had its attempts.
func (r *row) passing(now time.Time, f state.Fault) *state.Outcome {
	f.Class = state.Passing
	attempt := int(r.it.Attempt) + 1
	if attempt >= r.u.opt.MaxAttempts {
		f.Message = fmt.Sprintf("gave up after %d attempts: %s", attempt, f.Message)
		return is(state.Fail(state.AttemptsUp, &f))
	}
	return is(state.Later(now.Add(backoff(attempt, r.u.opt.Jitter())), &f))
}

func (r *row) waitOn(b *breaker) error {
	blocked, open := b.blocked()
	if !open {
		return waitUntil(time.Time{})
	}
	return waitUntil(blocked.Until)
}

func (r *row) throttle(now time.Time, v verdict) error {
	until := now.Add(v.wait)
	r.u.slots.halve()
	workspace := r.workspace()
	if r.u.gates.of(workspace).close(now, until) {
		r.u.opt.Observer.Noticed(state.Notice{Event: state.APIThrottled, Reason: state.IsThrottled, Err: &v.fault, Resuming: until, Took: v.wait})
	}
	return waitUntil(until)
}

func (u *Uploader) down(a *Account, err error) {
	if u.service.trip(time.Now(), state.APIDown, err.Error(), hintDown) {
		u.notice(state.APIDownSeen, state.APIDown, err, hintDown)
	}
	u.later(probe{account: a, what: &u.service})
}

// workspace is where the row's asset is, or goes.
func (r *row) workspace() string {
	if r.it.To.Workspace != "" && (r.it.Frozen || r.it.Root == "") {
		return r.it.To.Workspace
	}
	return r.root.Route.Workspace
}

// api makes one request to FLORA's API: not inside a Retry-After window, not while the service is away, in one of the slots.
func (r *row) api(ctx context.Context, request func(context.Context) (flora.Meta, error)) error {
	if err := r.u.requests.Wait(ctx); err != nil {
		return err
	}
	if err := r.u.slots.acquire(ctx); err != nil {
		return err
	}
	defer r.u.slots.release()
	// Asked with the slot in hand: a 429 may have come while this request waited for it.
	if until, shut := r.u.gates.of(r.workspace()).shut(time.Now()); shut {
		return waitUntil(until)
	}
	if b, open := r.u.service.blocked(); open {
		return waitUntil(b.Until)
	}
	if b, open := r.root.Account.key.blocked(); open {
		return waitUntil(b.Until)
	}
	meta, err := request(ctx)
	r.u.clock.note(meta.Date, meta.ReceivedAt)
	if err == nil {
		r.u.slots.grow()
	}
	return err
}

func (r *row) close() {
	if r.file != nil {
		r.file.Close()
		r.file = nil
	}
}
