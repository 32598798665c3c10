package uploader_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// TestProjectIsChangedAndBack: the answer to an attach request is lost, the configuration names another project when the key's window is over, which refuses the
// asset, and then the first one again: there it stands already.
func TestProjectIsChangedAndBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &switched{}
		answer := func(f sandbox.Fault) {
			s.set(func(call sandbox.Call) sandbox.Fault {
				if call.Op == sandbox.OpAttach {
					return f
				}
				return sandbox.Fault{}
			})
		}
		answer(sandbox.Fault{Lost: true})
		b := newBench(t, sandbox.Options{Fault: s.Fault})
		defer b.stop()
		var id state.ID
		// By then FLORA's answers for another file have told the time.
		again := func(project, beside string) (other state.ID) {
			b.queue.Close()
			b.open()
			b.root.Route.Project = project
			b.life(func(claim, _ context.CancelFunc) {
				other = b.write(beside, png, 2000)
				time.Sleep(time.Minute)
				if b.item(id).Parked() {
					b.reopen(id)
				}
				time.Sleep(time.Minute)
				claim()
			})
			return other
		}
		b.root.Route.Project = "prj_a"
		id = b.write("a.png", png, 1000)
		b.kill(time.Millisecond)
		if b.nodes() != 1 {
			t.Fatal("it is not on the canvas: this tests nothing")
		}
		time.Sleep(2 * time.Hour)
		answer(sandbox.Fault{Status: http.StatusForbidden})
		refused := again("prj_b", "b.png")
		it := b.item(id)
		if !it.Parked() || it.AttachAt.IsZero() {
			t.Fatalf("it stands at %v, %+v: this tests nothing", it.Phase, it.Fault)
		}
		s.set(nil)
		other := again("prj_a", "c.png")
		b.done([]state.ID{id, other})
		for _, a := range b.box.Assets() {
			if a.ID != b.item(refused).AssetID && len(a.Nodes) != 1 {
				t.Errorf("on the canvas: %+v", a)
			}
		}
		b.lawful()
	})
}
