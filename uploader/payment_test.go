package uploader_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

// TestPaymentRequired: 402 suspends the key without a probe; one real reservation at a time asks whether somebody paid, and the rest goes on.
func TestPaymentRequired(t *testing.T) {
	for name, fault := range map[string]sandbox.Fault{
		"402":              {Status: 402},
		"PaidPlanRequired": {Status: 403, Code: "paid_plan_required"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &switched{}
				b := newBench(t, sandbox.Options{Process: 10 * time.Minute, Fault: s.Fault})
				defer b.stop()
				early := b.many("early", 10)
				b.life(func(claim, _ context.CancelFunc) {
					time.Sleep(time.Minute)
					s.set(func(c sandbox.Call) sandbox.Fault {
						if c.Op == sandbox.OpCreate {
							return fault
						}
						return sandbox.Fault{}
					})
					late := b.many("late", files(name))
					began := time.Now()
					time.Sleep(time.Hour)
					b.wantBlocked(state.PaymentRequired)
					b.done(early)
					if n := b.sent.count(began, flora.OpReserve); n > 4+12 {
						t.Errorf("%d reservations in an hour", n)
					}
					if n := b.sent.count(began, flora.OpProbe); n != 0 {
						t.Errorf("%d probes, which cannot tell", n)
					}
					s.set(nil)
					time.Sleep(25 * time.Minute)
					b.wantBlocked()
					b.done(late)
					b.unspoiled(append(late, early...))
					claim()
				})
				b.promises()
			})
		})
	}
}

// TestPaymentRequiredElsewhere: a 402 to another request than a reservation is over when that kind of request is taken again, though there is nothing
// left to reserve.
func TestPaymentRequiredElsewhere(t *testing.T) {
	for name, op := range map[string]sandbox.Op{"Complete": sandbox.OpComplete, "Retrieve": sandbox.OpRetrieve, "Attach": sandbox.OpAttach} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &switched{}
				refused := false
				s.set(func(c sandbox.Call) sandbox.Fault {
					if c.Op != op || refused {
						return sandbox.Fault{}
					}
					refused = true
					return sandbox.Fault{Status: 402}
				})
				b := newBench(t, sandbox.Options{Process: time.Second, Fault: s.Fault})
				defer b.stop()
				b.root.Route.Project = "prj_a"
				id := b.write("a.png", png, 500)
				b.life(func(claim, _ context.CancelFunc) {
					time.Sleep(10 * time.Minute)
					b.wantBlocked()
					b.done([]state.ID{id})
					claim()
				})
				if !refused {
					t.Error("nothing was refused")
				}
				b.promises()
			})
		})
	}
}
