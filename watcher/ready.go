package watcher

import (
	"context"
	"errors"
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

// settle looks at a settling file that is due, by an open descriptor: first for writers, then at its stamps, so that what was written before the first
// shows in the second.
func (r *rootWatch) settle(ctx context.Context, p state.Path) error {
	f, err := r.src.Open(p)
	switch {
	case isAbsent(err):
		return r.lookedGone(ctx, p, Left)
	case errors.Is(err, source.ErrOffline):
		return err
	case err != nil:
		r.block(string(p), false, err)
		return nil
	}
	defer f.Close()
	r.unblock(string(p))
	writers, err := f.Writers()
	if err != nil {
		writers = source.Unknown
	}
	print, err := f.Print()
	if err != nil {
		r.block(string(p), false, err)
		return nil
	}
	look := sight{print: print, writers: writers}
	if f.Unfinished() {
		look.held = "its birth time, which says that it is being copied"
	} else if writers != source.Some {
		look.held = r.holder(p)
	}
	r.mu.Lock()
	ready := r.settler.looked(p, look, time.Now())
	r.mu.Unlock()
	if !ready {
		return nil
	}
	return r.say(ctx, state.Sighting{Path: p, Print: print})
}

// holder returns the hold file that holds p back, if one stands beside it.
func (r *rootWatch) holder(p state.Path) string {
	for _, suffix := range holdSuffixes {
		if _, err := r.src.Stat(p + state.Path(suffix)); err == nil {
			return p.Base() + suffix
		}
	}
	return ""
}
