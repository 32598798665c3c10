package uploader_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// elsewhere is where the configuration sends files after it has changed.
var elsewhere = state.Route{Workspace: "ws_b", Folder: "out/{dir}"}

// stored checks that a row is done, and where its asset and its record say that it is; no asset but this one is ready.
func (b *bench) stored(id state.ID, workspace, folder string) {
	b.t.Helper()
	it := b.item(id)
	if it.Phase != state.Done || it.To.Workspace != workspace || it.To.Folder != folder {
		b.t.Errorf("it stands at %v %v, for %s %s, want %s %s: %v", it.Phase, it.Halt, it.To.Workspace, it.To.Folder, workspace, folder, it.Fault)
	}
	for _, a := range b.box.Assets() {
		if a.Status == sandbox.Ready && (a.ID != it.AssetID || a.Workspace != workspace || a.Folder != folder) {
			b.t.Errorf("%s is ready in %s %s, want %s in %s %s", a.ID, a.Workspace, a.Folder, it.AssetID, workspace, folder)
		}
	}
	b.promises()
}

// TestDestinationChangesBeforeItIsReserved: workspace and folder count as they are when the file is reserved, however long it has waited for that, and however often it
// was tried.
func TestDestinationChangesBeforeItIsReserved(t *testing.T) {
	for name, c := range map[string]struct {
		to     state.Route
		folder string
	}{"Workspace": {elsewhere, "out/x"}, "Folder": {state.Route{Workspace: "ws_a", Folder: "new"}, "new"}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &switched{}
				s.set(onto(sandbox.OpCreate, 0, sandbox.Fault{Status: http.StatusServiceUnavailable}))
				b := newBench(t, sandbox.Options{Fault: s.Fault})
				defer b.stop()
				roots := &reloaded{bench: b}
				b.options.Roots = roots
				id := b.write("x/bad.png", png, badSize)
				b.life(func(claim, _ context.CancelFunc) {
					time.Sleep(10 * time.Second)
					if it := b.item(id); it.Phase != state.Queued || it.Attempt == 0 {
						t.Fatalf("it stands at %v, attempt %d: this tests nothing", it.Phase, it.Attempt)
					}
					roots.mu.Lock()
					b.root.Route = c.to
					roots.mu.Unlock()
					s.set(nil)
					time.Sleep(10 * time.Minute)
					claim()
				})
				b.stored(id, c.to.Workspace, c.folder)
			})
		})
	}
}

// TestDestinationIsFrozenOnceReserved: FLORA has an asset for the file in one workspace and folder: there it goes, whatever the configuration says since, also in
// another life.
func TestDestinationIsFrozenOnceReserved(t *testing.T) {
	for _, dies := range []bool{false, true} {
		t.Run(fmt.Sprintf("AcrossLives=%v", dies), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, sandbox.Options{Fault: onto(sandbox.OpPost, 1, sandbox.Fault{Latency: 10 * time.Second})})
				defer b.stop()
				roots := &reloaded{bench: b}
				b.options.Roots = roots
				id := b.write("x/bad.png", png, badSize)
				b.life(func(claim, work context.CancelFunc) {
					time.Sleep(5 * time.Second)
					if it := b.item(id); it.Phase != state.Reserved {
						t.Fatalf("it stands at %v: this tests nothing", it.Phase)
					}
					roots.mu.Lock()
					b.root.Route = elsewhere
					roots.mu.Unlock()
					if dies {
						claim()
						work()
						return
					}
					time.Sleep(time.Minute)
					claim()
				})
				if dies {
					b.run(time.Hour)
				}
				b.stored(id, "ws_a", "in/x")
				if n := len(b.box.Assets()); n != 1 {
					t.Errorf("%d assets for one file", n)
				}
			})
		})
	}
}

// TestFrozenRowIsLookedForInItsWorkspace: whether an asset is gone is asked of the workspace that it is in, not of the one that the configuration names now, which this
// key may not see.
func TestFrozenRowIsLookedForInItsWorkspace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hidden{}
		b := newTampered(t, sandbox.Options{Process: time.Hour, Fault: func(c sandbox.Call) sandbox.Fault {
			if c.Workspace == elsewhere.Workspace {
				return sandbox.Fault{Status: http.StatusForbidden}
			}
			return sandbox.Fault{}
		}}, h.tamper)
		defer b.stop()
		id := b.write("a.png", png, 1000)
		b.kill(5 * time.Second)
		b.root.Route = elsewhere
		h.hide(time.Hour, 0)
		b.run(15 * time.Minute)
		b.stands(id, failsAt(state.Completed, state.NotFound, "does not know the asset"))
		b.lawful()
	})
}

// TestDestinationOfANewGeneration: a reservation that had to be left behind freezes nothing any more: the file is reserved where the configuration says now, and there an
// answer that is lost is looked for.
func TestDestinationOfANewGeneration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var listed []string
		b := newBench(t, sandbox.Options{Fault: func(c sandbox.Call) sandbox.Fault {
			mu.Lock()
			defer mu.Unlock()
			switch {
			case c.Op == sandbox.OpPost && c.Workspace == "ws_a":
				return sandbox.Fault{Latency: 10 * time.Second}
			case c.Op == sandbox.OpRetry:
				return sandbox.Fault{Status: http.StatusConflict}
			case c.Op == sandbox.OpCreate && c.Workspace == elsewhere.Workspace && c.Attempt == 1:
				return sandbox.Fault{Lost: true}
			case c.Op == sandbox.OpList:
				listed = append(listed, c.Workspace)
			}
			return sandbox.Fault{}
		}})
		defer b.stop()
		id := b.write("x/bad.png", png, badSize)
		b.kill(5 * time.Second)
		if it := b.item(id); it.Phase != state.Reserved {
			t.Fatalf("it stands at %v: this tests nothing", it.Phase)
		}
		b.root.Route = elsewhere
		b.run(time.Hour)
		b.stored(id, elsewhere.Workspace, "out/x")
		if slices.Contains(listed, "ws_a") || !slices.Contains(listed, elsewhere.Workspace) {
			t.Errorf("looked for in %v", listed)
		}
		if it := b.item(id); it.Generation != 2 {
			t.Errorf("generation %d, want 2", it.Generation)
		}
	})
}
