package uploader_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// An account that no root has any more is asked nothing: its key may have been taken away for good.
func TestARetiredAccountIsNotProbed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{})
		defer b.stop()
		b.box.SetKey("sk_new")
		b.many("late", 3)
		b.life(func(claim, _ context.CancelFunc) {
			time.Sleep(time.Hour)
			b.wantBlocked(state.KeyRefused)
			if b.sent.count(time.Now().Add(-20*time.Minute)) == 0 {
				t.Error("a refused key is not probed")
			}
			b.root.Account.Retire()
			b.root.Account.Retire()
			synctest.Wait()
			retired := time.Now()
			time.Sleep(24 * time.Hour)
			if n := b.sent.count(retired); n > 0 {
				t.Errorf("%d requests with a key that nobody uses any more", n)
			}
			claim()
		})
	})
}
