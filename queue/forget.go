package queue

import (
	"context"
	"fmt"

	"github.com/florasync/florasync/state"
)

// Forget removes a row: seen falls by one, and nothing at FLORA changes. With tombstone the path stays known as a mark, so that the file, when it is
// still there, is not uploaded again; without, the next scan finds it as a new one. Errors: [ErrNoRow]; [ErrClaimed] while an attempt is under way:
// the caller cancels it, waits for its Release, and asks again.
func (q *Queue) Forget(ctx context.Context, id state.ID, tombstone bool) error {
	o := &op{done: make(chan struct{}), exec: func(b *batch) error { return b.forget(id, tombstone) }}
	q.mu.Lock()
	err := q.acceptForget(o, id)
	q.mu.Unlock()
	if err != nil {
		return err
	}
	return o.wait(ctx)
}

// acceptForget: from here on nobody can claim or change the row. q.mu is held.
func (q *Queue) acceptForget(o *op, id state.ID) error {
	if err := q.refusal(); err != nil {
		return err
	}
	if _, claimed := q.claims[id]; claimed {
		return fmt.Errorf("%v: %w", id, ErrClaimed)
	}
	it, err := q.current(id)
	if err != nil {
		return err
	}
	q.hold(o, id, it, true)
	return q.push(o)
}

func (b *batch) forget(id state.ID, tombstone bool) error {
	r, err := b.row(id)
	if err != nil {
		return err
	}
	if tombstone && r.sum() != 0 && r.URL == "" {
		err = b.entomb(r)
	} else {
		err = b.dropEntry(r)
	}
	if err != nil {
		return err
	}
	b.notice(state.Notice{Event: state.ItemForgotten, Root: r.Root, Path: r.Path})
	return b.remove(r)
}

// entomb makes the row's path a mark, unless it stands for a newer row.
func (b *batch) entomb(r row) error {
	key := pathKey(r.root, r.Path)
	e, ok, err := b.entry(key)
	if err != nil || !ok || e.id != r.ID {
		return err
	}
	return b.setEntry(key, entry{sum: r.sum(), print: r.Print})
}
