package uploader

import (
	"sync"
	"time"

	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

// formCache keeps the signed forms of reserved rows that had to wait. It is memory on purpose: a form is a credential and never reaches a disk.
type formCache struct {
	mu sync.Mutex
	m  map[state.ID]signed
}

// signed is a form and what may have happened to it.
type signed struct {
	form  flora.Form
	asset string        // whose form it is
	at    time.Time     // when it was received
	left  time.Duration // its lifetime, as far as it is known
	doubt bool          // the asset may be an earlier record's, and is looked at first
	posts int           // requests that may have reached the storage with it
}

// freshFor is how long a form counts as just received: it is tried once then, whatever its expiry says.
const freshFor = 2 * time.Second

// stale says why the form cannot be posted now; "" when it can.
func (s signed) stale(now time.Time) (code, message string) {
	switch {
	case s.posts > 0 && !s.form.Reusable():
		return "spent", "the form may have been used"
	case s.form.Expired(now) && (s.posts > 0 || now.Sub(s.at) > freshFor):
		return "expired", "the form expired"
	}
	return "", ""
}

func (c *formCache) put(id state.ID, s signed) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil {
		c.m = make(map[state.ID]signed)
	}
	c.m[id] = s
}

// get returns a row's form, if it is the form of this asset (invariant 1).
func (c *formCache) get(id state.ID, asset string) (signed, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.m[id]
	return s, ok && s.asset == asset
}

func (c *formCache) drop(id state.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.m, id)
}

// names reports a form that is to be posted to a host.
func (c *formCache) names(host string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.m {
		if s.form.Host() == host {
			return true
		}
	}
	return false
}
