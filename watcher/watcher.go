package watcher

import (
	"errors"
	"fmt"
	"sync"

	"github.com/florasync/florasync/state"
)

// Watcher watches the configured roots. Its methods are safe for concurrent use.
type Watcher struct {
	opt     Options // without the roots
	changes chan struct{}
	renewed chan struct{} // the roots are others

	mu     sync.RWMutex
	roots  []*rootWatch // replaced, never changed
	byName map[string]*rootWatch
}

// New checks the options and returns a Watcher, which does nothing before Run. The error names the root, and the pattern that does not parse.
func New(opt Options) (*Watcher, error) {
	if opt.Record == nil || opt.Observer == nil {
		return nil, errors.New("watcher: Record and Observer are required")
	}
	w := &Watcher{opt: opt, changes: make(chan struct{}, 1), renewed: make(chan struct{}, 1)}
	w.opt.Roots = nil
	if err := w.SetRoots(opt.Roots); err != nil {
		return nil, err
	}
	return w, nil
}

// SetRoots makes these the roots, also while Run is at work: all of them, or with an error none. A root that is as it was goes on undisturbed. One that
// differs, and a new one, begin with a full scan, once the watch of the same name has ended; nothing more is told of one that is gone. Errors are New's.
func (w *Watcher) SetRoots(roots []Root) error {
	before := w.watched()
	list, byName := make([]*rootWatch, 0, len(roots)), make(map[string]*rootWatch, len(roots))
	for _, root := range roots {
		if root.Source == nil {
			return errors.New("watcher: a root without a source")
		}
		if root.Poll <= 0 {
			root.Poll = DefaultPoll
		}
		name := root.Source.Name()
		if _, twice := byName[name]; twice {
			return fmt.Errorf("root %s: watched twice", name)
		}
		r, err := w.watch(root, before)
		if err != nil {
			return fmt.Errorf("root %s: %w", name, err)
		}
		list = append(list, r)
		byName[name] = r
	}
	w.mu.Lock()
	w.roots, w.byName = list, byName
	w.mu.Unlock()
	signal(w.renewed)
	return nil
}

// watch returns the watch of a root: the one there is, when nothing changed.
func (w *Watcher) watch(root Root, before []*rootWatch) (*rootWatch, error) {
	var was Status
	for _, r := range before {
		switch {
		case r.cfg.same(root):
			return r, nil
		case r.name == root.Source.Name():
			was = r.status()
		}
	}
	rules, err := NewRules(root.Recursive, root.Include, root.Exclude)
	if err != nil {
		return nil, err
	}
	r := newRootWatch(root, rules, w.opt)
	r.changed = func() { signal(w.changes) }
	r.peers = func(name string) *rootWatch {
		peer, _ := w.find(name)
		return peer
	}
	r.settling = w.settling
	r.facts.MissedByEvents, r.facts.Overflows = was.MissedByEvents, was.Overflows // counters never fall
	return r, nil
}

func (w *Watcher) find(name string) (*rootWatch, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	r, ok := w.byName[name]
	return r, ok
}

// watched returns the roots in their order. Whoever gets it must not change it.
func (w *Watcher) watched() []*rootWatch {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.roots
}

// settling are the files that settle, in all roots, and those that have and are not in the record yet.
func (w *Watcher) settling() (all []state.Fingerprint) {
	for _, r := range w.watched() {
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
	if r, ok := w.find(root); ok {
		r.asked.put(string(p), asked|Left|Came)
	}
}

// Rescan asks for a full scan of a root, or of all when root is "". It never blocks.
func (w *Watcher) Rescan(root string) {
	for _, r := range w.watched() {
		if root == "" || r.name == root {
			signal(r.rescan)
		}
	}
}

// Changed is signalled when Status may say something else than before. One receiver.
func (w *Watcher) Changed() <-chan struct{} { return w.changes }
