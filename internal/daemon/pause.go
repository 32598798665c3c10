package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/queue"
)

// Pause stops new work of a root, or of all.
func (s *service) Pause(ctx context.Context, root string, until time.Time) error {
	return s.changeRoot(ctx, root, func(q *queue.Queue) error { return q.Pause(ctx, root, until) })
}

// Resume ends a pause.
func (s *service) Resume(ctx context.Context, root string) error {
	return s.changeRoot(ctx, root, func(q *queue.Queue) error { return q.Resume(ctx, root) })
}

func (s *service) changeRoot(ctx context.Context, name string, fn func(*queue.Queue) error) error {
	if _, ok := s.roots.find(name); !ok {
		return fmt.Errorf("root %q: %w", name, control.ErrUnknown)
	}
	err := s.rec.change(ctx, fn)
	if errors.Is(err, queue.ErrMissing) {
		return fmt.Errorf("%w: it is made when florasync runs for the first time", err)
	}
	return err
}
