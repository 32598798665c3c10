package watcher

import (
	"context"
	"sync"
)

// running is the goroutine of one root.
type running struct {
	root  *rootWatch
	stop  context.CancelFunc
	ended chan struct{}
}

// Run watches until the context is done, and returns when everything has ended. It does not fail: a root that is away is waited for, a record that refuses
// is tried again. It may run once.
func (w *Watcher) Run(ctx context.Context) error {
	var all sync.WaitGroup
	defer all.Wait()
	byName := map[string]running{} // also what was stopped, until it has ended: nobody else may watch that root meanwhile
	for {
		for name, now := range byName {
			if r, ok := w.find(name); !ok || r != now.root {
				now.stop()
			}
			if closed(now.ended) {
				delete(byName, name)
			}
		}
		for _, r := range w.watched() {
			if byName[r.name].root == r {
				continue
			}
			before := byName[r.name].ended
			own, stop := context.WithCancel(ctx)
			now := running{root: r, stop: stop, ended: make(chan struct{})}
			byName[r.name] = now
			all.Go(func() {
				defer close(now.ended)
				defer stop()
				if before != nil {
					<-before
				}
				r.run(own)
			})
		}
		select {
		case <-ctx.Done():
			return nil
		case <-w.renewed:
		}
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
