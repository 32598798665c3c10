package uploader_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader"
)

// TestAfter: a source is moved or deleted only when FLORA told the size that was sent and the file is still that version.
func TestAfter(t *testing.T) {
	for name, c := range map[string]struct {
		after  uploader.After
		box    sandbox.Options
		change bool
		gone   bool
		want   state.Away
		stamp  bool // the change puts the modification time back
	}{
		"Keep":                                   {uploader.Keep, sandbox.Options{}, false, false, state.AwayKept, false},
		"Move":                                   {uploader.Move, sandbox.Options{}, false, false, state.AwayMoved, false},
		"Delete":                                 {uploader.Delete, sandbox.Options{}, false, false, state.AwayDeleted, false},
		"DeleteWhileProcessing":                  {uploader.Delete, sandbox.Options{Process: time.Hour}, false, false, state.AwayDeleted, false},
		"MoveSizeNotTold":                        {uploader.Move, sandbox.Options{NullSize: true}, false, false, state.AwayKept, false},
		"DeleteSizeNotTold":                      {uploader.Delete, sandbox.Options{NullSize: true}, false, false, state.AwayKept, false},
		"MoveOfAChangedSource":                   {uploader.Move, sandbox.Options{Process: time.Minute}, true, false, state.AwayKept, false},
		"DeleteOfAChangedSource":                 {uploader.Delete, sandbox.Options{Process: time.Minute}, true, false, state.AwayKept, false},
		"MoveOfASourceRewrittenWithItsOldTime":   {uploader.Move, sandbox.Options{Process: time.Minute}, true, false, state.AwayKept, true},
		"DeleteOfASourceRewrittenWithItsOldTime": {uploader.Delete, sandbox.Options{Process: time.Minute}, true, false, state.AwayKept, true},
		"DeleteOfASourceThatWent":                {uploader.Delete, sandbox.Options{Process: time.Minute}, false, true, state.AwayDeleted, false},
		"MoveOfASourceThatWent":                  {uploader.Move, sandbox.Options{Process: time.Minute}, false, true, state.AwayKept, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, c.box)
				defer b.stop()
				b.root.After, b.root.MoveTo = c.after, filepath.Join(b.dir, "done")
				b.must(os.Mkdir(b.root.MoveTo, 0o755))
				id := b.write("a/b.png", png, 3000)
				b.life(func(claim, _ context.CancelFunc) {
					time.Sleep(time.Second)
					if c.change {
						b.rewrite("a/b.png", 3000, c.stamp)
					}
					if c.gone {
						b.must(os.Remove(b.path("a/b.png")))
						time.Sleep(time.Hour)
						if it := b.item(id); it.Phase == state.Done {
							t.Error("taken for gone before anybody looked")
						}
						b.tellGone("a/b.png")
					}
					time.Sleep(2 * time.Hour)
					claim()
				})
				it := b.item(id)
				if it.Phase != state.Done || it.Away != c.want {
					t.Errorf("got %v, %v; want %v", it.Phase, it.Away, c.want)
				}
				_, here := os.Stat(b.path("a/b.png"))
				_, there := os.Stat(filepath.Join(b.root.MoveTo, "a/b.png"))
				if (here == nil) != (c.want == state.AwayKept && !c.gone) || (there == nil) != (c.want == state.AwayMoved) {
					t.Errorf("at its place: %v, moved: %v", here, there)
				}
				if c.want == state.AwayMoved && it.MovedTo != filepath.Join(b.root.MoveTo, "a/b.png") {
					t.Errorf("moved to %q", it.MovedTo)
				}
				if kept := c.want == state.AwayKept && c.after != uploader.Keep; kept != (b.seen.events(state.FileKept) == 1) {
					t.Errorf("told %d times that it was kept", b.seen.events(state.FileKept))
				}
				b.lawful()
			})
		})
	}
}

// TestDeleteOfASourceSentWhileTheClockWasAhead: the bytes were sent when this machine's clock was years ahead. A rewrite that puts the modification time back has a
// change time from before that, and yet it is another version.
func TestDeleteOfASourceSentWhileTheClockWasAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{Process: time.Minute})
		defer b.stop()
		time.Sleep(100 * 365 * 24 * time.Hour) // files have the change times of the machine's clock, which is behind now
		b.root.After = uploader.Delete
		id := b.write("a.png", png, 3000)
		b.life(func(claim, _ context.CancelFunc) {
			time.Sleep(time.Second)
			b.rewrite("a.png", 3000, true)
			time.Sleep(time.Hour)
			claim()
		})
		if _, err := os.Stat(b.path("a.png")); err != nil {
			t.Errorf("the rewritten file: %v", err)
		}
		if it := b.item(id); it.Phase != state.Done || it.Away != state.AwayKept {
			t.Errorf("got %v, away %v", it.Phase, it.Away)
		}
	})
}

// TestMoveToThatIsAway: as long as the destination is not there the row says so, tries again more and more seldom, and is moved once it is there again.
func TestMoveToThatIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{})
		defer b.stop()
		b.root.After, b.root.MoveTo = uploader.Move, filepath.Join(b.dir, "done")
		id := b.write("a/b.png", png, 3000)
		b.life(func(claim, _ context.CancelFunc) {
			time.Sleep(12 * time.Hour)
			it := b.item(id)
			if it.Phase != state.Attached || it.Fault == nil || it.Fault.Code != string(state.MoveDenied) || it.Fault.Hint != "make it, or mount what belongs there" {
				t.Errorf("got %v with %+v", it.Phase, it.Fault)
			}
			if it.Rev > 250 { // a try every four minutes, which is a commit each
				t.Errorf("%d changes in half a day", it.Rev)
			}
			b.must(os.Mkdir(b.root.MoveTo, 0o755))
			time.Sleep(5 * time.Minute)
			claim()
		})
		if it := b.item(id); it.Phase != state.Done || it.Away != state.AwayMoved {
			t.Errorf("got %v, %v", it.Phase, it.Away)
		}
		if n := b.seen.events(state.FileKept); n > 0 {
			t.Errorf("told %d times that it was kept", n)
		}
		b.lawful()
	})
}

// tellGone plays the watcher: it tells that the path vanished, and that a scan that began later has ended.
func (b *bench) tellGone(name string) {
	b.t.Helper()
	gone := queue.Arrival{Sighting: state.Sighting{Root: "inbox", Path: state.Path(name), Gone: true, At: time.Now()}}
	if _, err := b.queue.Sight(b.t.Context(), []queue.Arrival{gone}); err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.queue.ScanDone(b.t.Context(), "inbox", time.Now().Add(time.Second)); err != nil {
		b.t.Fatal(err)
	}
}

// TestAfterOfASourceRewrittenThenRenamed: a rename moves the change time as a rewrite does, so the file is read: the same bytes are the row's file, which is
// deleted, and other bytes are a version of their own.
func TestAfterOfASourceRewrittenThenRenamed(t *testing.T) {
	for name, rewritten := range map[string]bool{"Rewritten": true, "RenamedOnly": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, sandbox.Options{Process: time.Minute})
				defer b.stop()
				b.root.After = uploader.Delete
				id := b.write("bad.png", png, badSize)
				b.life(func(claim, _ context.CancelFunc) {
					time.Sleep(time.Second)
					if rewritten {
						b.rewrite("bad.png", badSize, true)
					}
					changes["Renamed"].do(b)
					time.Sleep(2 * time.Hour)
					claim()
				})
				_, err := os.Stat(b.path("moved.png"))
				want, assets := state.Done, 1
				if rewritten {
					want, assets = state.Attached, 2 // no scan said that the first version's file is nowhere
				}
				versions := map[string]bool{}
				for _, a := range b.box.Assets() {
					versions[a.SHA256] = a.Status == sandbox.Ready
				}
				if it := b.item(id); it.Phase != want || len(b.box.Assets()) != assets || len(versions) != assets || !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%v, %v; %d assets: %v; the file: %v", it.Phase, it.Away, len(b.box.Assets()), versions, err)
				}
				b.lawful()
			})
		})
	}
}

// TestAfterOfASourceBehindALink: the folder was moved away, and a link to it left in its place, as people do who make room. Nothing stands at the path, then: once
// a scan has said so the row is done, and until then nobody is told to look at rights.
func TestAfterOfASourceBehindALink(t *testing.T) {
	for name, c := range map[string]struct {
		after uploader.After
		want  state.Away
	}{"Move": {uploader.Move, state.AwayKept}, "Delete": {uploader.Delete, state.AwayDeleted}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, sandbox.Options{Process: time.Minute})
				defer b.stop()
				b.root.After, b.root.MoveTo = c.after, filepath.Join(b.dir, "done")
				b.must(os.Mkdir(b.root.MoveTo, 0o755))
				id := b.write("a/b.png", png, 3000)
				archive := filepath.Join(t.TempDir(), "a")
				b.life(func(claim, _ context.CancelFunc) {
					time.Sleep(time.Second)
					b.must(os.Rename(b.path("a"), archive))
					b.must(os.Symlink(archive, b.path("a")))
					time.Sleep(time.Hour)
					if it := b.item(id); it.Phase == state.Done || it.Fault != nil {
						t.Errorf("before anybody looked: %v with %+v", it.Phase, it.Fault)
					}
					b.tellGone("a/b.png")
					time.Sleep(time.Hour)
					claim()
				})
				if it := b.item(id); it.Phase != state.Done || it.Away != c.want {
					t.Errorf("got %v, %v with %+v; want %v", it.Phase, it.Away, it.Fault, c.want)
				}
				if _, err := os.Stat(filepath.Join(archive, "b.png")); err != nil {
					t.Errorf("the file, which is outside: %v", err)
				}
				b.lawful()
			})
		})
	}
}
