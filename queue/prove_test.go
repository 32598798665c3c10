package queue

import (
	"context"
	"errors"
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
