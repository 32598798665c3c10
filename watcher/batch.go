package watcher

import (
	"context"
	"time"

	"github.com/florasync/florasync/state"
)

const (
	batchMax   = 2000                   // sightings of one transaction: each waits for the disk once, and holds up the others' changes for some 20 ms
	batchDelay = 100 * time.Millisecond // how long the first of a batch waits while there is more to look at
	retryFirst = 500 * time.Millisecond // after the record refused a batch
	retryCap   = 30 * time.Second
)

// batch collects sightings until they are taken to the record. What is gone stands apart, since it is told first.
type batch struct {
	gone  []state.Sighting
	fresh []state.Sighting
	at    map[state.Path]int // of fresh
	since time.Time
}

func (b *batch) len() int { return len(b.gone) + len(b.fresh) }

func (b *batch) add(s state.Sighting) {
	if b.len() == 0 {
		b.since = s.At
	}
	if b.at == nil {
		b.at = map[state.Path]int{}
	}
	i, said := b.at[s.Path]
	switch {
	case s.Gone && said: // told out of order, it would stand there again
		last := len(b.fresh) - 1
		b.fresh[i] = b.fresh[last]
		b.at[b.fresh[i].Path] = i
		b.fresh = b.fresh[:last]
		delete(b.at, s.Path)
		b.gone = append(b.gone, s)
	case s.Gone:
		b.gone = append(b.gone, s)
	case said:
		b.fresh[i] = s
	default:
		b.at[s.Path] = len(b.fresh)
		b.fresh = append(b.fresh, s)
	}
}

// take empties the batch, what is gone first.
func (b *batch) take() []state.Sighting {
	all := append(b.gone, b.fresh...)
	clear(b.at)
	*b = batch{at: b.at, fresh: make([]state.Sighting, 0, len(b.fresh))}
	return all
}

// say adds a sighting, and tells the record when the batch is full.
func (r *rootWatch) say(ctx context.Context, s state.Sighting) error {
	if !s.Gone {
		if err := r.goneFirst(ctx); err != nil {
			return err
		}
	}
	s.Root, s.At = r.name, time.Now()
	r.mu.Lock()
	r.batch.add(s)
	full := r.batch.len() >= r.batchMax
	r.mu.Unlock()
	if full {
		return r.send(ctx)
	}
	return nil
}

// flush takes the batch to the record, and waits until the record has it.
func (r *rootWatch) flush(ctx context.Context) error {
	if err := r.send(ctx); err != nil {
		return err
	}
	return r.land()
}

// send takes the batch to the record once the one before has landed, which the questions about this one need, and does not wait for it. What looked gone is
// told only while the root is the folder it was (invariant 5).
func (r *rootWatch) send(ctx context.Context) error {
	if err := r.land(); err != nil || r.batch.len() == 0 {
		return err
	}
	if len(r.batch.gone) > 0 && !r.same() {
		r.mu.Lock()
		r.batch = batch{}
		r.mu.Unlock()
		return errRootMoved
	}
	r.mu.Lock()
	fresh := r.batch.fresh
	all := r.batch.take()
	r.telling, r.onTheWay = len(all), fresh
	r.mu.Unlock()
	var left []state.Sighting
	var stale map[int]bool
	err := r.insist(ctx, func() (err error) {
		left, stale, err = r.leftBehind(ctx, fresh)
		return err
	})
	if err != nil {
		r.landed()
		return err
	}
	all = append(left, all[:len(all)-len(fresh)]...)
	for i, s := range fresh {
		if stale[i] {
			r.asked.put(string(s.Path), Left|Came)
			continue
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		r.landed()
		return nil
	}
	r.depart(ctx, all)
	return nil
}

// insist repeats a call to the record until it succeeds: a full disk, say, stops the intake and nothing else. It fails only with the context.
func (r *rootWatch) insist(ctx context.Context, call func() error) error {
	for delay := retryFirst; ; delay = min(2*delay, retryCap) {
		err := call()
		if err == nil {
			return nil
		}
		if err := sleep(ctx, delay); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
