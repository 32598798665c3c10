package uploader

import (
	"maps"
	"slices"
	"sync"

	"github.com/florasync/florasync/state"
)

// hosts are the breakers of the upload hosts. Five failures in a row, on two rows or more, without a success open one.
type hosts struct {
	mu     sync.Mutex
	m      map[string]*host
	newest map[string]string // by workspace: the host that its newest form named
}

// host is one upload host: how it did lately, and whether it is taken to be down.
type host struct {
	breaker
	failures  int                // in a row
	one       state.ID           // the row of the first of them
	two       bool               // another row failed too
	successes int64              // bodies it took, or refused with an answer of its own
	missed    map[state.ID]int64 // successes when the row failed last
}

// storageFailures is how many failures in a row speak of the host and not of a row.
const storageFailures = 5

func (h *hosts) of(name string) *host {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.get(name)
}

func (h *hosts) get(name string) *host {
	if h.m == nil {
		h.m = make(map[string]*host)
	}
	if h.m[name] == nil {
		h.m[name] = &host{missed: make(map[state.ID]int64)}
	}
	return h.m[name]
}

// named notes which host a workspace's newest form names.
func (h *hosts) named(workspace, name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.newest == nil {
		h.newest = make(map[string]string)
	}
	h.newest[workspace] = name
}

// expected returns the host that the next form of a workspace will most likely name, or nil before the first one.
func (h *hosts) expected(workspace string) *host {
	h.mu.Lock()
	defer h.mu.Unlock()
	name, ok := h.newest[workspace]
	if !ok {
		return nil
	}
	return h.get(name)
}

// left returns the names of hosts that are taken to be down and that no workspace's newest form names: FLORA moved on.
func (h *hosts) left() (names []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	named := slices.Collect(maps.Values(h.newest))
	for name, host := range h.m {
		if _, down := host.blocked(); down && !slices.Contains(named, name) {
			names = append(names, name)
		}
	}
	return names
}

// drop lets go of a host, and reports whether nobody had done so.
func (h *hosts) drop(name string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, there := h.m[name]
	delete(h.m, name)
	return there
}

// forget lets go of a row's failures.
func (h *hosts) forget(id state.ID) {
	h.each(func(host *host) {
		host.mu.Lock()
		defer host.mu.Unlock()
		delete(host.missed, id)
	})
}

// downHosts calls f for the upload hosts that are taken to be down. One that FLORA left, and of which no form is kept any more, is nobody's to try, so that nobody
// would ever learn that it is well: it is let go of.
func (u *Uploader) downHosts(f func(Blocked)) {
	for _, name := range u.hosts.left() {
		if !u.forms.names(name) && u.hosts.drop(name) {
			u.notice(state.APIResumed, state.StorageIsDown, nil, "")
		}
	}
	u.hosts.each(func(h *host) {
		if b, down := h.blocked(); down {
			f(b)
		}
	})
}

func (h *hosts) each(f func(*host)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, host := range h.m {
		f(host)
	}
}

// failed counts a failure of a row at the host. down: the host as a whole is taken to be down. own: it is the row's, since the host took others'
// bytes between two failures of this row, or because no other row is there to tell. connect says that the host was not reached at all, which no row
// can be the cause of.
func (h *host) failed(id state.ID, connect bool) (down, own bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.failures == 0 {
		h.one, h.two = id, false
	}
	h.two = h.two || id != h.one
	h.failures++
	before, again := h.missed[id]
	h.missed[id] = h.successes
	down = h.open || (h.failures >= storageFailures && (h.two || connect))
	own = !down && !connect && (again && h.successes > before || h.failures >= storageFailures)
	return down, own
}

// well notes that the host answered a row, and reports whether it was held to be down.
func (h *host) well(id state.ID) bool {
	h.mu.Lock()
	h.failures = 0
	h.successes++
	delete(h.missed, id)
	if h.open {
		clear(h.missed)
	}
	h.mu.Unlock()
	return h.reset()
}

// streak is how many failures in a row there were.
func (h *host) streak() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.failures
}
