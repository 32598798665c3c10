package simulation

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// `run --once` does not end while a row waits for a file that vanished a moment ago: the scan that makes sure comes first, and the row says then what
// became of it.
func TestOnceWaitsForTheScanThatMakesSure(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]string{"Soon": "", "MuchLater": "  poll: 1h\n"} {
		t.Run(name, func(t *testing.T) {
			inGap(t, sandbox.Options{}, setup{more: more}, func(g *gap) {
				g.faulty(sandbox.OpCreate, sandbox.Fault{Status: http.StatusInternalServerError})
				g.write("d/stays.txt", []byte("the folder is not empty"))
				l := g.file().newLife(nil)
				g.live(l, func(_ *life, d *daemon.Daemon) {
					time.Sleep(15 * time.Second)
					g.remove(g.name)
					g.healthy()
					code, err := d.Once(context.Background())
					if err != nil || code != daemon.ExitWell {
						t.Errorf("it ended with %d, %v", code, err)
					}
					if n := g.adds(d).Totals; n.Waiting != 0 || n.Skipped != 1 {
						t.Errorf("when it ended: %+v", n)
					}
				})
				if it := g.row(); it.Halt != state.Skipped || it.Reason != state.Gone {
					t.Errorf("%v %v %s", it.Phase, it.Halt, it.Reason)
				}
			})
		})
	}
}
