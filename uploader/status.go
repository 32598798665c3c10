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
	add := func(b Blocked, is bool) {
		if is {
			s.Blocked = append(s.Blocked, b)
		}
	}
	add(u.service.blocked())
	for _, a := range accounts {
		add(a.key.blocked())
		add(a.payment.blocked())
		add(a.gate.blocked(a.Name, now))
	}
	u.downHosts(func(b Blocked) { add(b, true) })
	u.gates.each(func(workspace string, g *gate) { add(g.blocked(workspace, now)) })
	return s
}

// Blocking returns what keeps one row waiting, of what Status tells: that the service is down, its folder's key is locked out, its workspace is throttled, or the
// host that its bytes will most likely go to is down. Nothing for a row whose folder is not configured any more.
func (u *Uploader) Blocking(it state.Item) (blocked []Blocked) {
	root, ok := u.opt.Roots.Root(it.Root)
	if !ok {
		return nil
	}
	add := func(b Blocked, is bool) {
		if is {
			blocked = append(blocked, b)
		}
	}
	now, a, workspace := time.Now(), root.Account, (&row{it: it, root: root}).workspace()
	add(u.service.blocked())
	add(a.key.blocked())
	add(a.payment.blocked())
	add(a.gate.blocked(a.Name, now))
	if h := u.hosts.expected(workspace); h != nil && it.Phase < state.Uploaded {
		add(h.blocked())
	}
	add(u.gates.of(workspace).blocked(workspace, now))
	return blocked
}
