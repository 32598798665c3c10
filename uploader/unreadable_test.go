package uploader_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// nobody makes the process another user's for the rest of the test where it is root, who reads everything.
func nobody(t *testing.T, dir string) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Chown(path, 65534, 65534))
	})
	if err = errors.Join(err, os.Chmod(filepath.Dir(dir), 0o755), syscall.Seteuid(65534)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Seteuid(0) })
}

// TestUnreadableFile: it waits, longer and longer, says why, and goes on by itself, at once when its watcher sees that it may be read; five of them are no
// outage.
func TestUnreadableFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{})
		defer b.stop()
		nobody(t, b.dir)
		bad := b.many("bad", 6)
		for i := range bad {
			b.must(os.Chmod(b.path("bad/00"+string(rune('0'+i))+".png"), 0))
		}
		good := b.many("good", 5)
		b.life(func(claim, _ context.CancelFunc) {
			time.Sleep(time.Second)
			b.done(good)
			commits := b.queue.Commits()
			time.Sleep(time.Hour)
			b.wantBlocked()
			if n := b.queue.Commits() - commits; n > int64(len(bad))*20 {
				t.Errorf("%d commits in an hour for %d files that cannot be read", n, len(bad))
			}
			for i, id := range bad {
				if it := b.item(id); it.Phase != state.Queued || it.Halt != state.None || it.Attempt != 0 || it.Fault == nil || it.Fault.Class != state.Local || it.Fault.Code != "EACCES" {
					t.Errorf("%v %v, attempt %d, %+v", it.Phase, it.Halt, it.Attempt, it.Fault)
				}
				b.must(os.Chmod(b.path("bad/00"+string(rune('0'+i))+".png"), 0o644))
			}
			b.look("bad/000.png")
			time.Sleep(time.Second)
			b.done(bad[:1])
			time.Sleep(4 * time.Minute) // the longest wait
			b.done(bad)
			claim()
		})
		b.promises()
	})
}

// TestRootOffline: nothing is gone, nothing is written, and it resumes.
func TestRootOffline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{})
		defer b.stop()
		b.watch()
		ids := b.many("all", 50)
		b.must(os.Rename(b.root.Source.Path(), b.root.Source.Path()+".away"))
		b.life(func(claim, _ context.CancelFunc) {
			time.Sleep(time.Minute)
			commits := b.queue.Commits()
			time.Sleep(time.Hour)
			if n := b.queue.Commits() - commits; n > 5 {
				t.Errorf("%d commits for a root that is not there", n)
			}
			b.must(os.Rename(b.root.Source.Path()+".away", b.root.Source.Path()))
			time.Sleep(time.Minute)
			b.done(ids)
			b.unspoiled(ids)
			claim()
		})
		b.promises()
	})
}
