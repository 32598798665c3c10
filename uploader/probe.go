package uploader

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

type health uint8

const (
	allWell health = iota
	serviceAway
	keyRefused
	unasked // inside a Retry-After window nothing is asked
)

// ping asks how service and key are. An answer to a probe that began after the fault serves every row that met it. until is with unasked alone: when
// it can be asked; err is then what the probe met that was told to wait, or nil when none was sent.
func (u *Uploader) ping(ctx context.Context, a *Account, fault time.Time) (h health, until time.Time, err error) {
	select {
	case a.probing <- struct{}{}:
	case <-ctx.Done():
		return unasked, time.Time{}, context.Cause(ctx)
	}
	defer func() { <-a.probing }()
	if !a.probed.IsZero() && !a.probed.Before(fault) {
		return a.health, time.Time{}, a.probeErr
	}
	if until, shut := u.gates.shutFor(a, time.Now()); shut {
		return unasked, until, nil
	}
	began := time.Now()
	_, err = u.sendProbe(ctx, a)
	if ctx.Err() != nil {
		return unasked, time.Time{}, context.Cause(ctx)
	}
	if until, shut := u.gates.shutFor(a, time.Now()); shut && err != nil {
		return unasked, until, err
	}
	h = diagnose(err)
	a.probed, a.health, a.probeErr = began, h, err
	return h, time.Time{}, err
}

// sendProbe sends a GET of an asset id that cannot exist, so that no route and no workspace can spoil the answer.
func (u *Uploader) sendProbe(ctx context.Context, a *Account) (flora.Meta, error) {
	if err := u.slots.acquire(ctx); err != nil {
		return flora.Meta{}, err
	}
	defer u.slots.release()
	meta, err := a.Client.Probe(ctx)
	u.clock.note(meta.Date, meta.ReceivedAt)
	if err == nil {
		return meta, nil
	}
	now := time.Now()
	if v := classify(err, now); v.fault.Class == state.Throttled { // it names no workspace: any of the account's may be meant
		a.gate.close(a, now, now.Add(v.wait))
	}
	return meta, err
}

func keyReason(err error) state.Reason {
	var key *flora.KeyError
	if errors.As(err, &key) || errors.Is(err, flora.ErrNoKey) {
		return state.KeyMissing
	}
	return state.KeyRefused
}

func diagnose(err error) health {
	var api *flora.Error
	switch {
	case err == nil:
		return allWell
	case errors.As(err, &api) && (api.Status == http.StatusUnauthorized || api.Status == http.StatusForbidden):
		return keyRefused
	case errors.As(err, &api) && api.Status < 500 && api.Status != http.StatusRequestTimeout && api.Status != http.StatusNotFound:
		return allWell // a refusal of the probe itself: somebody is there
	case keyReason(err) == state.KeyMissing:
		return keyRefused
	}
	return serviceAway
}
