package uploader

import (
	"context"
	"sync"
	"time"

	"github.com/florasync/florasync/state"
	"golang.org/x/time/rate"
)

// narrowRate bounds the rows a second that are claimed while a storage host is down, somebody has to pay, or a root is not there: most of them will
// only be told to wait, but those that need none of it go on. A guess: no burden, and five looks a second at assets being processed.
const narrowRate rate.Limit = 5

// claim takes what is due and free, lane by lane in turn, and starts it. next is when to look again; zero: when something wakes the loop.
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
		a := u.allowance(lane, free, now)
		if a.n == 0 {
			next = earlier(next, a.again)
			continue
		}
		items, due, err := u.opt.Queue.Claim(claim, now, lane, min(a.n, max(1, free/max(1, len(lanes)-i))))
		if err != nil {
			return started, next, err
		}
		next = earlier(next, due)
		if a.narrow {
			u.narrow.AllowN(now, len(items))
		}
		for _, it := range items {
			u.start(work, &row{u: u, it: it, root: a.root, lane: lane, size: it.Print.Size, started: now}, rows)
			started++
		}
	}
	return started, next, nil
}

// allowance is how many rows of a lane may be started.
type allowance struct {
	root   Root
	n      int
	narrow bool      // they count against Uploader.narrow
	again  time.Time // with n 0: when that may have changed; zero: when something wakes the loop
}

// allowance says how many rows of a lane may be started: none of a root that is not configured, of a key that is locked out, of a workspace that is
// throttled; few while many of them will be told to wait.
func (u *Uploader) allowance(lane state.Lane, free int, now time.Time) allowance {
	root, ok := u.opt.Roots.Root(lane.Root)
	if !ok || root.Account == nil {
		return allowance{}
	}
	if until, shut := u.gates.of(root.Route.Workspace).shut(now); shut {
		return allowance{again: until}
	}
	if until, shut := root.Account.gate.shut(now); shut {
		return allowance{again: until}
	}
	if _, open := root.Account.key.blocked(); open {
		return allowance{} // the probe that closes it wakes the loop
	}
	_, narrow := root.Account.payment.blocked()
	narrow = narrow || u.offline.has(lane.Root, now)
	u.downHosts(func(Blocked) { narrow = true })
	if lane.Size == state.Large {
		if free = min(free, u.filmsFree()); free <= 0 {
			return allowance{} // one that ends wakes the loop
		}
	}
	if !narrow {
		return allowance{root: root, n: free}
	}
	tokens := int(u.narrow.TokensAt(now))
	if tokens == 0 {
		return allowance{again: now.Add(time.Second / time.Duration(narrowRate))}
	}
	return allowance{root: root, n: min(free, tokens), narrow: true}
}

// ask makes sure that the service is there and that the record has a birth before anything is reserved: without one, an asset of our own could be
// taken for an earlier record's.
func (u *Uploader) ask(ctx context.Context, now time.Time) (bool, time.Time) {
	if _, open := u.service.blocked(); open {
		return false, time.Time{} // the probe that closes it wakes the loop
	}
	if u.born || !u.opt.Queue.Birth().IsZero() {
		u.born = true
		until := u.bornAt.Add(dateResolution)
		return !now.Before(until), until
	}
	for _, a := range u.accounts() {
		birth, ok := u.dateOf(ctx, a)
		switch {
		case ctx.Err() != nil:
			return false, time.Time{}
		case !ok:
			continue
		}
		if err := u.opt.Queue.SetBirth(ctx, birth); err != nil {
			return false, now.Add(recordDelay)
		}
		u.born = true
		// Birth and created_at may have whole seconds: what is reserved within the second of the birth would look like an earlier record's.
		u.bornAt = time.Now()
		return false, u.bornAt.Add(dateResolution)
	}
	return false, time.Time{}
}

// dateResolution is that of a Date header, RFC 9110, section 5.6.7.
const dateResolution = time.Second

// accounts are the keys of the lanes with work, without those locked out.
func (u *Uploader) accounts() []*Account {
	var accounts []*Account
	met := make(map[*Account]bool)
	for _, lane := range u.opt.Queue.Lanes() {
		root, ok := u.opt.Roots.Root(lane.Root)
		if !ok || root.Account == nil || met[root.Account] {
			continue
		}
		met[root.Account] = true
		if _, open := root.Account.key.blocked(); !open {
			accounts = append(accounts, root.Account)
		}
	}
	return accounts
}

// dateOf asks FLORA for the time with an account. Without an answer the service or the key is held to be what the probe says.
func (u *Uploader) dateOf(ctx context.Context, a *Account) (time.Time, bool) {
	meta, err := u.sendProbe(ctx, a)
	if ctx.Err() != nil {
		return time.Time{}, false
	}
	if !meta.Date.IsZero() {
		return meta.Date, true
	}
	switch diagnose(err) {
	case serviceAway:
		u.down(a, err)
		return time.Time{}, false
	case keyRefused:
		u.suspend(a, keyReason(err), err)
		return time.Time{}, false
	}
	return time.Now(), true // a server without a Date: the local clock is all there is
}
