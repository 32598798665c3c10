package uploader

import (
	"time"

	"github.com/florasync/florasync/state"
)

// Doing is a row under way: what explain and upload show.
type Doing struct {
	ID    state.ID
	Root  string
	Step  string
	Phase state.Phase // at which the step began
	Sent  int64       // bytes of the file handed to the network in this try
	Size  int64
	Since time.Time
}

// Status is what the uploader's memory knows.
type Status struct {
	Requests int // in flight
	Active   []Doing
	Moved    int64 // bytes of files handed to the network since the start
	Blocked  []Blocked
}

// Status returns a snapshot. accounts are those in use, which the caller knows.
func (u *Uploader) Status(accounts ...*Account) Status {
	now := time.Now()
	s := Status{Requests: u.slots.inFlight(), Moved: u.moved.Load()}
	u.mu.Lock()
	for id, r := range u.active {
		step, _ := r.doing.Load().(string)
		s.Active = append(s.Active, Doing{ID: id, Root: r.lane.Root, Step: step, Phase: state.Phase(r.phase.Load()), Sent: r.sent.Load(), Size: r.size, Since: r.started})
	}
	u.mu.Unlock()
	var all blocks
	all.add(u.service.blocked())
	for _, a := range accounts {
		all.of(a, now)
	}
	u.downHosts(func(b Blocked) { all.add(b, true) })
	u.gates.each(func(workspace string, g *gate) { all.add(g.blocked(workspace, now)) })
	s.Blocked = all
	return s
}

// Blocking returns what keeps one row waiting, of what Status tells: that the service is down, its folder's key is locked out, its workspace is throttled, or the
// host that its bytes will most likely go to is down. Nothing for a row whose folder is not configured any more.
func (u *Uploader) Blocking(it state.Item) []Blocked {
	root, ok := u.opt.Roots.Root(it.Root)
	if !ok {
		return nil
	}
	var all blocks
	now, workspace := time.Now(), (&row{it: it, root: root}).workspace()
	all.add(u.service.blocked())
	all.of(root.Account, now)
	if h := u.hosts.expected(workspace); h != nil && it.Phase < state.Uploaded {
		all.add(h.blocked())
	}
	all.add(u.gates.of(workspace).blocked(workspace, now))
	return all
}

// blocks gathers what stops work.
type blocks []Blocked

func (b *blocks) add(what Blocked, is bool) {
	if is {
		*b = append(*b, what)
	}
}

// of adds what stops the work of an account.
func (b *blocks) of(a *Account, now time.Time) {
	b.add(a.key.blocked())
	b.add(a.payment.blocked())
	b.add(a.gate.blocked(a.Name, now))
}
