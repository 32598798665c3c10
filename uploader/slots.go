package uploader

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// slots bounds the requests in flight. FLORA saying 429 halves the bound; successes let it grow back by one for each round of successes.
type slots struct {
	total int64 // of the semaphore, whose size is for good
	sem   *semaphore.Weighted

	mu       sync.Mutex
	size     int64 // as configured
	busy     int64
	withheld int64 // taken out of circulation
	target   int64 // by how many the bound is below the size
	well     int64 // successes since the bound last moved
	halvings int
}

// slotsMax is more than any configuration asks for.
const slotsMax = 1 << 10

func newSlots(n int) *slots {
	total := int64(max(n, slotsMax))
	s := &slots{total: total, sem: semaphore.NewWeighted(total)}
	s.resize(n)
	return s
}

// resize changes the bound of the configuration; what FLORA asked for stays withheld.
func (s *slots) resize(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.size = min(int64(n), s.total)
	s.target = min(s.target, s.size-1)
	s.withhold()
	for s.withheld > s.kept() {
		s.withheld--
		s.sem.Release(1)
	}
}

// kept is how many slots should be out of circulation. s.mu is held.
func (s *slots) kept() int64 { return s.total - s.size + s.target }

// withhold takes the idle slots out of circulation that should be; those in use follow when they come back. s.mu is held.
func (s *slots) withhold() {
	for s.withheld < s.kept() && s.sem.TryAcquire(1) {
		s.withheld++
	}
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
	if s.withheld < s.kept() {
		s.withheld++
		return
	}
	s.sem.Release(1)
}

// halve lowers the bound to half, at least one.
func (s *slots) halve() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.halvings++
	bound := max((s.size-s.target)/2, 1)
	s.target, s.well = s.size-bound, 0
	s.withhold()
}

// bound names the present bound by how often it was halved. A request notes it when it begins.
func (s *slots) bound() (halvings int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.halvings
}

// grow counts a success of a request to the API; as many of them as the bound raise it by one. What was on its way when the bound was halved says nothing
// of it.
func (s *slots) grow(halvings int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.target == 0 || halvings != s.halvings {
		return
	}
	if s.well++; s.well < s.size-s.target {
		return
	}
	s.target--
	s.well = 0
	if s.withheld > s.kept() {
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
