package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// signalled is what the number of a signal is added to, for the exit code of what it ended: the shells' custom.
const signalled = 128

// caught is the cause with which a signal ends the context of a command.
type caught syscall.Signal

func (c caught) Error() string { return syscall.Signal(c).String() }

// interrupted returns a context that ends at an interrupt, or with its cancel function: from then on signals do what they did before.
func interrupted(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() { // ends with the context
		select {
		case sig := <-signals:
			if s, ok := sig.(syscall.Signal); ok {
				end(caught(s))
			}
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		end(nil)
	}
}

// killed is the exit code of a command whose context ended before it was done: 128 + the signal, if one did that.
func killed(ctx context.Context) int {
	var c caught
	if errors.As(context.Cause(ctx), &c) {
		return signalled + int(c)
	}
	return exitFailed
}

// stopping turns signals into the two stages of a stop: the first ends the claiming of work, then what is under way has the drain time; a second signal
// or the end of the drain cuts it.
type stopping struct {
	claim, work context.Context
	end         context.CancelFunc // of claiming
	cut         context.CancelFunc // of work
	signals     chan os.Signal
	done        chan struct{}

	mu     sync.Mutex
	caught os.Signal
	wasCut bool
}

// newStopping listens for signals until stop is called. drain is asked when the first one comes; say is told what happens.
func newStopping(ctx context.Context, drain func() time.Duration, say func(string), also ...os.Signal) *stopping {
	s := &stopping{signals: make(chan os.Signal, 2), done: make(chan struct{})}
	s.work, s.cut = context.WithCancel(ctx)
	s.claim, s.end = context.WithCancel(s.work)
	signal.Notify(s.signals, append(also, os.Interrupt, syscall.SIGTERM)...)
	go s.listen(drain, say)
	return s
}

// listen is owned by the stopping: it ends with stop.
func (s *stopping) listen(drain func() time.Duration, say func(string)) {
	select {
	case sig := <-s.signals:
		s.mu.Lock()
		s.caught = sig
		s.mu.Unlock()
		say(fmt.Sprintf("uploads under way have %s to finish; once more to stop at once", drain()))
		s.end()
	case <-s.claim.Done():
	case <-s.done:
		return
	}
	timer := time.NewTimer(drain())
	defer timer.Stop()
	select {
	case <-s.signals:
	case <-timer.C:
	case <-s.done:
		return
	}
	s.mu.Lock()
	s.wasCut = true
	s.mu.Unlock()
	s.cut()
}

func (s *stopping) stop() {
	signal.Stop(s.signals)
	close(s.done)
	s.cut()
}

// killed is the exit code of something that a signal ended before it was done: 128 + the signal.
func (s *stopping) killed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sig, ok := s.caught.(syscall.Signal); ok {
		return signalled + int(sig)
	}
	return exitFailed
}

// code is the exit code of a run that a signal ended: 0 after a drain, 128 + the signal when work was cut.
func (s *stopping) code() (code int, caught bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sig, ok := s.caught.(syscall.Signal)
	if !ok {
		return exitWell, false
	}
	if s.wasCut {
		return signalled + int(sig), true
	}
	return exitWell, true
}
