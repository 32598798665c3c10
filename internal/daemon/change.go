package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// Retry opens the items again that wait or have an error. With f.Count it only counts them.
func (s *service) Retry(ctx context.Context, f control.Filter) (int, error) {
	retried := 0
	err := s.changeNamed(ctx, f, func(q *queue.Queue) error {
		return s.each(ctx, q, f, func(it state.Item) error {
			if it.Phase == state.Done || it.Halt == state.Skipped || q.Claimed(it.ID) || (it.Standing() == state.StandsReady && it.Fault == nil) {
				return nil
			}
			if f.Count {
				retried++
				return nil
			}
			_, err := q.Apply(ctx, state.Change{ID: it.ID, Rev: it.Rev, At: time.Now(), Outcome: state.Reopen()})
			if errors.Is(err, state.ErrStale) || errors.Is(err, state.ErrNoTransition) || errors.Is(err, queue.ErrNoRow) {
				return nil // it moves, or is gone
			}
			if err == nil {
				retried++
			}
			return err
		})
	})
	return retried, err
}

// changeNamed changes what a filter selects. Without a record nothing has a name yet.
func (s *service) changeNamed(ctx context.Context, f control.Filter, fn func(*queue.Queue) error) error {
	err := s.rec.change(ctx, fn)
	if !errors.Is(err, queue.ErrMissing) {
		return err
	}
	if len(f.Names) > 0 {
		return fmt.Errorf("%s: %w: nothing was uploaded yet", f.Names[0], control.ErrUnknown)
	}
	return nil
}

// each walks what a filter selects, page by page.
func (s *service) each(ctx context.Context, q *queue.Queue, f control.Filter, fn func(state.Item) error) error {
	query, err := s.query(ctx, q, f)
	if err != nil {
		return err
	}
	for after := ""; ; {
		items, next, err := q.List(ctx, query, after, 500)
		if err != nil {
			return err
		}
		for _, it := range s.filter(items, f) {
			if err := fn(it); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		after = next
	}
}

// Forget takes items out of the record: all that the filter selects, or, when a file of one is still there, none. With f.Count it only counts them.
func (s *service) Forget(ctx context.Context, f control.Filter, again bool) (int, error) {
	forgotten := 0
	err := s.changeNamed(ctx, f, func(q *queue.Queue) error {
		n, err := s.forgettable(ctx, q, f, again)
		if err != nil || f.Count {
			forgotten = n
			return err
		}
		return s.each(ctx, q, f, func(it state.Item) error {
			gone, err := s.forget(ctx, q, f, it.ID, !again)
			if gone {
				forgotten++
			}
			return err
		})
	})
	if err == nil && again && !f.Count && s.live != nil && forgotten > 0 {
		s.live.watcher.Rescan("")
	}
	return forgotten, err
}

// forgettable counts what a filter selects. Files that are still there are an error, unless they are to be uploaded again.
func (s *service) forgettable(ctx context.Context, q *queue.Queue, f control.Filter, again bool) (n int, err error) {
	var first string
	present := 0
	err = s.each(ctx, q, f, func(it state.Item) error {
		n++
		if !again && s.present(it) {
			if present == 0 {
				first = control.FromState(it, false).Path
			}
			present++
		}
		return nil
	})
	switch {
	case err != nil || present == 0:
		return n, err
	case present == 1:
		return n, fmt.Errorf("%s: %w: add --upload-again to have it uploaded again", first, control.ErrPresent)
	}
	return n, fmt.Errorf("%s and %d more: %w: add --upload-again to have them uploaded again", first, present-1, control.ErrPresent)
}

// forget takes a row out of the record, unless it has moved on since the filter selected it: one that failed then may be ready now. It cancels an attempt under
// way and waits for its end. False: the row stays, or was gone already.
func (s *service) forget(ctx context.Context, q *queue.Queue, f control.Filter, id state.ID, tombstone bool) (bool, error) {
	for {
		if still, err := s.still(ctx, q, f, id); err != nil || !still {
			return false, err
		}
		err := q.Forget(ctx, id, tombstone)
		if errors.Is(err, queue.ErrNoRow) {
			return false, nil
		}
		if !errors.Is(err, queue.ErrClaimed) || s.live == nil {
			return err == nil, err
		}
		s.live.uploader.Cancel(id)
		timer := time.NewTimer(20 * time.Millisecond)
		select {
		case <-ctx.Done():
			timer.Stop()
			return false, ctx.Err()
		case <-timer.C:
		}
	}
}

// still reports a row that a filter selects, by what it has become, too. One whose attempt was cancelled is not active any more, and meant all the same.
func (s *service) still(ctx context.Context, q *queue.Queue, f control.Filter, id state.ID) (bool, error) {
	standing := control.Filter{Failed: f.Failed, States: f.States}
	query, err := s.query(ctx, q, standing)
	if err != nil {
		return false, err
	}
	if slices.Contains(query.Standings, state.StandsActive) {
		query.Standings = append(query.Standings, state.StandsWaiting)
	}
	query.IDs = []state.ID{id}
	items, _, err := q.List(ctx, query, "", 1)
	return len(s.filter(items, standing)) > 0, err
}

func (s *service) present(it state.Item) bool {
	r, ok := s.roots.find(it.Root)
	if !ok || it.Path == "" {
		return false
	}
	_, err := r.source.Stat(it.Path)
	return err == nil
}
