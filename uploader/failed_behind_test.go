package uploader_test

import (
	"context"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
)

// TestFailedBehindANewVersion: FLORA fails an asset whose file became another version meanwhile, which has a row of its own. The old row must not take the
// new bytes to FLORA as well, though size and modification time are those of the old version.
func TestFailedBehindANewVersion(t *testing.T) {
	becomes := map[string]func(b *bench){
		"Rewritten": func(b *bench) { b.rewrite("bad.png", badSize, true) },
		"Touched":   func(b *bench) { b.must(os.Chmod(b.path("bad.png"), 0o600)) },
	}
	for when, processing := range map[string]time.Duration{"AtOnce": 0, "Later": 5 * time.Second} {
		for what, change := range becomes {
			t.Run(when+"/"+what, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var b *bench
					b = newBench(t, sandbox.Options{Fault: func(call sandbox.Call) sandbox.Fault {
						if call.Op == sandbox.OpComplete && call.Attempt == 1 {
							return sandbox.Fault{Fail: "cannot be processed", Process: processing, Then: func() {
								change(b)
								b.sight("bad.png")
							}}
						}
						return sandbox.Fault{}
					}})
					defer b.stop()
					b.watch()
					b.write("bad.png", png, badSize)
					b.life(func(claim, _ context.CancelFunc) {
						time.Sleep(time.Minute)
						b.looks.Wait()
						b.resight()
						time.Sleep(time.Minute)
						claim()
					})
					b.contents()
					b.lawful()
				})
			})
		}
	}
}
