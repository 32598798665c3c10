package uploader

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// slots bounds the requests in flight. FLORA saying 429 halves the bound; successes let it grow back by one for each round of successes.
type slots struct {
	size int64
	sem  *semaphore.Weighted

	mu       sync.Mutex
	busy     int64
	withheld int64 // taken out of circulation
	target   int64 // how many should be
	well     int64 // successes since the bound last moved
	halved   time.Time
}

func newSlots(n int) *slots {
	return &slots{size: int64(n), sem: semaphore.NewWeighted(int64(n))}
}

// acquire waits for a slot.
func (s *slots) acquire(ctx context.Context) error {
	if err := s.sem.Acquire(ctx, 1); err != nil {
		return context.Cause(ctx)
	}
	s.mu.Lock()
	s.busy++
	s.mu.Unlock()
	return nil
}

// release gives a slot back, or keeps it while the bound is lower.
func (s *slots) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy--
	if s.withheld < s.target {
		s.withheld++
		return
	}
	s.sem.Release(1)
}

// halve lowers the bound to half, at least one.
func (s *slots) halve(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.halved = now
	bound := max((s.size-s.target)/2, 1)
	s.target, s.well = s.size-bound, 0
	for s.withheld < s.target && s.sem.TryAcquire(1) { // the idle ones at once, those in use when they come back
		s.withheld++
	}
}

// grow counts a success of a request to the API; as many of them as the bound raise it by one. What was on its way when the bound was halved says nothing
// of it.
func (s *slots) grow(began time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.target == 0 || began.Before(s.halved) {
		return
	}
	if s.well++; s.well < s.size-s.target {
		return
	}
	s.target--
	s.well = 0
	if s.withheld > s.target {
		s.withheld--
		s.sem.Release(1)
	}
}

// inFlight returns the slots in use.
func (s *slots) inFlight() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int(s.busy)
}
