package uploader_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/queue"
)

// TestForgottenInEveryPhase: whoever forgets a row that is worked on ends its attempt, and takes the row away before another attempt begins; a request to
// FLORA for each time it asks would spend forms, and never end.
func TestForgottenInEveryPhase(t *testing.T) {
	slow := sandbox.Fault{Latency: 30 * time.Second}
	for name, op := range map[string]sandbox.Op{"Reserve": sandbox.OpCreate, "Send": sandbox.OpPost, "Complete": sandbox.OpComplete, "Attach": sandbox.OpAttach} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, sandbox.Options{Fault: func(c sandbox.Call) sandbox.Fault {
					if c.Op == op {
						return slow
					}
					return sandbox.Fault{}
				}})
				defer b.stop()
				b.root.Route.Project = "prj_a"
				id := b.write("a.png", png, 4000)
				b.life(func(claim, _ context.CancelFunc) {
					time.Sleep(10 * time.Second)
					began := time.Now()
					for {
						err := b.queue.Forget(t.Context(), id, false)
						if err == nil {
							break
						}
						if !errors.Is(err, queue.ErrClaimed) || time.Since(began) > 10*time.Second {
							t.Errorf("after %v: %v", time.Since(began), err)
							break
						}
						b.live.Load().Cancel(id)
						time.Sleep(20 * time.Millisecond)
					}
					if n := b.sent.count(began); n > 1 { // the one that was cut
						t.Errorf("%d requests were sent for it meanwhile", n)
					}
					time.Sleep(time.Minute) // what was cut is over at the server, too
					claim()
				})
			})
		})
	}
}

// TestCancelledAndKept: a row whose attempt was ended goes on by itself when nobody takes it away after all.
func TestCancelledAndKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{Fault: atAttempts(sandbox.OpPost, sandbox.Fault{Latency: 30 * time.Second})})
		defer b.stop()
		id := b.write("a.png", png, 4000)
		b.life(func(claim, _ context.CancelFunc) {
			time.Sleep(10 * time.Second)
			if !b.queue.Claimed(id) {
				t.Fatal("it is not worked on: this tests nothing")
			}
			b.live.Load().Cancel(id)
			time.Sleep(time.Minute)
			claim()
		})
		b.promises()
	})
}
