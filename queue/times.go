package queue

import (
	"slices"
	"time"

	"github.com/florasync/florasync/state"
)

// precision is that of a row's times: seconds in 64 bits of floating point tell microseconds apart until the year 2242.
const precision = time.Microsecond

// eachTime calls fn for every time of an item.
func eachTime(it *state.Item, fn func(*time.Time)) {
	for _, t := range []*time.Time{&it.Due, &it.SeenAt, &it.ReadyAt, &it.DoneAt, &it.AttachAt, &it.IntentAt} {
		fn(t)
	}
	if it.Fault != nil {
		fn(&it.Fault.At)
	}
	for i := range it.Tries {
		fn(&it.Tries[i].At)
	}
}

// exact makes of times as floating point has them what they were when they were written.
func exact(it *state.Item) {
	eachTime(it, func(t *time.Time) {
		if !t.IsZero() {
			*t = t.Round(precision).UTC()
		}
	})
}

// trim gives an item the times that it will have when it is read: what memory foresees, what is told and what is on disk are the same, and the key in the
// due index is the one that the row says.
func trim(it state.Item) state.Item {
	coarse := true
	eachTime(&it, func(t *time.Time) { coarse = coarse && t.Nanosecond()%int(precision) == 0 })
	if coarse {
		return it
	}
	if it.Fault != nil { // others hold it, too
		fault := *it.Fault
		it.Fault = &fault
	}
	it.Tries = slices.Clone(it.Tries)
	eachTime(&it, func(t *time.Time) { *t = t.Truncate(precision) })
	return it
}
