package uploader_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader"
)

// TestNothingOutsideIsTouched: somebody swaps what lies on the way to a file for a link, before it is sent or before it is filed away. Nothing outside
// the root is uploaded, moved or deleted, and a file with another name in the same place is no way in either.
func TestNothingOutsideIsTouched(t *testing.T) {
	swaps := map[string]func(b *bench, outside string){
		"TheFolderBecomesALink": func(b *bench, outside string) {
			b.must(os.Rename(b.path("d"), b.path("was")))
			b.must(os.Symlink(outside, b.path("d")))
		},
		"TheFileBecomesALink": func(b *bench, outside string) {
			b.must(os.Remove(b.path("d/a.png")))
			b.must(os.Symlink(filepath.Join(outside, "a.png"), b.path("d/a.png")))
		},
		"TheFolderBecomesARelativeLink": func(b *bench, outside string) {
			b.must(os.RemoveAll(b.path("d")))
			b.must(os.Symlink("../outside", b.path("d")))
		},
	}
	for name, swap := range swaps {
		for _, after := range []uploader.After{uploader.Keep, uploader.Move, uploader.Delete} {
			for when, op := range map[string]sandbox.Op{"BeforeTheSend": "", "BeforeItIsFiledAway": sandbox.OpComplete} {
				t.Run(name+"/"+after.String()+"/"+when, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						var b *bench
						var outside string
						b = newBench(t, sandbox.Options{Fault: func(c sandbox.Call) sandbox.Fault {
							if op != "" && c.Op == op {
								return sandbox.Fault{Then: func() { swap(b, outside) }}
							}
							return sandbox.Fault{}
						}})
						defer b.stop()
						b.watch()
						outside = filepath.Join(b.dir, "outside")
						b.root.After, b.root.MoveTo = after, filepath.Join(b.dir, "done")
						b.must(os.Mkdir(b.root.MoveTo, 0o755))
						b.must(os.Mkdir(outside, 0o755))
						secret := append([]byte(png), bytes.Repeat([]byte("secret"), 100)...)
						b.must(os.WriteFile(filepath.Join(outside, "a.png"), secret, 0o600))
						id := b.write("d/a.png", png, len(secret))
						b.must(os.Chtimes(filepath.Join(outside, "a.png"), time.Time{}, time.Unix(0, b.item(id).Print.MTime)))
						if op == "" {
							swap(b, outside)
						}
						b.life(func(claim, _ context.CancelFunc) {
							time.Sleep(10 * time.Minute)
							b.looks.Wait()
							claim()
						})
						sum := sha256.Sum256(secret)
						for _, a := range b.box.Assets() {
							if a.SHA256 == hex.EncodeToString(sum[:]) {
								t.Errorf("the file outside was uploaded: %+v", a)
							}
							if op == "" && a.Status == sandbox.Ready {
								t.Errorf("something became ready: %+v", a)
							}
						}
						if got, err := os.ReadFile(filepath.Join(outside, "a.png")); err != nil || !bytes.Equal(got, secret) {
							t.Errorf("the file outside was touched: %v", err)
						}
						entries, err := os.ReadDir(outside)
						if err != nil || len(entries) != 1 {
							t.Errorf("outside: %v, %v", entries, err)
						}
						if moved, _ := filepath.Glob(filepath.Join(b.root.MoveTo, "*", "*")); len(moved) > 0 {
							t.Errorf("moved: %v", moved)
						}
						if it := b.item(id); it.Away == state.AwayMoved {
							t.Errorf("the record says %v", it.Away)
						}
						b.lawful()
					})
				})
			}
		}
	}
}
