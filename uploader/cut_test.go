package uploader_test

import (
	"context"
	"os"
	"testing"
	"testing/synctest"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader"
)

// cutter says when the row has learned that a file is to be taken away, and holds it until the work was cut.
type cutter struct {
	record
	learned, cut chan struct{}
}

func (c *cutter) Apply(ctx context.Context, change state.Change) (state.Item, error) {
	it, err := c.record.Apply(ctx, change)
	if err == nil && it.Phase == state.Attached {
		close(c.learned)
		<-c.cut
	}
	return it, err
}

// TestWorkCutBeforeTheFileIsTakenAway: the work ends when a file that is to be deleted is not there. The row went round and round, and the process never ended.
func TestWorkCutBeforeTheFileIsTakenAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{})
		defer b.stop()
		b.root.After = uploader.Delete
		id := b.write("a.png", png, 1000)
		c := &cutter{record: record{b.queue}, learned: make(chan struct{}), cut: make(chan struct{})}
		b.wrap = c
		b.life(func(claim, work context.CancelFunc) {
			<-c.learned
			if err := os.Remove(b.path("a.png")); err != nil {
				t.Error(err)
			}
			claim()
			work()
			close(c.cut)
		})
		if it := b.item(id); it.Phase != state.Attached {
			t.Errorf("it stands at %v", it.Phase)
		}
		b.lawful()
	})
}
