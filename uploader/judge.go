package uploader

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

// judge turns a fault into an outcome for the row, or into a wait that costs it nothing (invariant 8).
func (r *row) judge(ctx context.Context, cause error) (*state.Outcome, error) {
	now := time.Now()
	v := classify(cause, now)
	account := r.root.Account
	if v.probe {
		switch health, until, err := r.u.ping(ctx, account, now); {
		case ctx.Err() != nil:
			return nil, waitUntil(time.Time{})
		case health == unasked:
			return nil, waitUntil(until)
		case health == serviceAway:
			r.u.down(account, err)
			return nil, waitUntil(time.Time{}) // nothing is claimed until the probe closes the breaker
		case health == keyRefused:
			r.u.suspend(account, keyReason(err), err)
			return nil, waitUntil(time.Time{})
		}
		if v.fault.Class == state.ServiceDown && neverArrived(cause) {
			// The probe found a way that this request did not: no row can be the cause of that.
			return is(state.Later(now.Add(r.u.unreached.next(r.it.ID)), &v.fault)), nil
		}
		// The probe is well, so the fault is the row's own.
		if v.fault.Class == state.ServiceDown || v.fault.Class == state.LockedOut {
			v.fault.Class = state.Passing
		}
	}
	switch v.fault.Class {
	case state.Throttled:
		until, _ := r.u.gates.of(r.workspace()).shut(now)
		return nil, waitUntil(until)
	case state.LockedOut:
		if v.reason == state.PaymentRequired { // heeded already
			until, _ := account.payment.next(now)
			return nil, waitUntil(until)
		}
		r.u.suspend(account, v.reason, cause)
		return nil, waitUntil(time.Time{})
	case state.Lasting:
		return is(state.Fail(state.Reason(v.fault.Code), &v.fault)), nil
	case state.Local:
		if errors.Is(cause, source.ErrOffline) { // every row of the root is in the same boat: no commit for each
			r.u.offline.set(r.it.Root, now.Add(localDelay))
			return nil, waitFor(localDelay)
		}
		return is(state.Later(now.Add(r.u.local.next(r.it.ID)), &v.fault)), nil
	}
	return r.passing(now, v.fault), nil
}

const (
	// localDelay is how long a row is set aside at first for a fault of this machine: long enough not to spin, short enough to be noticed as self-healing.
	localDelay = 15 * time.Second
	// localCap is the longest such wait: a file that may not be read, moved or deleted. Thousands of them may wait for one folder, for days, and each try is a
	// commit, which says when the next one is and that the fault still stands (`run --once` ends by that). `retry` does not wait for it, nor does a file
	// whose stamps change: the record makes its row due.
	localCap = 4 * time.Minute
)

// passing backs the row off, or fails it when it has had its attempts.
func (r *row) passing(now time.Time, f state.Fault) *state.Outcome {
	f.Class = state.Passing
	attempt := int(r.it.Attempt) + 1
	if attempt >= r.u.limits.Load().MaxAttempts {
		f.Message = fmt.Sprintf("gave up after %d attempts: %s", attempt, f.Message)
		return is(state.Fail(state.AttemptsUp, &f))
	}
	return is(state.Later(now.Add(backoff(attempt, r.u.opt.Jitter())), &f))
}
