package uploader

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

const (
	hintDown    = "nothing to do if FLORA is down; otherwise look at the network, DNS, the proxy and api.base_url"
	hintKey     = "replace the API key: a new one is taken up without a restart, except from a systemd credential"
	hintPayment = "somebody has to see to the workspace's plan or credits; work resumes by itself"
)

// probes are the accounts with an open breaker, and the one to ask about the service with: each has a goroutine until its breakers are closed.
// Handing one over never blocks and is never lost, since nothing else would close them.
type probes struct {
	mu      sync.Mutex
	watched map[*Account]bool // its own breakers
	service bool              // the service's breaker
	due     []func(context.Context)
	more    chan struct{}
}

func newProbes() probes {
	return probes{watched: make(map[*Account]bool), more: make(chan struct{}, 1)}
}

// start has the probe loop run f. p.mu is held.
func (p *probes) start(f func(context.Context)) {
	p.due = append(p.due, f)
	select {
	case p.more <- struct{}{}:
	default:
	}
}

func (p *probes) take() []func(context.Context) {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken := p.due
	p.due = nil
	return taken
}

// probeLoop owns the goroutines that watch over open breakers. Uploader.Run starts it and waits for it.
func (u *Uploader) probeLoop(ctx context.Context) {
	var watchers sync.WaitGroup
	defer watchers.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-u.probes.more:
			for _, watch := range u.probes.take() {
				watchers.Go(func() { watch(ctx) })
			}
		}
	}
}

// down opens the service's breaker.
func (u *Uploader) down(a *Account, err error) {
	if u.service.trip(time.Now(), state.APIDown, err.Error(), hintDown) {
		u.notice(state.APIDownSeen, state.APIDown, err, hintDown)
	}
	u.probes.mu.Lock()
	defer u.probes.mu.Unlock()
	if !u.probes.service {
		u.probes.service = true
		u.probes.start(func(ctx context.Context) { u.watchService(ctx, a) })
	}
}

// watchService asks FLORA whenever the service's breaker is due, until it is closed.
func (u *Uploader) watchService(ctx context.Context, a *Account) {
	for {
		u.probes.mu.Lock()
		blocked, open := u.service.blocked()
		if !open || ctx.Err() != nil {
			u.probes.service = false
			u.probes.mu.Unlock()
			return
		}
		u.probes.mu.Unlock()
		if !sleep(ctx, blocked.Until) {
			continue
		}
		if a.isRetired() { // whoever is in use is asked with; where nothing waits for FLORA, any answer to the old one tells as much
			if used := u.accounts(); len(used) > 0 {
				a = used[0]
			}
		}
		switch health, _, err := u.ping(ctx, a, time.Now()); {
		case ctx.Err() != nil:
		case health == serviceAway, health == unasked && err != nil && diagnose(err) == serviceAway:
			u.service.trip(time.Now(), state.APIDown, err.Error(), hintDown)
		default: // also a refused key is an answer, or that the key is to wait: to this probe, or to a request that was on its way
			if health == keyRefused {
				u.suspend(a, keyReason(err), err)
			}
			u.resume(&u.service, state.APIDown)
		}
	}
}

// suspend stops claiming for a key. One that no root has any more stops nothing.
func (u *Uploader) suspend(a *Account, reason state.Reason, err error) {
	if a.isRetired() {
		return
	}
	b, hint := &a.key, cmp.Or(a.Replace, hintKey)
	if reason == state.PaymentRequired {
		b, hint = &a.payment, hintPayment
		var refused *flora.Error
		if errors.As(err, &refused) {
			a.unpaid.Store(refused.Op)
		}
	}
	if b.trip(time.Now(), reason, err.Error(), hint) {
		u.notice(state.APISuspended, reason, err, hint)
	}
	u.probes.mu.Lock()
	defer u.probes.mu.Unlock()
	if !u.probes.watched[a] {
		u.probes.watched[a] = true
		u.probes.start(func(ctx context.Context) { u.watchAccount(ctx, a) })
	}
	select {
	case a.tripped <- struct{}{}:
	default:
	}
}

// watchAccount asks FLORA whenever the key's breaker is due or the key's source changed, until the account's breakers are closed or no root has it. The breaker of
// payments is closed by a reservation; a changed key makes its try due at once.
func (u *Uploader) watchAccount(ctx context.Context, a *Account) {
	for {
		u.probes.mu.Lock()
		key, locked := a.key.blocked()
		_, unpaid := a.payment.blocked()
		if !locked && !unpaid || ctx.Err() != nil || a.isRetired() {
			delete(u.probes.watched, a)
			u.probes.mu.Unlock()
			if locked && a.isRetired() {
				u.notice(state.APIResumed, key.Reason, nil, "")
			}
			if unpaid && a.isRetired() {
				u.notice(state.APIResumed, state.PaymentRequired, nil, "")
			}
			return
		}
		u.probes.mu.Unlock()
		var due <-chan time.Time
		var timer *time.Timer
		if locked {
			timer = time.NewTimer(time.Until(key.Until))
			due = timer.C
		}
		paid := time.NewTimer(paidLook)
		select {
		case <-ctx.Done():
		case <-a.tripped:
		case <-a.retired:
		case <-paid.C:
		case <-a.Changed:
			a.key.hurry(time.Now())
			a.payment.hurry(time.Now())
			u.wake()
		case <-due:
			u.probeKey(ctx, a)
		}
		paid.Stop()
		if timer != nil {
			timer.Stop()
		}
	}
}

func (a *Account) isRetired() bool {
	select {
	case <-a.retired:
		return true
	default:
		return false
	}
}

// paidLook is how often a watcher looks whether its breakers were closed by others: it only costs a goroutine's turn.
const paidLook = time.Minute

// probeKey asks once and draws the conclusions: the key's breaker closes, or waits longer.
func (u *Uploader) probeKey(ctx context.Context, a *Account) {
	switch health, until, err := u.ping(ctx, a, time.Now()); {
	case ctx.Err() != nil:
	case health == serviceAway:
		u.down(a, err)
		a.key.postpone(time.Now())
	case health == keyRefused:
		u.suspend(a, keyReason(err), err)
	case health == unasked: // a key that is new counts for the same workspaces: it has to wait as long
		a.key.await(until)
	default:
		u.resume(&a.key, state.KeyRefused)
	}
}

// resume closes a breaker, says so, and lets work go on.
func (u *Uploader) resume(b *breaker, reason state.Reason) {
	if b.reset() {
		u.notice(state.APIResumed, reason, nil, "")
		u.wake()
	}
}

// sleep waits until then; false when ctx ended first.
func sleep(ctx context.Context, until time.Time) bool {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
