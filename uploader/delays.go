package uploader

import (
	"sync"
	"time"

	"github.com/florasync/florasync/state"
)

// delays are the waits of rows whose file somebody has open for writing: each doubles, to a cap. Memory, since a writer does not outlive much.
type delays struct {
	mu sync.Mutex
	m  map[state.ID]time.Duration
}

func (d *delays) next(id state.ID) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.m == nil {
		d.m = make(map[state.ID]time.Duration)
	}
	d.m[id] = min(max(2*d.m[id], busyFirst), busyCap)
	return d.m[id]
}

func (d *delays) forget(id state.ID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.m, id)
}
