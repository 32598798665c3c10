package watcher

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

// isAbsent reports that nothing that could be uploaded stands at a path, as far as its name goes. That the root is away is another matter.
func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, source.ErrNotRegular)
}

// takeDirt looks where the hints say.
func (r *rootWatch) takeDirt(ctx context.Context) (bool, error) {
	asked := r.asked.take()
	var dirt Dirt
	if r.hints != nil {
		dirt = r.hints.Take()
	}
	if dirt.Overflow {
		// Directories may have been renamed in what was lost: no watch can be trusted to report the right path.
		r.mu.Lock()
		r.facts.Overflows++
		r.mu.Unlock()
		if r.overflowed = r.scan != nil; !r.overflowed { // a scan under way ends first, or a storm of events would keep it from ever ending
			r.begin()
		}
		return true, nil
	}
	if asked.Overflow {
		r.scanAt = time.Now()
	}
	paths := make(map[state.Path]Change, len(dirt.Paths)+len(asked.Paths))
	for p, c := range asked.Paths {
		paths[state.Path(p)] |= c
	}
	for p, c := range dirt.Paths {
		below, ok := r.below(p)
		switch {
		case !ok:
		case below == "":
			if c&Left != 0 {
				r.checkAt = time.Time{}
			}
		default:
			paths[below] |= c
		}
	}
	return len(paths) > 0, r.lookAll(ctx, paths)
}

// below returns the path below the root of an absolute one; "" is the root itself.
func (r *rootWatch) below(abs string) (state.Path, bool) {
	rest, ok := strings.CutPrefix(abs, r.src.Path())
	if !ok {
		return "", false
	}
	if rest == "" {
		return "", true
	}
	if r.src.Path() != "/" {
		if rest, ok = strings.CutPrefix(rest, "/"); !ok {
			return "", false
		}
	}
	return state.Path(rest), true
}

// lookAll looks at dirty paths: first at what left, so that a rename is seen as one, and directories before anything is listed anew.
func (r *rootWatch) lookAll(ctx context.Context, paths map[state.Path]Change) error {
	for p, c := range paths {
		if n := r.tree.find(string(p)); n != nil && c&Left != 0 {
			if err := r.drop(n, string(p)); err != nil {
				return err
			}
			if err := r.tellTreeGone(ctx, string(p)); err != nil {
				return err
			}
		}
	}
	for p, c := range paths {
		if err := r.lookAt(ctx, p, c); err != nil {
			return err
		}
	}
	return nil
}

// lookAt looks at one path.
func (r *rootWatch) lookAt(ctx context.Context, p state.Path, c Change) error {
	if held, ok := heldBy(p.Base()); ok {
		if err := r.lookHeld(state.Join(p.Dir(), held)); err != nil {
			return err
		}
	}
	e, err := r.src.Stat(p)
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
	e, err := r.src.Stat(p)
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

// see gives a file to the settler; without room its directory is listed again when there may be some.
func (r *rootWatch) see(p state.Path, print state.Fingerprint) {
	now := time.Now()
	r.mu.Lock()
	ok := r.settler.see(p, print, now)
	r.mu.Unlock()
	if !ok {
		r.later.sooner(p.Dir(), now.Add(quietProbe))
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
