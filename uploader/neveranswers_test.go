package uploader_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// TestStorageThatNeverAnswersAfterARestart: the answers of a storage never come back, though it takes the bytes. What was reserved before a restart ends as well as what
// came after it, and holds nothing up.
func TestStorageThatNeverAnswersAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var second atomic.Bool
		b := newBench(t, sandbox.Options{Fault: func(c sandbox.Call) sandbox.Fault {
			switch {
			case c.Op != sandbox.OpPost:
				return sandbox.Fault{}
			case second.Load():
				return sandbox.Fault{Lost: true}
			}
			return sandbox.Fault{After: http.StatusServiceUnavailable}
		}})
		defer b.stop()
		ids := []state.ID{b.write("a.png", png, 4000), b.write("b.png", png, 5000)}
		b.kill(200 * time.Millisecond)
		b.queue.Close()
		b.open()
		second.Store(true)
		for _, id := range ids {
			if it := b.item(id); it.Phase != state.Reserved {
				t.Fatalf("it stands at %v: this tests nothing", it.Phase)
			}
		}
		fresh := b.write("c.png", png, 6000)
		b.run(24 * time.Hour)
		for _, id := range append(ids, fresh) {
			if it := b.item(id); it.Phase != state.Done {
				t.Errorf("%s stands at %v %v after a day, %d attempts, %+v", it.Path, it.Phase, it.Halt, it.Attempt, it.Fault)
			}
		}
		b.promises()
	})
}
