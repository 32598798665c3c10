package uploader_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// The tests of this file show what a fault of some width does not reach: the rows beside it.

// twoWorkspaces is a bench with files of the inbox, for ws_a, and files named by hand, for ws_b.
func twoWorkspaces(t *testing.T, o sandbox.Options, tamper func(http.Handler) http.Handler) *bench {
	b := newTampered(t, o, tamper)
	b.hand = b.root
	b.hand.Source = b.handSource()
	return b
}

func (b *bench) byHands(n int) (ids []state.ID) {
	for i := range n {
		ids = append(ids, b.byHand(fmt.Sprintf("%02d.png", i), "ws_b"))
	}
	return ids
}

// wait checks that none of the rows is done, and that none of them lost anything.
func (b *bench) wait(ids []state.ID) {
	b.t.Helper()
	for _, id := range ids {
		if it := b.item(id); it.Phase == state.Done {
			b.t.Errorf("%v is done: nothing stood in its way", id)
		}
	}
	b.unspoiled(ids)
}

// TestStorageDownIsOneHosts: the forms of one workspace lead to another upload host, which is down for an hour. Those of the other go on.
func TestStorageDownIsOneHosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		elsewhere := altering(func(r *http.Request) bool {
			return strings.Contains(peek(r), `"ws_b"`) || strings.HasSuffix(r.URL.Path, "/retry")
		},
			`http://storage\.localhost`, "http://storage.elsewhere")
		b := twoWorkspaces(t, sandbox.Options{}, func(h http.Handler) http.Handler {
			h = elsewhere(h)
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				r.Host = strings.Replace(r.Host, "storage.elsewhere", "storage.localhost", 1)
				h.ServeHTTP(w, r)
			})
		})
		defer b.stop()
		b.net.setFail(func(address string) error {
			if strings.HasPrefix(address, "storage.elsewhere") {
				return refused(address)
			}
			return nil
		})
		down := b.byHands(12)
		b.life(func(claim, _ context.CancelFunc) {
			time.Sleep(time.Minute)
			b.wantBlocked(state.StorageIsDown)
			well := b.many("well", 30)
			time.Sleep(10 * time.Second)
			b.done(well)
			time.Sleep(time.Hour)
			b.wait(down)
			b.net.setFail(nil)
			time.Sleep(10 * time.Minute)
			b.wantBlocked()
			b.done(down)
			b.unspoiled(append(well, down...))
			claim()
		})
		b.lawful()
	})
}

// TestThrottledIsOneWorkspaces: a window of ten minutes for one workspace holds no row of another back.
func TestThrottledIsOneWorkspaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, told := &switched{}, false
		s.set(func(c sandbox.Call) sandbox.Fault {
			if c.Op != sandbox.OpCreate || c.Workspace != "ws_b" || told {
				return sandbox.Fault{Latency: 10 * time.Millisecond}
			}
			told = true
			return sandbox.Fault{Status: 429, RetryAfter: 10 * time.Minute}
		})
		b := twoWorkspaces(t, sandbox.Options{Fault: s.Fault}, same)
		defer b.stop()
		// Four of them may be on their way when the 429 comes; the others wait.
		held := b.byHands(12)
		b.life(func(claim, _ context.CancelFunc) {
			time.Sleep(time.Minute)
			b.wantBlocked(state.IsThrottled)
			b.wait(held)
			well := b.many("well", 30)
			time.Sleep(30 * time.Second)
			b.done(well)
			b.wantBlocking(held[0], state.IsThrottled)
			b.wantBlocking(well[0])
			b.wait(held)
			time.Sleep(20 * time.Minute)
			b.done(held)
			b.unspoiled(append(well, held...))
			claim()
		})
		b.lawful()
	})
}

// TestRootOfflineIsOneRoots: what was named by hand goes on while the folder is away.
func TestRootOfflineIsOneRoots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := twoWorkspaces(t, sandbox.Options{}, same)
		defer b.stop()
		b.watch()
		away := b.many("away", 12)
		b.must(os.Rename(b.root.Source.Path(), b.root.Source.Path()+".away"))
		b.life(func(claim, _ context.CancelFunc) {
			time.Sleep(time.Second)
			well := b.byHands(12)
			time.Sleep(10 * time.Second)
			b.done(well)
			b.wait(away)
			b.must(os.Rename(b.root.Source.Path()+".away", b.root.Source.Path()))
			time.Sleep(time.Minute)
			b.done(away)
			b.unspoiled(append(away, well...))
			claim()
		})
		b.lawful()
	})
}

// TestRefusedAttachIsOneRows: a project that refuses one asset parks that row, and the others are attached.
func TestRefusedAttachIsOneRows(t *testing.T) {
	for name, fault := range map[string]sandbox.Fault{"Forbidden": {Status: 403}, "NotFound": {Status: 404}, "Validation": {Status: 422, Code: "input_validation_error"}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, sandbox.Options{Fault: onto(sandbox.OpAttach, 0, fault)})
				defer b.stop()
				b.root.Route.Project = "prj_a"
				bad, others := b.write("bad.png", png, badSize), b.many("others", 6)
				b.run(time.Hour)
				if it := b.item(bad); it.Phase != state.Ready || !it.Parked() || it.Fault.Message == "" {
					t.Errorf("got %v %v %+v", it.Phase, it.Halt, it.Fault)
				}
				b.done(others)
				if n := b.nodes(); n != len(others) {
					t.Errorf("%d nodes, want %d", n, len(others))
				}
				if n := b.seen.events(state.APISuspended); n != 0 {
					t.Errorf("suspended %d times", n)
				}
				b.promises()
			})
		})
	}
}
