package uploader_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader"
)

// TestTightRateLimitDoesNotStarve: with fewer requests a window than rows need at once, what a request taught is kept, so that rows move on.
func TestTightRateLimitDoesNotStarve(t *testing.T) {
	for name, o := range map[string]sandbox.Options{
		"WithoutHeader": {RateN: 2, RateWindow: 30 * time.Second, NoRetryAfter: true},
		"RetryAfter":    {RateN: 3, RateWindow: 20 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, o)
				defer b.stop()
				b.root.After = uploader.Delete
				ids := b.many("d", 6)
				b.run(2 * time.Hour)
				for _, id := range ids {
					if it := b.item(id); it.Phase != state.Done || it.Away != state.AwayDeleted {
						t.Errorf("%v stands at %v, away %v", id, it.Phase, it.Away)
					}
				}
				b.lawful()
			})
		})
	}
}

// TestPaymentIsOverWhenTheRequestIsRefusedForTheAssetsState: complete took effect in an earlier life; 402, then 409.
func TestPaymentIsOverWhenTheRequestIsRefusedForTheAssetsState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		b := newBench(t, sandbox.Options{Fault: func(c sandbox.Call) sandbox.Fault {
			if c.Op != sandbox.OpComplete {
				return sandbox.Fault{}
			}
			switch asked++; asked {
			case 1:
				return sandbox.Fault{Lost: true}
			case 2:
				return sandbox.Fault{Status: 402}
			}
			return sandbox.Fault{}
		}})
		defer b.stop()
		id := b.write("a.png", png, 500)
		b.run(10 * time.Minute)
		b.wantBlocked()
		b.done([]state.ID{id})
		if asked < 3 {
			t.Errorf("complete was asked %d times", asked)
		}
		b.promises()
	})
}
