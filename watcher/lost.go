package watcher

import (
	"time"

	"github.com/florasync/florasync/state"
)

// lostEvery is how often lost events are told at most: a storm of them is one line a minute.
const lostEvery = time.Minute

// lost is what was told of events that did not come.
type lost struct {
	overflows, missed int64
	at                time.Time
}

// tellLost tells of events that were lost since it was told last: that the kernel said so, and that files were found which no event told of. Nothing is
// missing then; both mean that the next file may be found late.
func (r *rootWatch) tellLost() {
	r.mu.Lock()
	overflows, missed := r.facts.Overflows, r.facts.MissedByEvents
	r.mu.Unlock()
	now := time.Now()
	if overflows == r.lostTold.overflows && missed == r.lostTold.missed || !r.lostTold.at.IsZero() && now.Sub(r.lostTold.at) < lostEvery {
		return
	}
	if n := overflows - r.lostTold.overflows; n > 0 {
		r.notice(state.Notice{Event: state.WatchOverflow, N: n, Hint: "nothing is missing: everything is looked at; if it happens often raise sysctl fs.inotify.max_queued_events"})
	}
	if n := missed - r.lostTold.missed; n > 0 {
		r.notice(state.Notice{Event: state.WatchMissed, N: n, Hint: "nothing is missing: a comparison found them"})
	}
	r.lostTold = lost{overflows, missed, now}
}
