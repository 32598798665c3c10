package watcher

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/florasync/florasync/state"
)

// Watcher watches the configured roots. Its methods are safe for concurrent use.
type Watcher struct {
	roots   []*rootWatch
	byName  map[string]*rootWatch
	changes chan struct{}
}

// New checks the options and returns a Watcher, which does nothing before Run. The error names the root, and the pattern that does not parse.
func New(opt Options) (*Watcher, error) {
	if opt.Record == nil || opt.Observer == nil {
		return nil, errors.New("watcher: Record and Observer are required")
	}
	w := &Watcher{byName: map[string]*rootWatch{}, changes: make(chan struct{}, 1)}
	for _, root := range opt.Roots {
		if root.Source == nil {
			return nil, errors.New("watcher: a root without a source")
		}
		name := root.Source.Name()
		if _, twice := w.byName[name]; twice {
			return nil, fmt.Errorf("root %s: watched twice", name)
		}
		rules, err := NewRules(root.Recursive, root.Include, root.Exclude)
		if err != nil {
			return nil, fmt.Errorf("root %s: %w", name, err)
		}
		r := newRootWatch(root, rules, opt)
		r.changed = func() { signal(w.changes) }
		r.peers = func(name string) *rootWatch { return w.byName[name] }
		r.settling = w.settling
		w.roots = append(w.roots, r)
		w.byName[name] = r
	}
	return w, nil
}

// Run watches until the context is done, and returns when everything has ended. It does not fail: a root that is away is waited for, a record that refuses
// is tried again. It may run once.
func (w *Watcher) Run(ctx context.Context) error {
	var all sync.WaitGroup
	for _, r := range w.roots {
		all.Go(func() { r.run(ctx) })
	}
	all.Wait()
	return nil
}

// settling are the files that settle, in all roots, and those that have and are not in the record yet.
func (w *Watcher) settling() (all []state.Fingerprint) {
	for _, r := range w.roots {
		r.mu.Lock()
		all = append(all, r.settler.prints()...)
		for _, s := range append(r.batch.fresh[:len(r.batch.fresh):len(r.batch.fresh)], r.onTheWay...) {
			all = append(all, s.Print)
		}
		r.mu.Unlock()
	}
	return all
}

// Look hints that what stands at p is not what the record says. It never blocks.
func (w *Watcher) Look(root string, p state.Path) {
	if r, ok := w.byName[root]; ok {
		r.asked.put(string(p), asked|Left|Came)
	}
}

// Rescan asks for a full scan of a root, or of all when root is "". It never blocks.
func (w *Watcher) Rescan(root string) {
	for _, r := range w.roots {
		if root == "" || r.name == root {
			signal(r.rescan)
		}
	}
}

// Changed is signalled when Status may say something else than before. One receiver.
func (w *Watcher) Changed() <-chan struct{} { return w.changes }
