package uploader

import (
	"sync"
	"time"

	"github.com/florasync/florasync/state"
)

// delays are the waits of rows whose file is not to be had now (somebody writes to it, or nothing stands at its path): each doubles, from first to
// cap. Memory, since what causes them does not outlive much.
type delays struct {
	first, cap time.Duration

	mu sync.Mutex
	m  map[state.ID]time.Duration
}

func (d *delays) next(id state.ID) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.m == nil {
		d.m = make(map[state.ID]time.Duration)
	}
	d.m[id] = min(max(2*d.m[id], d.first), d.cap)
	return d.m[id]
}

func (d *delays) forget(id state.ID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.m, id)
}

// marks remember for a while that a root is not there.
type marks struct {
	mu sync.Mutex
	m  map[string]time.Time
}

func (k *marks) set(root string, until time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.m == nil {
		k.m = make(map[string]time.Time)
	}
	k.m[root] = until
}

func (k *marks) has(root string, now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return now.Before(k.m[root])
}
