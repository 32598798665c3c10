package watcher

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/florasync/florasync/state"
)

// looksMax is how many dirty paths are looked at before something else has its turn: what settles meanwhile is not to wait for the end of a burst.
const looksMax = 1024

// dirtyTaken bounds the paths that are taken from the hints before they are looked at. More wait there, up to dirtyMax.
const dirtyTaken = 50_000

// dirtyPath is a path to look at, and what was said of it.
type dirtyPath struct {
	path   state.Path
	change Change
}

// lookDirty looks where the hints say, a part at a time.
func (r *rootWatch) lookDirty(ctx context.Context) (busy bool, err error) {
	if r.behind = len(r.dirty) > dirtyTaken; !r.behind {
		if busy, err := r.takeDirt(ctx); busy || err != nil {
			return busy, err
		}
	}
	n := 0
	for ; n < looksMax && len(r.dirty) > 0 && err == nil; n++ {
		next := r.dirty[0]
		r.dirty = r.dirty[1:]
		err = r.lookAt(ctx, next.path, next.change)
	}
	if len(r.dirty) == 0 {
		r.dirty = nil // not only its end
	}
	r.mu.Lock()
	r.unseen = len(r.dirty)
	r.mu.Unlock()
	return n > 0, err
}

// takeDirt takes over what the hints say. It is busy when it did something else with that.
func (r *rootWatch) takeDirt(ctx context.Context) (busy bool, err error) {
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
	asked := r.asked.take()
	if asked.Overflow {
		r.scanAt = time.Now()
	}
	paths := make(map[state.Path]Change, len(asked.Paths)+len(dirt.Paths))
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
	more := make([]dirtyPath, 0, len(paths))
	for p, c := range paths {
		more = append(more, dirtyPath{p, c})
	}
	// Side by side where they stand so, and directories before what is in them.
	slices.SortFunc(more, func(a, b dirtyPath) int { return cmp.Compare(a.path, b.path) })
	r.dirty = append(r.dirty, more...)
	return false, r.dropLeft(ctx, more)
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

// dropLeft drops the directories that left before anything is looked at, so that a rename is seen as one, and nothing is watched anew below what is to go;
// and notes where hold files came.
func (r *rootWatch) dropLeft(ctx context.Context, dirty []dirtyPath) error {
	for _, d := range dirty {
		if dir := r.tree.find(d.path.Dir()); dir != nil && isHold(d.path.Base()) {
			dir.holds = true
		}
		n := r.tree.find(string(d.path))
		if n == nil || d.change&Left == 0 {
			continue
		}
		if err := r.drop(n, string(d.path)); err != nil {
			return err
		}
		if err := r.tellTreeGone(ctx, string(d.path)); err != nil {
			return err
		}
	}
	return nil
}
