package uploader_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
)

// TestAliveWhileTheLoopComesRound: an idle loop and one with its hands full answer; one that has ended does not.
func TestAliveWhileTheLoopComesRound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{})
		defer b.stop()
		alive := func() error {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			return b.live.Load().Alive(ctx)
		}
		b.life(func(claim, work context.CancelFunc) {
			if err := alive(); err != nil {
				t.Errorf("with nothing to do: %v", err)
			}
			if err := b.box.SetFaults("hang=1"); err != nil {
				t.Error(err)
			}
			for _, name := range []string{"a.png", "b.png", "c.png", "d.png", "e.png", "f.png"} {
				b.write(name, png, 1000)
			}
			time.Sleep(10 * time.Second)
			if err := alive(); err != nil {
				t.Errorf("while every request hangs: %v", err)
			}
			claim()
			work()
		})
		if err := alive(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("when it has ended: %v", err)
		}
	})
}
