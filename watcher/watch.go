package watcher

import (
	"errors"
	"io/fs"
	"syscall"
	"time"

	"github.com/florasync/florasync/state"
)

const hintWatches = "raise the limit: sysctl fs.inotify.max_user_watches=524288; until then the rest is polled"

// watch watches a directory, before it is listed (invariant 1).
func (r *rootWatch) watch(n *node, dir string) error {
	if r.hints == nil || n.watched {
		return nil
	}
	print, err := r.src.DirPrint(dir)
	if err != nil {
		return err
	}
	id := idOf(print)
	if other := r.tree.byID[id]; other != nil && other != n && id.inode != 0 {
		path := other.path()
		if now, err := r.src.DirPrint(path); err == nil && idOf(now) == id {
			if r.pollAt.IsZero() { // a bind mount: the kernel would go on telling the other path only
				r.pollAt = time.Now().Add(r.cfg.Poll)
			}
			return nil
		}
		if err := r.drop(other, path); err != nil { // it moved here, and its event is still to come
			return err
		}
	}
	switch err := r.hints.Add(r.src.Abs(state.Path(dir))); {
	case err == nil:
		n.watched, n.id = true, id
		r.tree.byID[id] = n
	case errors.Is(err, syscall.ENOSPC):
		r.limit(err)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission): // listing it says more
	case r.pollAt.IsZero():
		r.pollAt = time.Now().Add(r.cfg.Poll) // e.g. a path too long to be watched
	}
	return nil
}

// limit notes that the limit of watches is reached: what has none is polled.
func (r *rootWatch) limit(err error) {
	if r.pollAt.IsZero() {
		r.pollAt = time.Now().Add(r.cfg.Poll)
	}
	if r.limited {
		return
	}
	r.limited = true
	r.mu.Lock()
	r.facts.State, r.facts.Reason, r.facts.Err, r.facts.Hint, r.facts.Since = Degraded, state.WatchLimited, err, hintWatches, time.Now()
	r.mu.Unlock()
	r.notice(state.Notice{Event: state.RootWatching, Reason: state.WatchLimited, Err: err, Hint: hintWatches})
	r.changed()
}

// unlimit notes that everything is watched again, after a scan could watch what was beyond the limit.
func (r *rootWatch) unlimit() {
	if !r.limited {
		return
	}
	beyond := false
	r.tree.each(r.tree.root, "", func(n *node, _ string) { beyond = beyond || !n.watched })
	if beyond {
		return
	}
	r.limited, r.pollAt = false, time.Time{}
	r.mu.Lock()
	r.facts.State, r.facts.Reason, r.facts.Err, r.facts.Hint, r.facts.Since = Live, "", nil, "", time.Now()
	r.mu.Unlock()
	r.notice(state.Notice{Event: state.RootWatching})
}
