package simulation

import (
	"context"
	"net/http"
	"os"
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

// `run --once` waits for a file that may not be moved for some minutes, and not for ever: the asset is ready, and the next run goes on.
func TestOnceEndsWhenAMoveIsDenied(t *testing.T) {
	t.Parallel()
	inGap(t, sandbox.Options{}, setup{after: "move"}, func(g *gap) {
		if err := os.Remove(g.done); err != nil {
			t.Fatal(err)
		}
		l := g.file().newLife(nil)
		g.live(l, func(_ *life, d *daemon.Daemon) {
			ctx, cancel := context.WithTimeout(context.Background(), 6*time.Minute)
			defer cancel()
			if code, err := d.Once(ctx); err != nil || code != daemon.ExitFailed {
				t.Errorf("it ended with %d, %v", code, err)
			}
			if n := g.adds(d).Totals; n.Ready != 1 {
				t.Errorf("when it ended: %+v", n)
			}
			if err := os.Mkdir(g.done, 0o755); err != nil {
				t.Error(err)
			}
		})
		if it := g.row(); it.Phase != state.Done || it.Away != state.AwayMoved {
			t.Errorf("%v %+v", it.Phase, it.Fault)
		}
	})
}

// Nor does it wait for a folder that went away with files that wait.
func TestOnceEndsWhenItsFolderIsAway(t *testing.T) {
	t.Parallel()
	inGap(t, sandbox.Options{}, setup{}, func(g *gap) {
		g.faulty(sandbox.OpCreate, sandbox.Fault{Status: http.StatusInternalServerError})
		l := g.file().newLife(nil)
		g.live(l, func(_ *life, d *daemon.Daemon) {
			time.Sleep(15 * time.Second)
			away := g.dir + ".away"
			if err := os.Rename(g.dir, away); err != nil {
				t.Error(err)
			}
			g.healthy()
			ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
			defer cancel()
			if code, err := d.Once(ctx); err != nil || code != daemon.ExitWaiting {
				t.Errorf("it ended with %d, %v", code, err)
			}
			if err := os.Rename(away, g.dir); err != nil {
				t.Error(err)
			}
		})
		if it := g.row(); it.Phase != state.Done {
			t.Errorf("%v %+v", it.Phase, it.Fault)
		}
	})
}
