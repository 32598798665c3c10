package uploader

import (
	"sync"
	"time"

	"github.com/florasync/florasync/state"
)

// gate holds a workspace's API calls back while FLORA says to wait.
type gate struct {
	mu    sync.Mutex
	until time.Time
	since time.Time
}

// close holds calls back until then, or longer when it already does. It reports whether the gate was open.
func (g *gate) close(now, until time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	was := now.Before(g.until)
	if !was {
		g.since = now
	}
	if until.After(g.until) {
		g.until = until
	}
	return !was
}

// shut returns until when calls are held back; false when they are not.
func (g *gate) shut(now time.Time) (time.Time, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.until, now.Before(g.until)
}

func (g *gate) blocked(workspace string, now time.Time) (Blocked, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return Blocked{Reason: state.IsThrottled, Message: "FLORA limits the rate of " + workspace, Since: g.since, Until: g.until,
		Hint: "nothing to do: work goes on when the wait is over"}, now.Before(g.until)
}

// gates are the workspaces' gates, made as they are met.
type gates struct {
	mu sync.Mutex
	m  map[string]*gate
}

func (g *gates) of(workspace string) *gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.m == nil {
		g.m = make(map[string]*gate)
	}
	if g.m[workspace] == nil {
		g.m[workspace] = &gate{}
	}
	return g.m[workspace]
}

func (g *gates) each(f func(workspace string, g *gate)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for name, gate := range g.m {
		f(name, gate)
	}
}

// hosts are the breakers of the upload hosts. Five failures in a row, on two rows or more, without a success open one (design, chapter 5).
type hosts struct {
	mu sync.Mutex
	m  map[string]*host
}

type host struct {
	breaker
	failures int
	first    state.ID // the row of the first failure
	two      bool     // another row failed too
}

const storageFailures = 5

func (h *hosts) of(name string) *host {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.m == nil {
		h.m = make(map[string]*host)
	}
	if h.m[name] == nil {
		h.m[name] = &host{}
	}
	return h.m[name]
}

func (h *hosts) each(f func(*host)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, host := range h.m {
		f(host)
	}
}

// failed counts a failure of a row at the host and reports whether the host as a whole is taken to be down.
func (h *host) failed(id state.ID) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.failures == 0 {
		h.first, h.two = id, false
	}
	h.two = h.two || id != h.first
	h.failures++
	return h.open || (h.failures >= storageFailures && h.two)
}

// well notes that the host took a body, and reports whether it was held to be down.
func (h *host) well() bool {
	h.mu.Lock()
	h.failures = 0
	h.mu.Unlock()
	return h.reset()
}
