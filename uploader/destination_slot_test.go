package uploader_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// TestDestinationChangesWhileItWaitsForASlot: a file that waits, long perhaps, until others have been sent is not reserved yet.
func TestDestinationChangesWhileItWaitsForASlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{Fault: onto(sandbox.OpPost, 1, sandbox.Fault{Latency: 50 * time.Second})})
		defer b.stop()
		b.options.Concurrency = 1
		roots := &reloaded{bench: b}
		b.options.Roots = roots
		b.life(func(claim, _ context.CancelFunc) {
			first := b.write("bad.png", png, badSize)
			time.Sleep(10 * time.Second)
			second := b.write("x/waits.png", png, 1000)
			time.Sleep(10 * time.Second)
			if it := b.item(second); b.item(first).Phase != state.Reserved || it.Phase != state.Queued || !b.queue.Claimed(second) {
				t.Fatalf("they stand at %v and %v: this tests nothing", b.item(first).Phase, it.Phase)
			}
			roots.mu.Lock()
			b.root.Route = elsewhere
			roots.mu.Unlock()
			time.Sleep(time.Hour)
			claim()
			if it := b.item(second); it.Phase != state.Done || it.To.Workspace != elsewhere.Workspace {
				t.Errorf("it stands at %v, for %s %s: %v", it.Phase, it.To.Workspace, it.To.Folder, it.Fault)
			}
		})
		b.promises()
	})
}
