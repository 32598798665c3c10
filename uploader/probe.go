package uploader

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

const (
	hintDown = "nothing to do if FLORA is down; otherwise look at the network, DNS, the proxy and api.base_url"
	hintKey  = "replace the API key: a new one is taken up without a restart, except from a systemd credential"
)

// probe asks for a breaker to be closed once FLORA is well again.
type probe struct {
	account *Account
	what    *breaker
}

// later hands a tripped breaker to the probe loop.
func (u *Uploader) later(p probe) {
	select {
	case u.probes <- p:
	default: // the loop has more than enough to look at; the next fault trips it again
	}
}

// probeLoop owns the open breakers of the service and the keys: it asks FLORA when each is due, and closes them when all is well. Uploader.Run
// starts it and waits for it.
func (u *Uploader) probeLoop(ctx context.Context) {
	open := map[*breaker]probe{}
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		var next time.Time
		var changed <-chan struct{}
		var whose *breaker
		for b, p := range open {
			blocked, still := b.blocked()
			if !still {
				delete(open, b)
				continue
			}
			next = earlier(next, blocked.Until)
			if p.account.Changed != nil && b == &p.account.key {
				changed, whose = p.account.Changed, b
			}
		}
		if next.IsZero() {
			next = time.Now().Add(time.Hour)
		}
		timer.Reset(time.Until(next))
		select {
		case <-ctx.Done():
			return
		case p := <-u.probes:
			open[p.what] = p
		case <-changed:
			whose.hurry(time.Now())
		case <-timer.C:
		}
		for b, p := range open {
			if blocked, still := b.blocked(); still && !time.Now().Before(blocked.Until) {
				u.probe(ctx, p)
			}
		}
	}
}

// probe asks once and draws the conclusions: the breaker closes, or waits longer.
func (u *Uploader) probe(ctx context.Context, p probe) {
	health, err := u.ping(ctx, p.account, time.Now())
	if ctx.Err() != nil {
		return
	}
	now := time.Now()
	switch health {
	case serviceAway:
		u.service.trip(now, state.APIDown, err.Error(), hintDown)
		if p.what != &u.service {
			p.what.trip(now, state.KeyRefused, err.Error(), hintKey)
		}
		return
	case keyRefused:
		if p.what == &u.service && u.service.reset() {
			u.notice(state.APIResumed, state.APIDown, nil, "")
		}
		u.suspend(p.account, keyReason(err), err)
		return
	}
	if p.what.reset() {
		reason := state.KeyRefused
		if p.what == &u.service {
			reason = state.APIDown
		}
		u.notice(state.APIResumed, reason, nil, "")
		u.wake()
	}
}

type health uint8

const (
	allWell health = iota
	serviceAway
	keyRefused
)

// ping asks how service and key are. An answer to a probe that began after the fault serves every row that met it; inside a Retry-After window nothing
// is asked, and somebody said so, hence is there.
func (u *Uploader) ping(ctx context.Context, a *Account, fault time.Time) (health, error) {
	select {
	case a.probing <- struct{}{}:
	case <-ctx.Done():
		return allWell, context.Cause(ctx)
	}
	defer func() { <-a.probing }()
	if a.probed.After(fault) {
		return a.health, a.probeErr
	}
	shut := false
	u.gates.each(func(_ string, g *gate) {
		_, now := g.shut(fault)
		shut = shut || now
	})
	if shut {
		return allWell, nil
	}
	began := time.Now()
	_, err := u.sendProbe(ctx, a)
	if ctx.Err() != nil {
		return allWell, context.Cause(ctx)
	}
	h := diagnose(err)
	a.probed, a.health, a.probeErr = began, h, err
	return h, err
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
	if v := classify(err, now); v.fault.Class == state.Throttled {
		u.gates.each(func(_ string, g *gate) { g.close(now, now.Add(v.wait)) })
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
		return allWell // throttled, or a refusal of the probe itself: somebody is there
	case keyReason(err) == state.KeyMissing:
		return keyRefused
	}
	return serviceAway
}

// suspend stops claiming for a key.
func (u *Uploader) suspend(a *Account, reason state.Reason, err error) {
	b, hint := &a.key, hintKey
	if reason == state.PaymentRequired {
		b, hint = &a.payment, "somebody has to see to the workspace's plan or credits; work resumes by itself"
	}
	if b.trip(time.Now(), reason, err.Error(), hint) {
		u.notice(state.APISuspended, reason, err, hint)
	}
	if b == &a.key {
		u.later(probe{account: a, what: b})
	}
}

// wake makes the claim loop look again.
func (u *Uploader) wake() {
	select {
	case u.freed <- struct{}{}:
	default:
	}
}
