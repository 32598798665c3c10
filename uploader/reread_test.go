package uploader_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader"
)

// reloaded is a configuration that changes while an uploader is at work.
type reloaded struct {
	*bench
	mu sync.Mutex
}

func (r *reloaded) Root(name string) (uploader.Root, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bench.Root(name)
}

// TestConfigurationChangesUnderARow: project and after count as they are when their turn comes, also for a file that is on its way then: nothing is deleted that
// was to be kept by that time.
func TestConfigurationChangesUnderARow(t *testing.T) {
	for name, c := range map[string]struct {
		op     sandbox.Op
		change func(*uploader.Root)
		nodes  int
	}{
		"DeleteIsTakenBackDuringTheSend":     {sandbox.OpPost, func(r *uploader.Root) { r.After = uploader.Keep }, 1},
		"DeleteIsTakenBackDuringTheAttach":   {sandbox.OpAttach, func(r *uploader.Root) { r.After = uploader.Keep }, 1},
		"ProjectAndDeleteAreTakenBack":       {sandbox.OpComplete, func(r *uploader.Root) { r.After, r.Route.Project = uploader.Keep, "" }, 0},
		"AnotherWorkspaceHasAnotherProject":  {sandbox.OpPost, func(r *uploader.Root) { r.After, r.Route.Workspace, r.Route.Project = uploader.Keep, "ws_b", "prj_b" }, 0},
		"ProjectIsTakenBackDuringCompletion": {sandbox.OpComplete, func(r *uploader.Root) { r.After, r.Route.Project = uploader.Keep, "prj_b" }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, sandbox.Options{Fault: func(call sandbox.Call) sandbox.Fault {
					if call.Op == c.op {
						return sandbox.Fault{Latency: 20 * time.Second}
					}
					return sandbox.Fault{}
				}})
				defer b.stop()
				roots := &reloaded{bench: b}
				b.options.Roots = roots
				b.root.Route.Project, b.root.After = "prj_a", uploader.Delete
				id := b.write("a.png", png, 4000)
				b.life(func(claim, _ context.CancelFunc) {
					time.Sleep(10 * time.Second)
					if !b.queue.Claimed(id) {
						t.Fatal("it is not on its way: this tests nothing")
					}
					roots.mu.Lock()
					c.change(&b.root)
					roots.mu.Unlock()
					time.Sleep(time.Minute)
					claim()
				})
				if it := b.item(id); it.Phase != state.Done || it.Away != state.AwayKept {
					t.Errorf("it stands at %v, away %v, %+v", it.Phase, it.Away, it.Fault)
				}
				if n := b.nodes(); n != c.nodes {
					t.Errorf("%d canvas nodes, want %d", n, c.nodes)
				}
				b.promises()
			})
		})
	}
}
