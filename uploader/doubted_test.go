package uploader_test

import (
	"context"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader"
)

// TestDeletionWaitsForADoubt: the status of a file changes while FLORA processes it, as when another of its names is deleted, and the row that settles for it cannot be
// looked at yet when the file is to be deleted. It would be taken from under that one.
func TestDeletionWaitsForADoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{Process: time.Minute})
		defer b.stop()
		b.root.After = uploader.Delete
		id := b.write("a.png", png, 4000)
		b.run(time.Second)
		b.must(os.Chmod(b.path("a.png"), 0o600))
		doubt := b.sight("a.png")
		held, _, err := b.queue.Claim(t.Context(), time.Now(), state.Lane{Root: "inbox"}, 9)
		b.must(err)
		for _, it := range held { // the doubt stays held, and is not looked at
			if it.ID == id {
				b.queue.Release(id, time.Time{})
			}
		}
		if doubt == id || !b.queue.Claimed(doubt) {
			t.Fatalf("%v is not another row, and held: this tests nothing", doubt)
		}
		b.life(func(claim, _ context.CancelFunc) {
			time.Sleep(2 * time.Hour)
			if _, err := os.Stat(b.path("a.png")); err != nil || b.item(id).Phase != state.Attached {
				t.Errorf("it stands at %v, and the file: %v", b.item(id).Phase, err)
			}
			b.queue.Release(doubt, time.Time{})
			time.Sleep(2 * time.Hour)
			claim()
		})
		if it := b.item(id); it.Away != state.AwayDeleted || len(b.box.Assets()) != 1 {
			t.Errorf("away %v, %d assets", it.Away, len(b.box.Assets()))
		}
		b.lawful()
	})
}
