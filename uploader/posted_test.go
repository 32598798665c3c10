package uploader_test

import (
	"context"
	"encoding/hex"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// TestBytesOfAnotherVersionAtTheStorage: the storage keeps the bytes of a file and answers that it failed; the file is rewritten in place, with its old size and time, and
// of the second send no answer comes, nor a byte arrives. What FLORA has then is the first version, so its word that nothing is missing is no proof of the second.
func TestBytesOfAnotherVersionAtTheStorage(t *testing.T) {
	for name, c := range map[string]struct {
		restart, told bool // the watcher tells the record of the new change time
	}{"SameLife": {}, "SameLifeAndTold": {told: true}, "NextLife": {restart: true}, "NextLifeAndTold": {true, true}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				kept, dropped := sandbox.Fault{After: http.StatusServiceUnavailable}, sandbox.Fault{Drop: true}
				b := newBench(t, sandbox.Options{Fault: atAttempts(sandbox.OpPost, kept, dropped)})
				defer b.stop()
				id := b.write("a.png", png, 4000)
				rewrite := func() {
					if it := b.item(id); it.Phase != state.Reserved {
						t.Fatalf("it stands at %v: this tests nothing", it.Phase)
					}
					b.rewrite("a.png", 4000, true)
					if c.told {
						b.sight("a.png")
					}
				}
				if c.restart {
					b.kill(200 * time.Millisecond)
					b.queue.Close()
					b.open()
					rewrite()
					b.run(time.Hour)
				} else {
					b.life(func(claim, _ context.CancelFunc) {
						time.Sleep(200 * time.Millisecond)
						rewrite()
						time.Sleep(time.Hour)
						claim()
					})
				}
				it := b.item(id)
				for _, a := range b.box.Assets() {
					if a.Status == sandbox.Ready && (a.ID != it.AssetID || a.SHA256 != hex.EncodeToString(it.Digest[:])) {
						t.Errorf("%s is ready with %s, and the record says %s with %x", a.ID, a.SHA256, it.AssetID, it.Digest)
					}
				}
				if it.Phase != state.Done {
					t.Errorf("it stands at %v, %+v", it.Phase, it.Fault)
				}
				b.promises()
			})
		})
	}
}

// TestBytesOfAnotherVersionBeforeARetry: the row fails at a storage that keeps the bytes and answers errors; the file is rewritten in place, with its old size and time,
// and retried by hand in the same life, of which no answer comes, nor a byte arrives. The asset is the same, and what is at the storage is the first version.
func TestBytesOfAnotherVersionBeforeARetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept, dropped := sandbox.Fault{After: http.StatusServiceUnavailable}, sandbox.Fault{Drop: true}
		var retried atomic.Bool
		var drops atomic.Int64
		b := newBench(t, sandbox.Options{Fault: func(c sandbox.Call) sandbox.Fault {
			switch {
			case c.Op != sandbox.OpPost:
				return sandbox.Fault{}
			case !retried.Load():
				return kept
			case drops.Add(1) == 1:
				return dropped
			}
			return sandbox.Fault{}
		}})
		defer b.stop()
		b.options.Limits.MaxAttempts = 1
		id := b.write("a.png", png, 4000)
		b.life(func(claim, _ context.CancelFunc) {
			time.Sleep(time.Hour)
			it := b.item(id)
			if it.Phase != state.Reserved || it.Halt != state.Failed {
				t.Fatalf("it stands at %v %v: this tests nothing", it.Phase, it.Halt)
			}
			b.rewrite("a.png", 4000, true)
			retried.Store(true)
			b.reopen(id)
			b.live.Load().Wake()
			time.Sleep(time.Hour)
			claim()
		})
		it := b.item(id)
		for _, a := range b.box.Assets() {
			if a.Status == sandbox.Ready && (a.ID != it.AssetID || a.SHA256 != hex.EncodeToString(it.Digest[:])) {
				t.Errorf("%s is ready with %s, and the record says %s with %x", a.ID, a.SHA256, it.AssetID, it.Digest)
			}
		}
		if drops.Load() == 0 {
			t.Error("nothing was sent again: this tests nothing")
		}
		b.promises()
	})
}
