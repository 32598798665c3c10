package uploader_test

import (
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// atAttempts plays a fault at each of the first attempts of an operation.
func atAttempts(op sandbox.Op, faults ...sandbox.Fault) func(sandbox.Call) sandbox.Fault {
	var n atomic.Int64
	return func(call sandbox.Call) sandbox.Fault {
		if call.Op == op {
			if i := n.Add(1); int(i) <= len(faults) {
				return faults[i-1]
			}
		}
		return sandbox.Fault{}
	}
}

// TestCompletionOnItsWay: a completion is held up on its way, its process dies, and the next one is told that the bytes are missing, and gets no new form: the
// asset is not left behind while the first completion may still make it ready.
func TestCompletionOnItsWay(t *testing.T) {
	for name, linked := range map[string]bool{"Alone": false, "Linked": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				held, refused := sandbox.Fault{Latency: 3 * time.Minute, Late: true}, sandbox.Fault{Status: http.StatusBadRequest}
				b := newBench(t, sandbox.Options{Retry: sandbox.RetryExpired, Fault: atAttempts(sandbox.OpComplete, held, refused)})
				defer b.stop()
				b.root.Link = linked
				b.must(b.queue.SetLink(t.Context(), "inbox", linked))
				id := b.write("a.png", png, 4000)
				b.kill(5 * time.Second)
				b.queue.Close()
				b.open()
				b.run(time.Hour)
				if it := b.item(id); it.Phase != state.Done || it.Reverts == 0 || it.Generation != 0 {
					t.Errorf("it stands at %v %v, %d reverts, generation %d", it.Phase, it.Halt, it.Reverts, it.Generation)
				}
				b.promises()
			})
		})
	}
}

// TestBytesThatStayMissing: when the completion that was waited for never comes the file is reserved anew.
func TestBytesThatStayMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{Retry: sandbox.RetryExpired, Fault: atAttempts(sandbox.OpComplete, sandbox.Fault{Status: http.StatusBadRequest})})
		defer b.stop()
		id := b.write("a.png", png, 4000)
		b.run(time.Hour)
		if it := b.item(id); it.Phase != state.Done || it.Generation != 1 {
			t.Errorf("it stands at %v %v, generation %d", it.Phase, it.Halt, it.Generation)
		}
		b.promises()
	})
}

// TestAttachOfAParkedRowIsOnItsWay: an attach request is held up on its way, its process dies, the next one is refused, and an equal file shares the asset: that
// puts it on the canvas, and the request that comes late does not do so again.
func TestAttachOfAParkedRowIsOnItsWay(t *testing.T) {
	for name, replay := range map[string]bool{"Conflict": false, "Replay": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				held, refused := sandbox.Fault{Latency: 3 * time.Minute, Late: true}, sandbox.Fault{Status: http.StatusForbidden}
				b := newBench(t, sandbox.Options{Replay: replay, Fault: atAttempts(sandbox.OpAttach, held, refused)})
				defer b.stop()
				b.root.Link, b.root.Route.Project = true, "prj_a"
				b.must(b.queue.SetLink(t.Context(), "inbox", true))
				first := b.write("a.png", png, 4000)
				b.kill(5 * time.Second)
				b.queue.Close()
				b.open()
				content, err := os.ReadFile(b.path("a.png"))
				b.must(err)
				b.must(os.WriteFile(b.path("copy.png"), content, 0o644))
				copied := b.sight("copy.png")
				b.run(time.Hour)
				if it := b.item(first); !it.Parked() {
					t.Fatalf("it stands at %v: this tests nothing", it.Phase)
				}
				b.done([]state.ID{copied})
				if a := b.box.Assets(); len(a) != 1 || len(a[0].Nodes) != 1 {
					t.Errorf("on the canvas: %+v", a)
				}
				b.lawful()
			})
		})
	}
}

// TestCompletionOnItsWayWhileTheStorageFails: as TestCompletionOnItsWay, but between the answer that the bytes are missing and the form that is refused there are
// more tries of other steps than a row remembers.
func TestCompletionOnItsWayWhileTheStorageFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		held, refused := sandbox.Fault{Latency: 3 * time.Minute, Late: true}, sandbox.Fault{Status: http.StatusBadRequest}
		completions := atAttempts(sandbox.OpComplete, held, refused)
		var renewals, posts atomic.Int64
		b := newBench(t, sandbox.Options{Storage: sandbox.ImageKit, Fault: func(call sandbox.Call) sandbox.Fault {
			switch call.Op {
			case sandbox.OpComplete:
				return completions(call)
			case sandbox.OpRetry:
				if renewals.Add(1) == 9 {
					return refused
				}
			case sandbox.OpPost:
				if n := posts.Add(1); n > 1 && n < 10 {
					return sandbox.Fault{Status: http.StatusBadRequest, Code: "ExpiredToken"}
				}
			}
			return sandbox.Fault{}
		}})
		defer b.stop()
		id := b.write("a.png", png, 4000)
		b.kill(5 * time.Second)
		b.queue.Close()
		b.open()
		b.run(time.Hour)
		if it := b.item(id); it.Phase != state.Done || it.Generation != 0 || renewals.Load() < 9 {
			t.Errorf("it stands at %v %v, generation %d, after %d renewals", it.Phase, it.Halt, it.Generation, renewals.Load())
		}
		b.promises()
	})
}
