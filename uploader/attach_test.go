package uploader_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader"
)

// nodes counts the canvas nodes of every asset.
func (b *bench) nodes() (n int) {
	for _, a := range b.box.Assets() {
		n += len(a.Nodes)
	}
	return n
}

// TestAttachOnce: whatever answers are lost, and also after the key's window, an asset is on the canvas once.
func TestAttachOnce(t *testing.T) {
	first := func(n int, f sandbox.Fault) func(sandbox.Call) sandbox.Fault {
		return func(c sandbox.Call) sandbox.Fault {
			if c.Op == sandbox.OpAttach && c.Attempt <= n {
				return f
			}
			return sandbox.Fault{}
		}
	}
	for name, c := range map[string]struct {
		box    sandbox.Options
		outage time.Duration // begins when the first attach was answered, or not
		node   bool
	}{
		"Plain":                     {node: true},
		"AnswerLost":                {box: sandbox.Options{Fault: first(2, sandbox.Fault{Lost: true})}},
		"AnswerLostReplay":          {box: sandbox.Options{Replay: true, Fault: first(2, sandbox.Fault{Lost: true})}, node: true},
		"Error":                     {box: sandbox.Options{Fault: first(3, sandbox.Fault{Status: 500})}, node: true},
		"ErrorAfter":                {box: sandbox.Options{Fault: first(3, sandbox.Fault{After: 502})}},
		"AnswerLostThenOutage":      {box: sandbox.Options{Fault: first(1, sandbox.Fault{Lost: true})}, outage: 3 * time.Hour},
		"NotThereThenOutage":        {box: sandbox.Options{Fault: first(1, sandbox.Fault{Drop: true})}, outage: 3 * time.Hour, node: true},
		"AnswerLostAfterTheWindow":  {box: sandbox.Options{Fault: first(2, sandbox.Fault{Lost: true})}, outage: 3 * time.Hour},
		"ManyAssetsOfOtherProjects": {box: sandbox.Options{PageSize: 1, OldRow: true, Fault: first(1, sandbox.Fault{Lost: true})}, outage: 3 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, c.box)
				defer b.stop()
				b.root.Route.Project = "prj_a"
				ids := []state.ID{b.write("1.png", png, 1000), b.write("2.png", png, 1200)}
				if c.outage > 0 {
					b.kill(time.Millisecond)
					b.net.setFail(refused)
					b.run(c.outage)
					b.net.setFail(nil)
				}
				b.run(6 * time.Hour)
				for _, id := range ids {
					if it := b.item(id); it.Phase != state.Done || it.Project != "prj_a" || (it.NodeID != "") != c.node {
						t.Errorf("got %v %+v, project %q, node %q", it.Phase, it.Fault, it.Project, it.NodeID)
					}
				}
				if n := b.nodes(); n != 2 {
					t.Errorf("%d nodes for two files", n)
				}
				b.promises()
			})
		})
	}
}

// TestAttachRefusedParks: the row stays ready, with an error, and the source is left alone.
func TestAttachRefusedParks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{Fault: func(c sandbox.Call) sandbox.Fault {
			if c.Op == sandbox.OpAttach {
				return sandbox.Fault{Status: 404}
			}
			return sandbox.Fault{}
		}})
		defer b.stop()
		b.root.Route.Project, b.root.After = "prj_a", uploader.Delete
		id := b.write("1.png", png, 1000)
		b.run(time.Hour)
		if it := b.item(id); it.Phase != state.Ready || !it.Parked() || it.Standing() != state.StandsReady {
			t.Errorf("got %v %v %+v", it.Phase, it.Halt, it.Fault)
		}
		b.promises()
	})
}

// TestAttachOnceWhateverTheClockSays: this machine's clock is hours from FLORA's, and a life begins with a row that may be on the canvas: before anybody has
// told the time nobody can say whether its key still counts.
func TestAttachOnceWhateverTheClockSays(t *testing.T) {
	for name, c := range map[string]struct {
		ahead time.Duration // FLORA's clock, of this machine's
		fault sandbox.Fault // of the attach request of the first life
		away  time.Duration // between the lives
		node  bool
	}{
		"BehindAndTheKeyIsForgotten": {ahead: 170 * time.Minute, fault: sandbox.Fault{Lost: true}, away: 3 * time.Hour},
		"BehindAndNeverSent":         {ahead: 170 * time.Minute, fault: sandbox.Fault{Drop: true}, away: 3 * time.Hour, node: true},
		"BehindAndOnItsWay":          {ahead: 170 * time.Minute, fault: sandbox.Fault{Latency: 2 * time.Minute, Late: true}, away: time.Second, node: true},
		"AheadAndOnItsWay":           {ahead: -3 * time.Hour, fault: sandbox.Fault{Latency: 2 * time.Minute, Late: true}, away: time.Second, node: true},
		"AheadAndAttached":           {ahead: -3 * time.Hour, fault: sandbox.Fault{Lost: true}, away: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &switched{}
				s.set(func(call sandbox.Call) sandbox.Fault {
					if call.Op == sandbox.OpAttach {
						return c.fault
					}
					return sandbox.Fault{}
				})
				b := newTampered(t, sandbox.Options{Fault: s.Fault}, func(h http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						w.Header().Set("Date", time.Now().Add(c.ahead).UTC().Format(http.TimeFormat))
						h.ServeHTTP(w, r)
					})
				})
				defer b.stop()
				b.root.Route.Project = "prj_a"
				id := b.write("a.png", png, 1000)
				b.kill(300 * time.Millisecond)
				if it := b.item(id); it.Phase != state.Ready {
					t.Fatalf("it stands at %v: this tests nothing", it.Phase)
				}
				s.set(nil)
				time.Sleep(c.away)
				b.queue.Close()
				b.open()
				b.run(time.Hour)
				if it := b.item(id); it.Phase != state.Done || it.Project != "prj_a" || (it.NodeID != "") != c.node {
					t.Errorf("got %v %+v, project %q, node %q", it.Phase, it.Fault, it.Project, it.NodeID)
				}
				if n := b.nodes(); n != 1 {
					t.Errorf("%d nodes for one file", n)
				}
				b.promises()
			})
		})
	}
}
