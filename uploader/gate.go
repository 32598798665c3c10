package uploader

import (
	"sync"
	"time"

	"github.com/florasync/florasync/state"
)

// gate holds a workspace's API calls back while FLORA says to wait.
type gate struct {
	mu      sync.Mutex
	until   time.Time
	since   time.Time
	account *Account // whose request was told to wait
}

// close holds calls back until then, or longer when it already does. It reports whether the gate was open.
func (g *gate) close(a *Account, now, until time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.account = a
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

// shutFor returns until when the gates that an account's requests closed hold it back: a request that names no workspace may be counted to any of them.
func (g *gates) shutFor(a *Account, now time.Time) (until time.Time, shut bool) {
	until, shut = a.gate.shut(now)
	g.each(func(_ string, g *gate) {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.account == a && now.Before(g.until) && (!shut || g.until.After(until)) {
			until, shut = g.until, true
		}
	})
	return until, shut
}
