package queue

import (
	"context"
	"maps"
	"time"
)

// Pause stops the claiming of a root's rows, or of every row when root is "", until then; the zero time means until resumed. It outlives the process.
func (q *Queue) Pause(ctx context.Context, root string, until time.Time) error {
	return q.do(ctx, func(b *batch) error { return b.setPause(root, &until) })
}

// Resume ends the pause of a root, or, when root is "", every pause.
func (q *Queue) Resume(ctx context.Context, root string) error {
	return q.do(ctx, func(b *batch) error {
		if root != "" {
			return b.setPause(root, nil)
		}
		for name := range b.head.pauses {
			if err := b.setPause(name, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// Pauses returns until when each paused root is paused; the key "" is the pause of all, a zero time means until resumed. A time that has passed no
// longer counts.
func (q *Queue) Pauses() map[string]time.Time { return maps.Clone(q.headNow().pauses) }

func (b *batch) setPause(root string, until *time.Time) error {
	if _, was := b.head.pauses[root]; until == nil && !was {
		return nil
	}
	pauses := maps.Clone(b.head.pauses)
	key := append([]byte("r"), root...)
	b.touched()
	if until == nil {
		delete(pauses, root)
		b.head.pauses = pauses
		return b.tx.Bucket(bucketPauses).Delete(key)
	}
	pauses[root] = *until
	b.head.pauses = pauses
	return b.tx.Bucket(bucketPauses).Put(key, key8(nanos(*until)))
}

// paused says whether root is paused at now, and until when; the zero time means until resumed.
func (h head) paused(root string, now time.Time) (until time.Time, paused bool) {
	for _, name := range []string{"", root} {
		t, ok := h.pauses[name]
		switch {
		case !ok:
		case t.IsZero():
			return time.Time{}, true
		case t.After(now) && t.After(until):
			until, paused = t, true
		}
	}
	return until, paused
}
