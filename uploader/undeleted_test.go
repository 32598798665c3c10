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

// TestCountedAsDeletedAndFoundAgain: a file that was not at its path when it was to be deleted, and turns up with another name and change time, is the one that FLORA
// has. While it has a further name the row's may really have been deleted, and this one is a file of its own.
func TestCountedAsDeletedAndFoundAgain(t *testing.T) {
	for name, c := range map[string]struct {
		turnsUp func(b *bench) // as b.png
		assets  int
	}{
		"MovedBackUnderAnotherName": {func(b *bench) { b.must(os.Rename(b.path("away"), b.path("b.png"))) }, 1},
		"ItsOtherNameGotALink":      {func(b *bench) { b.must(os.Link(b.path("away"), b.path("b.png"))) }, 2},
		"Rewritten": {func(b *bench) {
			b.must(os.Rename(b.path("away"), b.path("b.png")))
			b.rewrite("b.png", 4000, true)
		}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, sandbox.Options{Process: time.Minute})
				defer b.stop()
				b.root.After = uploader.Delete
				id := b.write("a.png", png, 4000)
				b.life(func(claim, _ context.CancelFunc) {
					time.Sleep(time.Second)
					b.must(os.Rename(b.path("a.png"), b.path("away")))
					b.tellGone("a.png")
					time.Sleep(2 * time.Hour)
					if it := b.item(id); it.Away != state.AwayDeleted {
						t.Fatalf("away %v: this tests nothing", it.Away)
					}
					c.turnsUp(b)
					b.sight("b.png")
					time.Sleep(2 * time.Hour)
					claim()
				})
				if n := len(b.box.Assets()); n != c.assets {
					t.Errorf("%d assets, want %d", n, c.assets)
				}
				found, err := b.queue.Find(t.Context(), "inbox", "b.png")
				b.must(err)
				if again := c.assets == 1; found.Item.Phase != state.Done || again != (found.Item.ID == id && found.Item.Away == state.AwayKept) {
					t.Errorf("b.png stands at %+v", found.Item)
				}
				b.lawful()
			})
		})
	}
}
