package watcher

import (
	"errors"
	"syscall"
	"time"

	"github.com/florasync/florasync/state"
)

const (
	blockedFirst = time.Second
	blockedCap   = time.Minute
	blockedMax   = 10_000 // paths held; what is more is found again by the next scan
)

// block is a path that cannot be looked at.
type block struct {
	err   error
	since time.Time
	delay time.Duration
	dir   bool
}

// blocks are the paths that cannot be looked at, and when each is tried again. Guarded by rootWatch.mu.
type blocks struct {
	paths  map[string]*block
	agenda *agenda
}

func newBlocks() *blocks { return &blocks{paths: map[string]*block{}, agenda: newAgenda()} }

// add reports whether the path was not blocked before.
func (b *blocks) add(p string, dir bool, err error, now time.Time) bool {
	old, ok := b.paths[p]
	if !ok {
		if len(b.paths) >= blockedMax {
			return false
		}
		b.paths[p] = &block{err: err, since: now, delay: blockedFirst, dir: dir}
		b.agenda.put(p, now.Add(blockedFirst))
		return true
	}
	old.err, old.dir = err, dir
	old.delay = min(2*old.delay, blockedCap)
	b.agenda.put(p, now.Add(old.delay))
	return false
}

func (b *blocks) clear(p string) {
	if _, ok := b.paths[p]; ok {
		delete(b.paths, p)
		b.agenda.drop(p)
	}
}

// block notes that a path cannot be looked at now; it is tried again.
func (r *rootWatch) block(p string, dir bool, err error) {
	r.mu.Lock()
	r.settler.forget(state.Path(p))
	first := r.blocks.add(p, dir, err, time.Now())
	r.mu.Unlock()
	if first {
		r.notice(state.Notice{Event: state.FileBlocked, Path: state.Path(p), Err: err, Hint: hintFor(err)})
		r.changed()
	}
}

func (r *rootWatch) unblock(p string) {
	r.mu.Lock()
	_, was := r.blocks.paths[p]
	r.blocks.clear(p)
	r.mu.Unlock()
	if was {
		r.changed()
	}
}

func hintFor(err error) string {
	if errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EPERM) {
		return "let florasync's user read it"
	}
	return ""
}

// words is the errno of an error in words, or the error.
func words(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	return err.Error()
}
