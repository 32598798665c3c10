package uploader

import (
	"sync"

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
	posts int  // requests that may have reached the storage with it
	fresh bool // just received, never tried: it is tried once, whatever its expiry says
}

func (c *formCache) put(id state.ID, s signed) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil {
		c.m = make(map[state.ID]signed)
	}
	c.m[id] = s
}

func (c *formCache) get(id state.ID) (signed, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.m[id]
	return s, ok
}

func (c *formCache) drop(id state.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.m, id)
}
