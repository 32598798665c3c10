package watcher

import "github.com/florasync/florasync/state"

// leftoversMax bounds the names of ours that are remembered of one scan: each is a file that is filed away at that moment, or one whose life died in the middle.
const leftoversMax = 1000

// leftovers are where names of our own were met, by the listings since the last full scan ended and since the one before: nobody else finds a file that was being
// filed away when florasync was killed, and whose directory was renamed before it ran again. A scan that is given up ages nothing. Guarded by rootWatch.mu.
type leftovers struct{ now, before map[string]string }

// meet notes a name of ours.
func (r *rootWatch) meet(p state.Path) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.own.now == nil {
		r.own.now = map[string]string{}
	}
	if len(r.own.now) < leftoversMax {
		r.own.now[p.Base()] = p.Dir()
	}
}

// age forgets, when a full scan has ended, what was met before the one before it ended.
func (r *rootWatch) age() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.own = leftovers{before: r.own.now}
}

// Leftover returns the directory of a root in which a name of ours was met last.
func (w *Watcher) Leftover(root, name string) (dir string, ok bool) {
	r, ok := w.find(root)
	if !ok {
		return "", false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if dir, ok = r.own.now[name]; !ok {
		dir, ok = r.own.before[name]
	}
	return dir, ok
}
