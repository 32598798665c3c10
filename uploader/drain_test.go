package uploader_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// TestDrain: when claiming ends the rows under way finish; when work ends they stop at once, and nothing is charged.
func TestDrain(t *testing.T) {
	for name, cut := range map[string]bool{"ClaimEnds": false, "WorkEnds": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, sandbox.Options{Faults: "latency=10s"})
				defer b.stop()
				ids := b.many("all", 40)
				var ended time.Time
				b.life(func(claim, work context.CancelFunc) {
					time.Sleep(15 * time.Second)
					ended = time.Now()
					claim()
					if cut {
						work()
					}
				})
				took, finished := time.Since(ended), 0
				for _, id := range ids {
					if b.item(id).Phase == state.Done {
						finished++
					}
				}
				if cut && (took > 0 || finished > 0) || !cut && (finished == 0 || finished == len(ids)) {
					t.Errorf("took %v, %d finished", took, finished)
				}
				b.unspoiled(ids)
				b.must(b.box.SetFaults(""))
				b.run(3 * time.Hour)
				b.done(ids)
				b.promises()
			})
		})
	}
}
