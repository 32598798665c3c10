package uploader_test

import (
	"context"
	"errors"
	"io/fs"
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

// TestNameThatWaitsIsFoundFirst: a file had two names, one of which counts as deleted while the other is looked for. What turns up is the one that is looked for, and
// is deleted: nobody would ever come back to the other.
func TestNameThatWaitsIsFoundFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{Process: time.Minute})
		defer b.stop()
		b.root.After = uploader.Delete
		waits := b.write("b.png", png, 4000)
		b.must(os.Link(b.path("b.png"), b.path("a.png")))
		b.sight("b.png")
		counts := b.sight("a.png")
		b.life(func(claim, _ context.CancelFunc) {
			time.Sleep(time.Second)
			b.must(os.Remove(b.path("a.png")))
			b.tellGone("a.png")
			b.must(os.Rename(b.path("b.png"), b.path("away")))
			time.Sleep(2 * time.Hour)
			if was, is := b.item(counts), b.item(waits); was.Away != state.AwayDeleted || is.Phase == state.Done {
				t.Fatalf("away %v, and %v: this tests nothing", was.Away, is.Phase)
			}
			b.must(os.Rename(b.path("away"), b.path("c.png")))
			b.sightMove("b.png", "c.png")
			time.Sleep(2 * time.Hour)
			claim()
		})
		if was, is := b.item(counts), b.item(waits); was.Away != state.AwayDeleted || is.Away != state.AwayDeleted || is.Path != "c.png" {
			t.Errorf("got %v, and %v at %s", was.Away, is.Away, is.Path)
		}
		if _, err := os.Lstat(b.path("c.png")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("c.png stands there: %v", err)
		}
		if n := len(b.box.Assets()); n != 2 {
			t.Errorf("%d assets, want 2", n)
		}
		b.lawful()
	})
}

// scanned tells the record which directory stands at the folder's path, as a full scan does.
func (b *bench) scanned() {
	b.t.Helper()
	folder, err := b.root.Source.Identity()
	b.must(err)
	b.must(b.queue.SetFolder(b.t.Context(), "inbox", folder.Inode, folder.Born))
}

// unmount leaves an empty directory at the folder's path, until mount.
func (b *bench) unmount() {
	b.t.Helper()
	dir := b.root.Source.Path()
	b.must(os.Rename(dir, dir+".away"))
	b.must(os.Mkdir(dir, 0o755))
}

func (b *bench) mount() {
	b.t.Helper()
	dir := b.root.Source.Path()
	b.must(os.Remove(dir))
	b.must(os.Rename(dir+".away", dir))
}

// TestAbsentInAnotherFolder: the file vanished, and a scan did not find it. The directory that stands at the folder's path since says nothing more: it is the empty one
// below a mount, and what a life that died in a deletion left is in the other. Back in its place that is deleted.
func TestAbsentInAnotherFolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{Process: time.Minute})
		defer b.stop()
		b.root.After = uploader.Delete
		id := b.write("a.png", png, 4000)
		b.scanned()
		b.life(func(claim, _ context.CancelFunc) {
			time.Sleep(time.Second)
			b.must(os.Rename(b.path("a.png"), b.path(b.root.Source.Leftover("a.png", b.item(id).Print, ""))))
			b.tellGone("a.png")
			b.unmount()
			time.Sleep(2 * time.Hour)
			if it := b.item(id); it.Phase != state.Attached {
				t.Errorf("it stands at %v, away %v", it.Phase, it.Away)
			}
			b.mount()
			time.Sleep(2 * time.Hour)
			claim()
		})
		left, err := os.ReadDir(b.root.Source.Path())
		b.must(err)
		if it := b.item(id); it.Away != state.AwayDeleted || len(left) != 0 {
			t.Errorf("away %v, left %v", it.Away, left)
		}
		b.lawful()
	})
}

// TestUnmountedWhileTheLeftoverIsLookedFor: the folder is unmounted after it was asked which one it is, and before the leftover is looked for in it.
func TestUnmountedWhileTheLeftoverIsLookedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{Process: time.Minute})
		defer b.stop()
		b.root.After = uploader.Delete
		id := b.write("d/a.png", png, 4000)
		b.scanned()
		away := false
		b.options.Leftover = func(string, string) (string, bool) {
			if !away {
				away = true
				b.unmount()
			}
			return "e", true
		}
		b.life(func(claim, _ context.CancelFunc) {
			time.Sleep(time.Second)
			b.must(os.Rename(b.path("d/a.png"), b.path("d/"+b.root.Source.Leftover("d/a.png", b.item(id).Print, ""))))
			b.must(os.Rename(b.path("d"), b.path("e")))
			b.tellGone("d/a.png")
			time.Sleep(2 * time.Hour)
			if it := b.item(id); it.Phase != state.Attached {
				t.Errorf("it stands at %v, away %v", it.Phase, it.Away)
			}
			b.mount()
			time.Sleep(2 * time.Hour)
			claim()
		})
		left, err := os.ReadDir(b.path("e"))
		b.must(err)
		if it := b.item(id); it.Away != state.AwayDeleted || len(left) != 0 {
			t.Errorf("away %v, left %v", it.Away, left)
		}
	})
}
