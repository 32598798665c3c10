package uploader_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader"
)

// TestOtherNameOutsideStays: a file of the folder has another name outside. It is a file of the folder, and its name there is moved or deleted; the other one stays,
// and so do its bytes.
func TestOtherNameOutsideStays(t *testing.T) {
	for _, after := range []uploader.After{uploader.Keep, uploader.Move, uploader.Delete} {
		t.Run(after.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, sandbox.Options{})
				defer b.stop()
				b.root.After, b.root.MoveTo = after, filepath.Join(b.dir, "done")
				outside := filepath.Join(b.dir, "outside.png")
				content := append([]byte(png), bytes.Repeat([]byte("outside"), 100)...)
				b.must(os.Mkdir(b.root.MoveTo, 0o755))
				b.must(os.WriteFile(outside, content, 0o600))
				b.must(os.Link(outside, b.path("a.png")))
				id := b.sight("a.png")
				b.life(func(claim, _ context.CancelFunc) {
					time.Sleep(10 * time.Minute)
					claim()
				})
				b.done([]state.ID{id})
				if got, err := os.ReadFile(outside); err != nil || !bytes.Equal(got, content) {
					t.Errorf("the name outside was touched: %v", err)
				}
				if _, err := os.Lstat(b.path("a.png")); errors.Is(err, fs.ErrNotExist) != (after != uploader.Keep) {
					t.Errorf("the name in the folder: %v", err)
				}
				if info, err := os.Stat(outside); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("the name outside: %v, %v", info.Mode(), err)
				}
				b.lawful()
			})
		})
	}
}
