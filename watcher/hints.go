package watcher

import (
	"sync"
)

// Change is what events said of a path, or-ed together.
type Change uint8

// The changes.
const (
	Came  Change = 1 << iota // created, or renamed to
	Left                     // removed, or renamed away
	Wrote                    // content or attributes

	asked Change = 1 << 7 // by Look: the record knows the path, whatever the rules say of it
)

// Dirt is where to look, in no order.
type Dirt struct {
	Paths    map[string]Change // absolute paths
	Overflow bool              // events were lost: look everywhere, and trust no watch
}

// Hints tells where to look. It is fsnotify ([FSHints]), or a test's. One per root; nothing about it is trusted to be complete.
type Hints interface {
	// Add watches one directory, not what is below it. ENOSPC: the limit of watches is reached.
	Add(dir string) error
	// Remove ends the watch of a directory, if there is one.
	Remove(dir string)
	// Dirty is signalled when there is something to take.
	Dirty() <-chan struct{}
	// Take returns what became dirty since the last Take.
	Take() Dirt
	// Close ends all watches and waits for the reader.
	Close() error
}

// dirtyMax bounds the paths that wait to be taken; more is an overflow, which costs one scan.
const dirtyMax = 200_000

// dirtySet collects paths until they are taken. It is safe for concurrent use.
type dirtySet struct {
	mu    sync.Mutex
	dirt  Dirt
	ready chan struct{}
}

func newDirtySet() *dirtySet { return &dirtySet{ready: make(chan struct{}, 1)} }

func (d *dirtySet) put(path string, c Change) {
	d.mu.Lock()
	switch {
	case d.dirt.Overflow:
	case len(d.dirt.Paths) >= dirtyMax:
		d.dirt = Dirt{Overflow: true}
	case d.dirt.Paths == nil:
		d.dirt.Paths = map[string]Change{path: c}
	default:
		d.dirt.Paths[path] |= c
	}
	d.mu.Unlock()
	signal(d.ready)
}

func (d *dirtySet) overflow() {
	d.mu.Lock()
	d.dirt = Dirt{Overflow: true}
	d.mu.Unlock()
	signal(d.ready)
}

func (d *dirtySet) take() Dirt {
	d.mu.Lock()
	defer d.mu.Unlock()
	dirt := d.dirt
	d.dirt = Dirt{}
	return dirt
}

// signal wakes whoever waits, or whoever waits next.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
