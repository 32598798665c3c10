package uploader

import (
	"slices"
	"sync"
	"time"

	"github.com/florasync/florasync/state"
)

// completionOnItsWay is how long a completion of which nobody heard again may be on its way, beyond any time-out.
const completionOnItsWay = 5 * time.Minute

// untilCompleted is how long a row whose bytes FLORA said it misses has to wait until it may be left behind: a completion that was sent before that, whose answer
// was lost, may still make its asset ready (rule 4).
func (r *row) untilCompleted(now time.Time) time.Duration {
	for _, t := range slices.Backward(r.it.Tries) {
		switch {
		case t.Step == state.KindReserved.String(): // nothing of this asset was completed since
			return 0
		case t.Step == state.KindReverted.String() && t.Code != assetFailed:
			return max(0, completionOnItsWay-now.Sub(r.u.missed.since(r.it.ID, t.At, now)))
		}
	}
	return 0
}

// misses are when FLORA said of a row's bytes that it misses them, by a clock that nobody sets. Memory: what an earlier life was told the record knows.
type misses struct {
	mu sync.Mutex
	m  map[state.ID]time.Time
}

// note keeps the time of an answer of this life.
func (m *misses) note(id state.ID, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.m == nil {
		m.m = make(map[state.ID]time.Time)
	}
	m.m[id] = now
}

// since returns the time of the last answer; recorded is what the record has. Where that lies ahead the clock was set back since, and it counts as now.
func (m *misses) since(id state.ID, recorded, now time.Time) time.Time {
	m.mu.Lock()
	at, known := m.m[id]
	m.mu.Unlock()
	switch {
	case known:
		return at
	case recorded.After(now):
		m.note(id, now)
		return now
	}
	return recorded
}

func (m *misses) forget(id state.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.m, id)
}
