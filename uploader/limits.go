package uploader

import "golang.org/x/time/rate"

// Limits bound what an Uploader sends. The zero value is the defaults.
type Limits struct {
	Concurrency       int // requests in flight; DefaultConcurrency
	MaxAttempts       int // passing faults before a row fails; DefaultMaxAttempts
	RequestsPerMinute int // to the API; 0: no limit of our own
	Bandwidth         Bandwidth
}

func (l Limits) filled() Limits {
	if l.Concurrency <= 0 {
		l.Concurrency = DefaultConcurrency
	}
	if l.MaxAttempts <= 0 {
		l.MaxAttempts = DefaultMaxAttempts
	}
	return l
}

// SetLimits changes the limits, also while Run is at work: what is under way goes on, a lower bound is reached as it ends. What waits for its share of a
// bandwidth already, at most a quarter of a megabyte a request, waits as it was told.
func (u *Uploader) SetLimits(l Limits) {
	l = l.filled()
	u.limits.Store(&l)
	u.slots.resize(l.Concurrency)
	u.films.resize(filmsN(l.Concurrency))
	u.narrow.SetBurst(rowsN(l.Concurrency))
	u.requests.SetLimit(limit(float64(l.RequestsPerMinute) / 60))
	u.takeTurn()
	select {
	case u.relimited <- struct{}{}:
	default:
	}
	u.wake()
}

// limit is a rate of so many a second; 0: none.
func limit(perSecond float64) rate.Limit {
	if perSecond <= 0 {
		return rate.Inf
	}
	return rate.Limit(perSecond)
}

// rowsN is how many rows are under way at once: more than requests in flight, because a row that waits for its commit holds no slot.
func rowsN(concurrency int) int { return 4*concurrency + 4 }

// filmsN is how many large files are sent at once: a quarter of the requests in flight, or one, is kept for small files, which a film of an hour would hold
// up. With a single one they take turns.
func filmsN(concurrency int) int { return max(1, concurrency-max(1, concurrency/4)) }

// filmRowsN is how many rows of large files are under way at once: enough that one is ready to be sent when another ends.
func filmRowsN(concurrency int) int { return 2*filmsN(concurrency) + 2 }
