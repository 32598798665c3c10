package queue

import (
	"context"
	"errors"
	"fmt"

	"github.com/florasync/florasync/state"
)

// Apply makes one change of one row and returns the row when it is on disk. Errors: those of [state.Next], [ErrNoRow], [ErrOther] for a Same whose
// earlier row cannot take over, [ErrUnknown] when the commit went wrong, [ErrUnwritable] and [ErrDamaged]. When ctx ends first the change is still
// made. A Same outcome returns the earlier row, and the newer one is gone.
func (q *Queue) Apply(ctx context.Context, c state.Change) (state.Item, error) {
	o, it, err := q.accept(c, false)
	if err != nil {
		return state.Item{}, err
	}
	if err := o.wait(ctx); err != nil {
		return it, err
	}
	return *o.item, nil
}

// Submit accepts one change, in order with Apply, and returns the row as it will be without waiting for the disk. What it refuses at once is what
// Apply refuses. A commit that goes wrong later is seen by whoever applies next: [ErrUnknown] or [state.ErrStale].
func (q *Queue) Submit(c state.Change) (state.Item, error) {
	_, it, err := q.accept(c, true)
	return it, err
}

// accept judges a change by the row as all accepted changes leave it, and queues it. The committer makes it again on the row it finds: the same
// change, but on the path and stamps that the file may have got meanwhile.
func (q *Queue) accept(c state.Change, idle bool) (*change, state.Item, error) {
	o := &change{op: op{done: make(chan struct{}), idle: idle}, item: new(state.Item)}
	o.exec = func(b *batch) (err error) {
		*o.item, err = b.change(c)
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.refusal(); err != nil {
		return nil, state.Item{}, err
	}
	it, err := q.current(c.ID)
	if err != nil {
		return nil, state.Item{}, err
	}
	if c.Outcome.Kind() == state.KindSame {
		older, err := q.foreseeFold(it, c)
		if err != nil {
			return nil, state.Item{}, err
		}
		q.hold(&o.op, it.ID, it, true)
		q.images[it.ID].into = older.ID
		q.hold(&o.op, older.ID, older, false)
		return o, older, q.push(&o.op)
	}
	next, err := state.Next(it, c)
	if err != nil {
		return nil, state.Item{}, err
	}
	next = trim(next)
	q.hold(&o.op, it.ID, next, false)
	return o, next, q.push(&o.op)
}

type change struct {
	op
	item *state.Item
}

func (q *Queue) foreseeFold(newer state.Item, c state.Change) (state.Item, error) {
	older, err := q.current(c.Outcome.Other())
	if err != nil {
		return older, fmt.Errorf("%w: %w", ErrOther, err)
	}
	return fold(older, newer, c)
}

// fold is [state.Fold], for a row that is an heir.
func fold(older, newer state.Item, c state.Change) (state.Item, error) {
	switch {
	case newer.Rev != c.Rev:
		return older, fmt.Errorf("%v revision %d, at %d: %w", newer.ID, c.Rev, newer.Rev, state.ErrStale)
	case !heir(older, newer):
		return older, fmt.Errorf("%v into %v: %w", newer.ID, older.ID, ErrOther)
	}
	folded, err := state.Fold(older, newer)
	return trim(folded), err
}

// change moves one row inside the transaction.
func (b *batch) change(c state.Change) (state.Item, error) {
	r, err := b.row(c.ID)
	if err != nil {
		return state.Item{}, err
	}
	if c.Outcome.Kind() == state.KindSame {
		return b.fold(r, c)
	}
	next, err := state.Next(r.Item, c)
	if err != nil {
		return state.Item{}, err
	}
	after := r
	after.Item = next
	if next.Away == state.AwayDeleted {
		if after.gone, err = b.goneSince(r, c.Outcome.Vanished()); err != nil {
			return state.Item{}, err
		}
	}
	if after, err = b.write(r, after); err != nil {
		return state.Item{}, err
	}
	b.tell(state.Applied{Before: r.Item, After: after.Item, Change: c})
	return after.Item, nil
}

// goneSince is when the path of a deleted row vanished: 0 when we deleted the file, also when the watcher saw that and told of it before; else it counts as deleted,
// unless it was found since somebody asked whether it had vanished.
func (b *batch) goneSince(r row, vanished bool) (uint64, error) {
	switch {
	case !vanished:
		return 0, nil
	case r.gone != 0:
		return r.gone, nil
	}
	driven, err := drivenOut(b.paths, r)
	if err == nil && !driven {
		err = fmt.Errorf("%v counts as deleted, and stands at %s: %w", r.ID, r.Path.Shown(), state.ErrStale)
	}
	return 0, err
}

func (b *batch) fold(newer row, c state.Change) (state.Item, error) {
	older, err := b.row(c.Outcome.Other())
	if err != nil {
		return state.Item{}, fmt.Errorf("%w: %w", ErrOther, err)
	}
	folded, err := fold(older.Item, newer.Item, c)
	if err != nil {
		return state.Item{}, err
	}
	if older.taken() {
		return state.Item{}, fmt.Errorf("%v into %v, whose file we took away: %w", newer.ID, older.ID, ErrOther)
	}
	if free, err := b.lookup().leaves(older, newer); err != nil || !free {
		return state.Item{}, errors.Join(err, fmt.Errorf("%v into %v, which stands elsewhere: %w", newer.ID, older.ID, ErrOther))
	}
	// A version that settled meanwhile is the path's newest row: then the earlier one takes over the stamps, and the entry stays.
	key := pathKey(newer.root, newer.Path)
	e, ok, err := b.entry(key)
	if err != nil {
		return state.Item{}, err
	}
	if err := b.remove(newer); err != nil {
		return state.Item{}, err
	}
	after := older
	after.Item, after.root, after.gone = folded, newer.root, newer.gone
	if ok && e.id == newer.ID {
		e.id = older.ID
		if err := b.setEntry(key, e); err != nil {
			return state.Item{}, err
		}
	}
	if after, err = b.write(older, after); err != nil {
		return state.Item{}, err
	}
	b.repoint(after)
	if after.Away != older.Away {
		b.tellUndeleted(after.Item)
	}
	b.tell(state.Applied{Before: newer.Item, After: after.Item, Change: c})
	return after.Item, nil
}
