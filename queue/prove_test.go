package queue

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestProveTellsAHungCommitterFromOneThatRefuses: a commit that does not come back is no proof, and one that is refused is an answer.
func TestProveTellsAHungCommitterFromOneThatRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := open(t)
		before := q.Commits()
		if err := q.Prove(t.Context()); err != nil || q.Commits() != before+1 {
			t.Fatalf("%v after %d commits, want nil after one", err, q.Commits()-before)
		}
		begun, release := make(chan struct{}), make(chan struct{})
		go q.do(t.Context(), func(*batch) error { // ends with release
			close(begun)
			<-release
			return nil
		})
		<-begun
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := q.Prove(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a committer that hangs: %v", err)
		}
		close(release)
		if err := q.Prove(t.Context()); err != nil {
			t.Errorf("once it goes on: %v", err)
		}
		q.mu.Lock()
		q.down = ErrUnwritable
		q.mu.Unlock()
		if err := q.Prove(t.Context()); !errors.Is(err, ErrUnwritable) {
			t.Errorf("a record that takes nothing: %v", err)
		}
		q.mu.Lock()
		q.down = nil
		q.mu.Unlock()
	})
}

// asked is a context of which a check, which asks first, hears whether it has ended when release is closed, and not before.
type asked struct {
	context.Context
	met     atomic.Bool
	begun   chan struct{}
	release chan struct{}
}

func (a *asked) Err() error {
	if !a.met.Swap(true) {
		close(a.begun)
		<-a.release
	}
	return a.Context.Err()
}

// heldCheck begins a check that goes on until its context's release is closed; the channel delivers how it ended for whoever waited.
func heldCheck(ctx context.Context, q *Queue) (*asked, <-chan error) {
	a, ended := &asked{Context: ctx, begun: make(chan struct{}), release: make(chan struct{})}, make(chan error, 1)
	go func() { _, err := q.Check(a); ended <- err }() // ends with release, or with ctx
	return a, ended
}

// TestProveIsContentWhileTheRecordIsChecked: a check of a large record takes longer than a watchdog waits, and commits wait for it; whoever asks meanwhile,
// or asked a moment before, must not have the process killed for it.
func TestProveIsContentWhileTheRecordIsChecked(t *testing.T) {
	for name, before := range map[string]bool{"AskedBefore": true, "AskedMeanwhile": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := open(t)
				busy, goOn, proven := make(chan struct{}), make(chan struct{}), make(chan error, 1)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				prove := func() { proven <- q.Prove(ctx) }
				go q.do(t.Context(), func(*batch) error { // ends with goOn
					close(busy)
					<-goOn
					return nil
				})
				<-busy
				if before {
					go prove()
					synctest.Wait()
				}
				check, ended := heldCheck(t.Context(), q)
				synctest.Wait()
				close(goOn)
				<-check.begun
				if !before {
					go prove()
				}
				if err := <-proven; err != nil {
					t.Errorf("while it is checked: %v", err)
				}
				close(check.release)
				if err := <-ended; err != nil {
					t.Errorf("the check: %v", err)
				}
				synctest.Wait()
				n := q.Commits()
				if err := q.Prove(t.Context()); err != nil || q.Commits() != n+1 {
					t.Errorf("after it: %v, %d commits", err, q.Commits()-n)
				}
			})
		})
	}
}

// TestWhoWaitsForACheckMayGo: the end of the context ends the waiting, though the check still goes on.
func TestWhoWaitsForACheckMayGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := open(t)
		ctx, cancel := context.WithCancel(t.Context())
		check, ended := heldCheck(ctx, q)
		<-check.begun
		cancel()
		synctest.Wait()
		select {
		case err := <-ended:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		default:
			t.Error("the check is still waited for")
		}
		close(check.release)
		if err := q.Prove(t.Context()); err != nil {
			t.Errorf("after it: %v", err)
		}
	})
}
