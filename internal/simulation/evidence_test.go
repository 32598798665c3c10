package simulation

import (
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// Rule 4: once complete was sent, a 404 is no evidence that the bytes are missing. FLORA took the completion, its answer was lost with the life, and the
// next life's complete is answered with a 404, while the asset is there and still being processed.
func TestNotFoundOnCompleteMakesNoSecondAsset(t *testing.T) {
	t.Parallel()
	inGap(t, sandbox.Options{Process: time.Minute, Retry: sandbox.RetryExpired}, setup{}, func(g *gap) {
		g.file().dies(false, effect(sandbox.OpComplete))
		g.holds(sandbox.Pending)
		g.standsAt(state.Uploaded)
		g.service.mu.Lock()
		g.service.fault = func(_ int, c sandbox.Call) sandbox.Fault {
			if c.Op == sandbox.OpComplete && c.Attempt == 2 {
				return sandbox.Fault{Status: http.StatusNotFound}
			}
			return sandbox.Fault{}
		}
		g.service.mu.Unlock()
		g.lives().never(committed(state.KindReverted))
		g.never(effect(sandbox.OpCreate))
		g.isFile(g.holds(sandbox.Ready)[0], g.standsAt(state.Done))
	})
}

// A path where nothing stands is no evidence that the file is gone: its folder may not be mounted, and it may have been renamed where nobody has looked yet.
// Taken for deleted, it would be a new file when it is seen again, and be uploaded again.
func TestAbsenceIsNoDeletion(t *testing.T) {
	t.Parallel()
	for _, after := range []string{"delete", "move"} {
		for name, disturb := range map[string]func(g *gap){
			"EmptyMountPoint": func(g *gap) {
				g.must(os.Rename(g.dir, g.dir+".away"))
				g.must(os.Mkdir(g.dir, 0o755))
				time.Sleep(time.Hour)
				g.must(os.Remove(g.dir))
				g.must(os.Rename(g.dir+".away", g.dir))
			},
			"RenamedBeforeAnEmptyMountPoint": func(g *gap) {
				g.rename(g.name, "e/b.png")
				time.Sleep(300 * time.Millisecond)
				g.must(os.Rename(g.dir, g.dir+".away"))
				g.must(os.Mkdir(g.dir, 0o755))
				time.Sleep(time.Hour)
				g.must(os.Remove(g.dir))
				g.must(os.Rename(g.dir+".away", g.dir))
			},
			"SettlesForLong": func(g *gap) {
				g.rename(g.name, "e/b.png")
			},
			"RenamedOnASlowlyPolledRoot": func(g *gap) {
				g.rename(g.name, "e/b.png")
				time.Sleep(time.Hour)
			},
		} {
			t.Run(after+name, func(t *testing.T) {
				more, settled := "  poll: 10m\n", 20*time.Second
				if name == "SettlesForLong" { // so long that it is called growing
					more, settled = "  settle: 2h\n", 2*time.Hour+20*time.Second
				}
				inGap(t, sandbox.Options{Process: time.Minute}, setup{after: after, more: more}, func(g *gap) {
					l := g.file().newLife(nil)
					g.live(l, func(*life, *daemon.Daemon) {
						time.Sleep(settled)
						g.holds(sandbox.Pending)
						disturb(g)
					})
					g.events = l.events
					g.promises()
					g.holds(sandbox.Ready)
				})
			})
		}
	}
}
