package uploader

import (
	"context"
	"testing"
	"time"

	"github.com/florasync/florasync/state"
)

func TestSlots(t *testing.T) {
	s := newSlots(4)
	take := func() bool {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if !s.sem.TryAcquire(1) {
			return s.acquire(ctx) == nil
		}
		s.sem.Release(1)
		return s.acquire(t.Context()) == nil
	}
	fill := func() (n int) {
		for take() {
			n++
		}
		for range n {
			s.release()
		}
		return n
	}
	want := func(n int) {
		t.Helper()
		if got := fill(); got != n {
			t.Errorf("%d slots, want %d", got, n)
		}
	}
	want(4)
	before := s.bound()
	s.halve()
	want(2) // idle slots at once
	for range 8 {
		s.grow(before) // they were on their way when it was halved
	}
	want(2)
	s.grow(s.bound())
	want(2)
	s.grow(s.bound())
	want(3) // after as many successes as slots
	s.halve()
	want(1)
	s.halve()
	want(1)
	s.grow(s.bound())
	want(2)
	for range 100 {
		s.grow(s.bound())
	}
	want(4)
	for range 3 {
		take()
	}
	s.halve() // one of three in use has to be kept back
	if take() {
		t.Errorf("a fourth request while two are allowed")
	}
	s.release()
	if take() {
		t.Errorf("a third request while two are allowed")
	}
	s.release()
	s.release()
	want(2)
	s.resize(6)
	want(4) // what FLORA asked for counts besides
	for range 100 {
		s.grow(s.bound())
	}
	want(6)
	s.halve()
	s.resize(2)
	want(1)
	s.resize(1)
	want(1)
	for range 100 {
		s.grow(s.bound())
	}
	want(1)
	s.resize(3)
	for range 3 {
		take()
	}
	s.resize(2)
	s.release()
	if take() {
		t.Errorf("a third request while two are configured")
	}
	s.release()
	s.release()
	want(2)
	one := newSlots(1)
	one.halve()
	if !one.sem.TryAcquire(1) {
		t.Errorf("the last slot is gone")
	}
}

func TestBreaker(t *testing.T) {
	var b breaker
	now := time.Now()
	trip := func() bool { return b.trip(now, state.APIDown, "down", "") }
	if ok, took := b.try(now); !ok || took {
		t.Errorf("a closed breaker: %v %v", ok, took)
	}
	if !trip() || trip() {
		t.Errorf("it opens once")
	}
	for _, delay := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60, 60} {
		if blocked, open := b.blocked(); !open || blocked.Until != now.Add(delay*time.Second) {
			t.Fatalf("got %v, want %v", blocked.Until.Sub(now), delay*time.Second)
		}
		if ok, _ := b.try(now.Add(delay*time.Second - 1)); ok {
			t.Errorf("a try before its time")
		}
		now = now.Add(delay * time.Second)
		if ok, took := b.try(now); !ok || !took {
			t.Errorf("no try when it is due")
		}
		if ok, _ := b.try(now); ok {
			t.Errorf("two tries at once")
		}
		if until, wait := b.next(now); !wait || until != now.Add(tryPoll) {
			t.Errorf("while one tries, others wait until %v", until)
		}
		if trip() {
			t.Errorf("it was open")
		}
	}
	now = now.Add(time.Minute)
	b.try(now)
	b.untried()
	if ok, took := b.try(now); !ok || !took {
		t.Errorf("a try that was given back is lost")
	}
	b.hurry(now)
	if !b.reset() || b.reset() {
		t.Errorf("it closes once")
	}
	key := breaker{first: 30 * time.Second, cap: 10 * time.Minute}
	key.trip(now, state.KeyRefused, "", "")
	for _, delay := range []time.Duration{30, 60, 120, 240, 480, 600, 600} {
		if blocked, _ := key.blocked(); blocked.Until != now.Add(delay*time.Second) {
			t.Errorf("got %v, want %v", blocked.Until.Sub(now), delay*time.Second)
		}
		now = now.Add(delay * time.Second)
		key.postpone(now)
	}
	key.hurry(now)
	if blocked, _ := key.blocked(); blocked.Until != now {
		t.Errorf("not at once")
	}
}
