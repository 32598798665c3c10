package simulation

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/internal/sandbox"
)

// TestOnceEndsWhenFLORAAsksForPatience: of what was told to wait the record knows until when; more files than are under way at once are not asked for meanwhile,
// and `run --once` does not wait for those either.
func TestOnceEndsWhenFLORAAsksForPatience(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]int{"OneFile": 0, "MoreThanAreUnderWay": 100} {
		t.Run(name, func(t *testing.T) {
			inGap(t, sandbox.Options{}, setup{}, func(g *gap) {
				g.faulty(sandbox.OpCreate, sandbox.Fault{Status: http.StatusTooManyRequests, RetryAfter: 3 * time.Hour})
				for i := range files {
					g.write(fmt.Sprintf("d/more%d.png", i), g.bytes(5000+i))
				}
				g.live(g.file().newLife(nil), func(_ *life, d *daemon.Daemon) {
					ctx, cancel := context.WithTimeout(context.Background(), 6*time.Minute)
					defer cancel()
					if code, err := d.Once(ctx); err != nil || code != daemon.ExitWaiting {
						t.Errorf("it ended with %d, %v", code, err)
					}
					g.healthy()
					time.Sleep(3 * time.Hour)
				})
			})
		})
	}
}
