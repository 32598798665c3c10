package watcher

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

// isAbsent reports that nothing that could be uploaded stands at a path, as far as its name goes. That the root is away is another matter.
func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, source.ErrNotRegular)
}

// lookAt looks at one path.
func (r *rootWatch) lookAt(ctx context.Context, p state.Path, c Change) error {
	if held, ok := heldBy(p.Base()); ok {
		if err := r.lookHeld(state.Join(p.Dir(), held)); err != nil {
			return err
		}
	}
	e, err := r.eyes.stat(p)
	switch {
	case isAbsent(err):
		return r.lookedGone(ctx, p, c)
	case errors.Is(err, source.ErrOffline):
		return err
	case err != nil:
		r.block(string(p), false, err)
		return nil
	}
	wants := Wants(r.rules, p)
	if e.Kind == source.Dir {
		r.enter(p, e)
		r.forget(p)
		if wants.Taken || c&asked != 0 { // where a file may have stood
			return r.sayGone(ctx, p)
		}
		return nil
	}
	if e.Kind != source.Regular || !wants.Taken {
		r.forget(p)
		r.unblock(string(p))
		r.recount(p.Dir(), c)
		if wants.Taken || c&asked != 0 {
			return r.sayGone(ctx, p)
		}
		return nil
	}
	r.see(p, e.Print)
	return nil
}

// lookHeld looks again at a file whose hold file came or went.
func (r *rootWatch) lookHeld(p state.Path) error {
	if !Wants(r.rules, p).Taken {
		return nil
	}
	e, err := r.eyes.stat(p)
	if err == nil && e.Kind == source.Regular {
		r.see(p, e.Print)
	}
	if errors.Is(err, source.ErrOffline) {
		return err
	}
	return nil
}

// lookedGone: a look found nothing at p. During a scan p may have been a directory that was not entered yet.
func (r *rootWatch) lookedGone(ctx context.Context, p state.Path, c Change) error {
	r.forget(p)
	r.unblock(string(p))
	if r.scan != nil {
		if err := r.tellTreeGone(ctx, string(p)); err != nil {
			return err
		}
	}
	if !Wants(r.rules, p).Taken && c&asked == 0 {
		r.recount(p.Dir(), c)
		return nil
	}
	return r.sayGone(ctx, p)
}

// sayGone tells that a path is gone, and has a scan make sure soon.
func (r *rootWatch) sayGone(ctx context.Context, p state.Path) error {
	r.confirmSoon()
	return r.say(ctx, state.Sighting{Path: p, Gone: true})
}

// confirmSoon plans the scan that makes sure of what is told as gone.
func (r *rootWatch) confirmSoon() {
	r.goneToldAt = time.Now()
	if at := r.goneToldAt.Add(r.confirmIn()); r.scan == nil && (r.scanAt.IsZero() || at.Before(r.scanAt)) {
		r.scanAt = at
	}
}

// see gives a file to the settler; without room its directory is listed again when there is some.
func (r *rootWatch) see(p state.Path, print state.Fingerprint) {
	r.mu.Lock()
	ok := r.settler.see(p, print, time.Now())
	r.mu.Unlock()
	if !ok {
		r.crowd(p.Dir())
		return
	}
	r.changed()
}

func (r *rootWatch) forget(p state.Path) {
	r.mu.Lock()
	r.settler.forget(p)
	r.mu.Unlock()
}

// recountDelay is how long names that are not taken are gathered before their directory is counted again.
const recountDelay = time.Second

// recount has a directory counted again after a name that is not taken came or went.
func (r *rootWatch) recount(dir string, c Change) {
	if n := r.tree.find(dir); n != nil && c&(Came|Left) != 0 {
		r.later.sooner(dir, time.Now().Add(max(recountDelay, relistShare*n.took)))
	}
}
