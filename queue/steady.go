package queue

import (
	"sync"
	"time"
)

// steady orders what happens in one process, whatever the clock is set to meanwhile: the first time that it is told is what the clock said, and the others
// are as much later as passed since, where they can tell (time, Monotonic Clocks). Its mutex is taken last of all.
//
// What has a later time than any that it was told was written by an earlier process, when the clock was ahead: it happened before all of this one.
type steady struct {
	mu     sync.Mutex
	first  time.Time
	latest uint64
}

// at is a time as keys hold it; never 0.
func (s *steady) at(t time.Time) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first.IsZero() {
		s.first = t
	}
	n := max(1, nanos(s.first.Add(t.Sub(s.first))))
	s.latest = max(s.latest, n)
	return n
}

// ahead is behind every time of this process: what has this one or a later one is of an earlier process. What is compared with it must have been read before.
func (s *steady) ahead() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.latest + 1
}
