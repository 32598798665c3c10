package daemon

import (
	"context"

	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// records gives the record to whoever asks: the daemon's own, or one that is opened for a moment, so that a reader holds its lock for a page only.
type records interface {
	read(ctx context.Context, fn func(*queue.Queue) error) error
	change(ctx context.Context, fn func(*queue.Queue) error) error
}

// held is the record of a running daemon.
type held struct{ q *queue.Queue }

func (h held) read(_ context.Context, fn func(*queue.Queue) error) error   { return fn(h.q) }
func (h held) change(_ context.Context, fn func(*queue.Queue) error) error { return fn(h.q) }

// visited is a record that no daemon holds.
type visited struct {
	path     string
	observer state.Observer
}

func (v visited) read(ctx context.Context, fn func(*queue.Queue) error) error {
	return v.visit(ctx, true, fn)
}

func (v visited) change(ctx context.Context, fn func(*queue.Queue) error) error {
	return v.visit(ctx, false, fn)
}

func (v visited) visit(ctx context.Context, readOnly bool, fn func(*queue.Queue) error) (err error) {
	q, err := queue.Open(ctx, queue.Options{Path: v.path, ReadOnly: readOnly, Observer: v.observer})
	if err != nil {
		return wrapOpen(v.path, err)
	}
	defer func() {
		if closed := q.Close(); err == nil {
			err = closed
		}
	}()
	return fn(q)
}
