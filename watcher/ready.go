package watcher

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

// dueMax is how many settling files are looked at before something else has its turn.
const dueMax = 1024

// lookDue looks at the settling files whose time has come, side by side where they stand so.
func (r *rootWatch) lookDue(ctx context.Context) (more bool, err error) {
	var due []state.Path
	now := time.Now()
	r.mu.Lock()
	for len(due) < dueMax {
		p, ok := r.settler.due(now)
		if !ok {
			break
		}
		due = append(due, p)
	}
	r.mu.Unlock()
	slices.Sort(due)
	for i, p := range due {
		if err := r.settle(ctx, p); err != nil {
			r.mu.Lock() // they are looked at again when the root is back, or the record
			for _, p := range due[i:] {
				r.settler.agenda.sooner(string(p), time.Now().Add(r.pace.check))
			}
			r.mu.Unlock()
			return false, err
		}
	}
	return len(due) == dueMax, nil
}

// settle looks at a settling file that is due, by an open descriptor.
func (r *rootWatch) settle(ctx context.Context, p state.Path) error {
	g, err := r.eyes.glance(p)
	switch {
	case isAbsent(err):
		return r.lookedGone(ctx, p, Left)
	case errors.Is(err, source.ErrOffline):
		return err
	case err != nil:
		r.block(string(p), false, err)
		return nil
	}
	r.unblock(string(p))
	look := sight{print: g.Print, writers: g.Writers}
	if g.Unfinished {
		look.held = "its birth time, which says that it is being copied"
	} else if g.Writers != source.Some {
		look.held = r.holder(p)
	}
	r.mu.Lock()
	ready := r.settler.looked(p, look, time.Now())
	r.mu.Unlock()
	if !ready {
		return nil
	}
	return r.say(ctx, state.Sighting{Path: p, Print: g.Print})
}

// holder returns the hold file that holds p back. Where a listing found none, and every event since was heard, there is none: three looks for a name that is
// not there cost more, in a directory that others are writing to, than all else that is done for a file.
func (r *rootWatch) holder(p state.Path) string {
	n := r.tree.find(p.Dir())
	if n != nil && n.watched && n.listed && !n.holds && !r.behind && !r.overflowed {
		return ""
	}
	return r.eyes.holder(p)
}
