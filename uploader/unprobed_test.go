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
	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

// unprobed makes bad.png another user's file, which everybody may write: nobody can be told who writes to it. Only root can do that.
func (b *bench) unprobed() state.ID {
	b.t.Helper()
	if os.Getuid() != 0 {
		b.t.Skip("needs root, to have files of another user")
	}
	const user = 65534
	name := b.path("bad.png")
	b.must(os.WriteFile(name, append([]byte(png), make([]byte, badSize-len(png))...), 0o644))
	long := time.Now().Add(-24 * time.Hour) // so that its stamps tell what is written from now on
	b.must(errors.Join(os.Chtimes(name, long, long), os.Chmod(name, 0o666)))
	err := filepath.WalkDir(b.dir, func(path string, _ os.DirEntry, err error) error {
		if path == name {
			return err
		}
		return errors.Join(err, os.Chown(path, user, user))
	})
	b.must(errors.Join(err, os.Chmod(filepath.Dir(b.dir), 0o755), syscall.Seteuid(user)))
	b.t.Cleanup(func() { syscall.Seteuid(0) })
	file, err := b.root.Source.Open("bad.png")
	b.must(err)
	defer file.Close()
	if writers, err := file.Writers(); writers != source.Unknown || err != nil {
		b.t.Fatalf("the probe says %v, %v: this tests nothing", writers, err)
	}
	return b.sight("bad.png")
}

// TestSendWithoutAProbe: where nobody can tell who has a file open, its stamps after the send are the evidence: unchanged it is uploaded, and what changed during the send
// is another version.
func TestSendWithoutAProbe(t *testing.T) {
	changed := wantRow{halt: state.Skipped, phase: state.Reserved, reason: state.Changed, class: state.Lasting}
	for name, want := range map[string]wantRow{"Unchanged": ends, "Written": changed} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var b *bench
				b = newBench(t, sandbox.Options{Fault: func(call sandbox.Call) sandbox.Fault {
					if call.Op != sandbox.OpPost || call.Attempt > 1 || name == "Unchanged" {
						return sandbox.Fault{}
					}
					return sandbox.Fault{Then: func() {
						writer, err := os.OpenFile(b.path("bad.png"), os.O_WRONLY, 0)
						b.must(err)
						_, err = writer.WriteAt([]byte("other"), 100)
						b.must(errors.Join(err, writer.Close()))
					}}
				}})
				defer b.stop()
				id := b.unprobed()
				b.life(func(claim, _ context.CancelFunc) {
					time.Sleep(time.Minute)
					claim()
				})
				b.stands(id, want)
				if n := b.ready(); n > 0 == (name == "Written") {
					t.Errorf("%d assets are ready", n)
				}
				b.lawful()
			})
		})
	}
}
