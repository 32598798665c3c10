package uploader_test

import (
	"context"
	"net/http"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// TestLentKeyIsKept: an equal file's attach request went out under the key of one that was parked, and is held up on its way, when an operator retries that one: the
// next request goes out under the same key.
func TestLentKeyIsKept(t *testing.T) {
	for name, restart := range map[string]bool{"SameLife": false, "NextLife": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				held, refused := sandbox.Fault{Latency: 3 * time.Minute, Late: true}, sandbox.Fault{Status: http.StatusForbidden}
				b := newBench(t, sandbox.Options{Fault: atAttempts(sandbox.OpAttach, refused, held)})
				defer b.stop()
				b.root.Link, b.root.Route.Project = true, "prj_a"
				b.must(b.queue.SetLink(t.Context(), "inbox", true))
				first := b.write("a.png", png, 4000)
				var copied state.ID
				b.life(func(claim, work context.CancelFunc) {
					time.Sleep(10 * time.Second)
					content, err := os.ReadFile(b.path("a.png"))
					b.must(err)
					b.must(os.WriteFile(b.path("copy.png"), content, 0o644))
					copied = b.sight("copy.png")
					time.Sleep(10 * time.Second)
					it := b.item(first)
					if !it.Parked() || b.item(copied).AttachAt.IsZero() {
						t.Fatalf("they stand at %v and %v: this tests nothing", it.Phase, b.item(copied).Phase)
					}
					if restart {
						claim()
						work()
						return
					}
					b.reopen(first)
					time.Sleep(time.Hour)
					claim()
				})
				if restart {
					b.reopen(first)
					b.run(time.Hour)
				}
				b.done([]state.ID{first, copied})
				if a := b.box.Assets(); len(a) != 1 || len(a[0].Nodes) != 1 {
					t.Errorf("on the canvas: %+v", a)
				}
				b.lawful()
			})
		})
	}
}
